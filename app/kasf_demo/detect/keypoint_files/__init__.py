"""Keypoints from files in place of a detector: our own JSON, COCO, OpenPose. `formats` decides which one a file is."""
