"""What happened when: flights, steps, a kick or a throw, foot contacts, symmetry. Better no event than a wrong one.

The limits are ours, chosen with the truth of the demo clips and written down in docs/angles.md.
"""

from __future__ import annotations

import numpy as np

from kasf_demo.kinematics.contacts import ankle_heights, find_contacts
from kasf_demo.kinematics.flight import find_flights
from kasf_demo.kinematics.gait import find_gait
from kasf_demo.kinematics.strike import find_strike
from kasf_demo.motion import SIDED, Angles, Events
from kasf_demo.types import FloatArray, Pose3D

LEAST_RANGE_DEG = 10.0  # of both sides in the mean: below it their difference is noise
LEAST_FRAMES = 10


def find_events(pose: Pose3D, angles: Angles) -> Events:
    """Of one person; nothing is found where there are too few frames with a pose."""
    xyz = seen_only(pose)
    if pose.valid.sum() < LEAST_FRAMES:
        return Events()
    heights = ankle_heights(xyz, pose.valid)
    flights = find_flights(xyz, pose.times_s, heights)
    return Events(
        flights=flights,
        contacts=find_contacts(heights, angles, flights),
        gait=find_gait(xyz, pose.times_s, pose.valid),
        strike=find_strike(xyz, pose.times_s, pose.valid, angles),
        symmetry=symmetry(angles),
    )


def seen_only(pose: Pose3D) -> FloatArray:
    """(T, 17, 3) metres, NaN in frames without a pose: the pose's own array where that is so already."""
    xyz = np.asarray(pose.xyz, float)
    return xyz if np.isnan(xyz[~pose.valid]).all() else np.where(pose.valid[:, None, None], xyz, np.nan)


def symmetry(angles: Angles) -> dict[str, float]:
    """The symmetry index (Robinson et al. 1987) of the ranges of motion, per cent: 0 is symmetric, positive is more on the right.

    Only of angles that move by `LEAST_RANGE_DEG` or more in the mean of both sides. The plane of the shoulder is left out: it jumps.
    """
    found = {}
    for name in SIDED:
        right, left = (angles.extremes(f"{side}_{name}").range for side in "rl")
        if name != "shoulder_plane" and (right + left) / 2 >= LEAST_RANGE_DEG:
            found[name] = 100 * (right - left) / ((right + left) / 2)
    return found
