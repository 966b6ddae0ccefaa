"""Lists of tables that are too large to be counted or read through."""
