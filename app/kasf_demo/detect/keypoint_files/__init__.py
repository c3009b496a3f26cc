"""Keypoints from files in place of a detector: our own JSON, COCO, OpenPose, named keypoints. `formats` decides which
one a file is."""
