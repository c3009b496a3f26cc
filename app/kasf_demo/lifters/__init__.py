"""Several lifting networks on one clip, side by side: detected once, lifted by each, measured and shown."""
