"""`some_feet`: made-up foot points; `with_feet`: a pose with feet on its ankles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kasf_demo.reconstruct.feet import SHAPE, shank_of
from kasf_demo.types.feet import FEET, HEEL_AND_TOE, FootPoints, FootPose
from kasf_demo.types.people import Pose3D


def some_feet(n: int, seed: int = 0) -> FootPoints:
    """N rows, all known."""
    rng = np.random.default_rng(seed)
    shape = (n, len(FEET))
    return FootPoints(
        rng.normal(size=(*shape, 2)).astype(np.float32),
        rng.uniform(0.3, 1, shape).astype(np.float32),
    )


def with_feet(pose: Pose3D, unknown: slice = slice(0)) -> Pose3D:
    """The pose with rigid feet on its ankles; the right one is not known in some frames."""
    xyz = np.full((len(pose), 4, 3), np.nan)
    for side, own in HEEL_AND_TOE.items():
        shank = shank_of(pose.xyz, side)
        turns = shank.foot(np.full(len(pose), -5.0), np.full(len(pose), 8.0))
        for row, (ahead, up) in zip(range(own.start, own.stop), (1.75 * SHAPE).reshape(2, 2), strict=True):
            xyz[:, row] = shank.ankle + ahead * turns[..., 0] + up * turns[..., 2]
    xyz[~pose.valid] = np.nan
    xyz[unknown, 2:] = np.nan
    score = np.where(np.isfinite(xyz[..., 0]), 0.8, 0.0)
    return replace(pose, feet=FootPose(xyz, score))
