"""Real time of each frame: slow motion, repeated frames, times of images."""
