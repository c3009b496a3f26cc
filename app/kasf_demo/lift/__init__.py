"""2D to 3D: windows of keypoints through the lifting network, run by torch or OpenVINO."""
