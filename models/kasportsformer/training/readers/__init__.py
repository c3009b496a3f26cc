"""One reader per file format. Skeleton formats give a `Motion`, data sets of ready keypoints give `KeypointClip`s."""
