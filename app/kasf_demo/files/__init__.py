"""Files: atomic writing, one generation of outputs, careful reading, the cache."""
