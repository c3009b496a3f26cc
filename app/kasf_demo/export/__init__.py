"""Files that hold the numbers: one module a format."""
