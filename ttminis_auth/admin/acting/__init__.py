"""Actions of an admin: how they are offered, asked for, confirmed and done."""
