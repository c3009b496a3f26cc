"""A result of files without a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def written(path: Path, xyz: np.ndarray, fps: float) -> Path:
    """An array file as a run writes it, of one person in world axes."""
    t = len(xyz)
    uv = np.stack([640 + 300 * xyz[..., 0], 700 - 300 * xyz[..., 2]], axis=-1)
    np.savez(
        path, xyz_m=xyz[None], uv_px=uv[None], score=np.full((1, t, 17), 0.9), valid=np.ones((1, t), bool),
        interpolated=np.zeros((1, t), bool), times_s=np.arange(t) / fps, person=np.array([1]), axes=np.array("world"),
    )  # fmt: skip
    return path
