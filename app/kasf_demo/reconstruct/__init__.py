"""From 2D keypoints and a lifted pose to a body of constant bones in the scene."""
