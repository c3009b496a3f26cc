"""The axes of feet, for formats that turn bones: from ankles, heels and toes. y up, metres."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FEET
from kasportsformer.skeleton import H36M


def foot_axes(xyz: FloatArray, feet: FloatArray, side: str) -> FloatArray:
    """(T, 3, 3) columns left, up, ahead of one foot; the nearest known ones in frames without it. xyz (T, 17, 3), feet
    (T, 4, 3). Raises ValueError if the foot is never known."""
    ankle = xyz[:, H36M[f"{side}_ankle"]]
    heel, toe = (feet[:, FEET.index(f"{side}_{end}")] for end in ("heel", "toe"))
    known = np.isfinite(toe).all(-1) & np.isfinite(heel).all(-1)
    if not known.any():
        raise ValueError(f"the {side} foot is never known")
    frames = np.flatnonzero(known)
    after = np.clip(np.searchsorted(frames, np.arange(len(xyz))), 0, len(frames) - 1)
    before = np.maximum(after - 1, 0)
    here = np.arange(len(xyz))
    nearest = np.where(np.abs(frames[before] - here) < np.abs(frames[after] - here), frames[before], frames[after])
    ahead = _unit(toe[nearest] - heel[nearest])
    left = _unit(np.cross(ankle[nearest] - heel[nearest], ahead))
    return np.stack([left, np.cross(ahead, left), ahead], axis=-1)


def ends_of(xyz: FloatArray, feet: FloatArray, side: str) -> dict[str, FloatArray]:
    """Heel and toe by name, (3,) m from the ankle in the foot's axes: medians over the frames in which they are
    known."""
    axes, ankle = foot_axes(xyz, feet, side), xyz[:, H36M[f"{side}_ankle"]]
    names = [f"{side}_heel", f"{side}_toe"]
    own = {name: np.einsum("tji,tj->ti", axes, feet[:, FEET.index(name)] - ankle) for name in names}
    return {name: np.nanmedian(points, axis=0) for name, points in own.items()}


def _unit(v: FloatArray) -> FloatArray:
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12))
