"""A person to export."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.people import Keypoints2D, Person, Pose3D


def a_person(pose: Pose3D) -> Person:
    xy = np.where(pose.valid[:, None, None], 100.0, np.nan) * np.ones((len(pose), 17, 2))
    k = Keypoints2D(xy, pose.score, pose.valid, pose.interpolated, "h36m")
    return Person(3, k, k, pose)
