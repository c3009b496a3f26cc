"""Session files of a virtual walker before exact cameras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from virtual_views import moving_person

from kasf_demo.multiview.cameras import Cameras, intrinsics_of, project
from kasf_demo.multiview.rotations import from_vector


def session_arrays(seconds: float = 3.0, rate_hz: float = 30.0, *, seed: int = 0, people: int = 1) -> dict[str, Any]:
    """Two cameras 80 degrees apart, level, exact keypoints."""
    times_s, xyz = moving_person(seconds, rate_hz, seed=seed)
    points = np.stack([xyz + np.array([1.0 * p, 0, 0]) for p in range(people)])
    level = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    rotations = np.stack([level @ from_vector(np.array([0, 0, np.radians(a)])) for a in (0, 80)])
    centres = np.stack([-5 * r[2] + [0, 0, 1.2] for r in rotations])
    k = np.tile(intrinsics_of(1000.0, 640, 360), (2, 1, 1))
    cameras = Cameras(k, rotations, -np.einsum("cij,cj->ci", rotations, centres))
    xy = np.stack([project(cameras, p) for p in points])
    return {
        "times_s": times_s, "xyz_m": points, "keypoints_px": xy, "scores": np.full(xy.shape[:-1], 0.9),
        "reprojection_px": np.zeros(xy.shape[:-1]), "K": k, "R": rotations, "t": cameras.translations,
        "person": np.arange(people) + 1,
    }  # fmt: skip


def write_session(path: Path, arrays: dict[str, Any]) -> Path:
    """The file."""
    np.savez(path, **arrays)
    return path
