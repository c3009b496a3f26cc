"""What one static camera saw: the people with their keypoints and lifted poses, on the camera's own clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray, _want
from kasportsformer.anthropometry import FOREARM, SHANK, THIGH, UPPER_ARM
from kasportsformer.skeleton import H36M

MAX_GAP_S = 0.15  # nothing is interpolated across longer gaps

_LIMBS = ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
# joints that detectors find themselves; spine, neck and head are made of these, or point elsewhere in each view
JOINTS = np.array([H36M[f"{side}_{name}"] for side in "rl" for name in _LIMBS])
_PLACE = {int(joint): place for place, joint in enumerate(JOINTS)}
_BONES = (
    ("r_hip", "r_knee", THIGH), ("r_knee", "r_ankle", SHANK), ("l_hip", "l_knee", THIGH), ("l_knee", "l_ankle", SHANK),
    ("r_shoulder", "r_elbow", UPPER_ARM), ("r_elbow", "r_wrist", FOREARM),
    ("l_shoulder", "l_elbow", UPPER_ARM), ("l_elbow", "l_wrist", FOREARM),
    ("r_hip", "l_hip", None), ("r_shoulder", "l_shoulder", None),
    ("r_hip", "r_shoulder", None), ("l_hip", "l_shoulder", None),
)  # fmt: skip
BONES = np.array([(_PLACE[H36M[a]], _PLACE[H36M[b]]) for a, b, _ in _BONES])  # (B, 2) rows of JOINTS
TWINS = ((0, 2), (1, 3), (4, 6), (5, 7), (10, 11))
OF_STATURE = np.array([np.nan if share is None else share for _, _, share in _BONES])
# shares by which a person's bones differ from the expected ones, beyond their size: a trunk bends, and detectors put
# hips and shoulders elsewhere than anatomists
LENGTH_SIGMA = np.array([0.06] * 8 + [0.2, 0.2, 0.12, 0.12])


@dataclass(frozen=True)
class SeenPerson:
    """One person of a view of T frames: xy (T, 17, 2) px and score (T, 17) of Human3.6M joints; xyz (T, 17, 3) m as
    lifted and placed in the camera's axes. Frames without the person hold NaN."""

    id: int
    xy: FloatArray
    score: FloatArray
    xyz: FloatArray

    def __post_init__(self) -> None:
        t = len(self.xy)
        _want("xy", self.xy, (t, 17, 2))
        _want("score", self.score, (t, 17))
        _want("xyz", self.xyz, (t, 17, 3))


@dataclass(frozen=True)
class SeenView:
    """A static camera: intrinsics (3, 3) px with log_focal, the standard deviation of the logarithm of the focal length
    (0: known); up (3,) the vertical in its axes with up_sigma rad; times_s (T,) of its frames on its own clock."""

    name: str
    intrinsics: FloatArray
    log_focal: float
    up: FloatArray
    up_sigma: float
    times_s: FloatArray
    people: tuple[SeenPerson, ...]

    @property
    def rate_hz(self) -> float:
        """Frames per second."""
        return float((len(self.times_s) - 1) / max(self.times_s[-1] - self.times_s[0], 1e-9))

    @property
    def span_s(self) -> tuple[float, float]:
        """The first and the last time."""
        return float(self.times_s[0]), float(self.times_s[-1])


def sampled(values: FloatArray, times_s: FloatArray, at_s: FloatArray) -> FloatArray:
    """(F, ...) values (T, ...) at times at_s (F,), linear between frames. NaN outside the clip, where a neighbour is
    NaN, and in gaps longer than MAX_GAP_S."""
    after = np.clip(np.searchsorted(times_s, at_s), 1, len(times_s) - 1)
    before = after - 1
    gap = times_s[after] - times_s[before]
    share = ((at_s - times_s[before]) / gap).reshape(-1, *([1] * (values.ndim - 1)))
    left, right = values[before], values[after]
    mixed = left + np.clip(share, 0, 1) * (right - left)
    mixed = np.where(share <= 0, left, np.where(share >= 1, right, mixed))  # a neighbour that is not needed may be NaN
    out = (at_s < times_s[0] - 1e-9) | (at_s > times_s[-1] + 1e-9) | (gap > MAX_GAP_S)
    return np.where(out.reshape(share.shape), np.nan, mixed)


def bone_vectors(xyz: FloatArray) -> FloatArray:
    """(..., B, 3) of Human3.6M joints (..., 17, 3)."""
    own = xyz[..., JOINTS, :]
    return np.asarray(own[..., BONES[:, 1], :] - own[..., BONES[:, 0], :])


def unit(vectors: FloatArray) -> FloatArray:
    """Vectors (..., 3) of length 1."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def expected_lengths(people: list[SeenPerson], height_m: float) -> FloatArray:
    """(B,) m: limbs as shares of stature, the trunk as the lifting network has it in all views of the person."""
    lifted = np.concatenate([np.linalg.norm(bone_vectors(p.xyz), axis=-1) for p in people])
    return np.where(np.isfinite(OF_STATURE), OF_STATURE * height_m, np.nanmedian(lifted, axis=0))
