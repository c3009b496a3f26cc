"""The `*_source*.pkl` files that KASportsFormer's release trains on, of SportsPose and WorldPose. Source: arXiv
2507.20763, its readers.

A dict of `train` and `test`, each a dict of N frames: joint_2d (N, 17, 2+) px, confidence (N, 17) or (N, 17, 1) where
detected, joint3d_image (N, 17, 3) px, joints_2.5d_image (N, 17, 3) mm, 2.5d_factor (N,) mm per px, source (N,) the
recording, and camera_name, action (N,).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..recorded_dataset import Recorded
from .pickles import PickleError, read_pickle


def read_source_pickle(path: Path, split: str) -> Recorded:
    """The frames of one split, `train` or `test`. Raises PickleError, OSError; ValueError for arrays that do not fit
    together."""
    content: Any = read_pickle(path)
    part = content.get(split) if isinstance(content, dict) else None
    if not isinstance(part, dict) or not {"joint_2d", "joint3d_image", "source"} <= set(part):
        raise PickleError(f"{path}: no {split!r} with joint_2d, joint3d_image and source in it; is it a *_source*.pkl?")
    xy = np.asarray(part["joint_2d"], dtype=np.float32)[..., :2]
    truth = np.asarray(part["joint3d_image"], dtype=np.float32)[..., :3]
    score = np.asarray(part.get("confidence", np.ones(xy.shape[:2])), dtype=np.float32).reshape(xy.shape[:2])
    _, clip = np.unique(np.asarray(part["source"]).astype(str), return_inverse=True)
    action = tuple(str(a) for a in part.get("action", [""] * len(xy)))
    return Recorded(xy, score, truth, _factor(part, truth), clip, action)


def _factor(
    part: dict[str, Any], truth: np.ndarray[Any, np.dtype[np.float32]]
) -> np.ndarray[Any, np.dtype[np.float32]]:
    """mm per px, recorded or from the poses in mm."""
    if "2.5d_factor" in part:
        return np.asarray(part["2.5d_factor"], dtype=np.float32).reshape(len(truth))
    if "joints_2.5d_image" not in part:
        return np.ones(len(truth), dtype=np.float32)
    mm = np.asarray(part["joints_2.5d_image"], dtype=np.float32)
    spread = [np.linalg.norm(p - p.mean(1, keepdims=True), axis=-1).mean(1) for p in (mm, truth)]
    return np.asarray(spread[0] / np.maximum(spread[1], 1e-6), dtype=np.float32)
