"""What a page gets: the configuration that the script reads, and a picture."""
