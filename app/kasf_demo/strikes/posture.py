"""A shot as a body makes it, whoever it is and wherever it is filmed from: bones of constant length, in body heights,
right-footed, turned once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kasf_demo.assess.values import Recording
from kasf_demo.kinematics.segments import to_left
from kasf_demo.kinematics.vectors import UP
from kasf_demo.strikes.window import AFTER_S, BEFORE_S, STEP_S, WINDOW_S, window_poses
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import BodySide, Strike
from kasportsformer.anthropometry import FOREARM, SHANK, THIGH, UPPER_ARM
from kasportsformer.skeleton import BONES, H36M, H36M_MIRROR

HEADING_S = (-0.5, -0.1)  # before the strike: the mean of the pelvis' heading there is forward
_LIMBS = [(H36M[f"{s}_{a}"], H36M[f"{s}_{b}"]) for s in "rl" for a, b in
          (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))]  # fmt: skip
_LIMBS_OF_HEIGHT = 2 * (THIGH + SHANK + UPPER_ARM + FOREARM)
ANKLES = [H36M["r_ankle"], H36M["l_ankle"]]
NEAR_S = 1e-6


@dataclass(frozen=True, repr=False)
class AthleteShot:
    """A kick or a throw. Axes: x forward, y left, z up; unit: the athlete's height; always the right foot or hand.

    posture (20, 17, 3): at `WINDOW_S`, the pelvis at 0 in each; known (20,): those that the clip shows. xyz (N, 17, 3):
    the clip's own frames in the window, along the path over the ground: the pelvis at x = y = 0 at the strike, the
    lowest ankle at z = 0. frames (N,): their numbers; times_s (N,): from the strike. doubtful (N, 17). path_known:
    whether the path over the ground can be trusted. side, mirrored: as it was seen. strike_s: in the clip. height_m:
    metres of one body height. heading_deg: where forward was in the clip's world axes, from x to y. planted_s: of a
    kick, when the other foot landed, from the strike; None if its contact is not known.
    """

    kind: str
    side: BodySide
    strike_s: float
    certain: bool
    posture: FloatArray
    known: BoolArray
    xyz: FloatArray
    frames: NDArray[np.intp]
    times_s: FloatArray
    doubtful: BoolArray
    path_known: bool
    height_m: float
    heading_deg: float
    planted_s: float | None = None

    @property
    def mirrored(self) -> bool:
        """Whether the left foot or hand was exchanged for the right one."""
        return self.side == "l"

    @property
    def end(self) -> str:
        """The joint that strikes."""
        return "r_ankle" if self.kind == "kick" else "r_wrist"

    def __repr__(self) -> str:
        return f"AthleteShot({self.kind}, {self.side}, at {self.strike_s:.2f} s)"


def body_height(xyz: FloatArray) -> float:
    """Stature, in the unit of (T, 17, 3) poses, of which the limbs are as in Winter, Biomechanics and Motor Control of
    Human Movement: the median of the frames. NaN without any."""
    lengths = sum(np.linalg.norm(xyz[:, a] - xyz[:, b], axis=-1) for a, b in _LIMBS)
    seen = np.isfinite(lengths)
    return float(np.median(np.asarray(lengths)[seen])) / _LIMBS_OF_HEIGHT if seen.any() else float("nan")


def with_constant_bones(xyz: FloatArray, lengths: FloatArray) -> FloatArray:
    """(T, 17, 3) with the pelvis where it was and each bone in its direction, as long as `lengths` (16,): from the
    pelvis outward, so that a bone carries everything beyond it. BONES gives their order."""
    out = np.array(xyz, float)
    for (parent, child), length in zip(BONES, lengths, strict=True):
        bone = xyz[:, child] - xyz[:, parent]
        norm = np.linalg.norm(bone, axis=-1, keepdims=True)
        out[:, child] = out[:, parent] + bone * (length / np.maximum(norm, 1e-9))
    return out


def bone_lengths(xyz: FloatArray) -> FloatArray:
    """(16,) medians over the frames with a pose."""
    ends = np.array(BONES)
    return np.asarray(np.nanmedian(np.linalg.norm(xyz[:, ends[:, 1]] - xyz[:, ends[:, 0]], axis=-1), axis=0))


def heading_rad(poses: FloatArray, times_s: FloatArray) -> float:
    """Mean direction in which the pelvis faces within `HEADING_S` (all the time, if none of it is there), from x to
    y."""
    forward = np.cross(to_left(poses, "hip"), UP)
    inside = (times_s >= HEADING_S[0] - NEAR_S) & (times_s <= HEADING_S[1] + NEAR_S)
    mean = forward[inside if inside.any() else slice(None), :2].sum(0)
    return float(np.arctan2(mean[1], mean[0]))


def make_shot(
    recording: Recording, strike: Strike, *, certain: bool = True, partial: bool = False, height_m: float | None = None
) -> AthleteShot:
    """The shot around a strike. height_m: the athlete's stature; None: that of the pose itself, which a run scales by
    --height. Raises NotShownError if the window is not in the clip."""
    xyz, times_s = recording.xyz, recording.times_s
    poses, known = window_poses(xyz, times_s, strike.time_s, partial=partial)
    near = (times_s >= strike.time_s - BEFORE_S - NEAR_S) & (times_s <= strike.time_s + AFTER_S + NEAR_S)
    frames = np.flatnonzero(near & np.isfinite(xyz).all((1, 2)))
    lengths, height = bone_lengths(poses[known]), body_height(poses[known])
    mirror = strike.side == "l"
    turn_rad = heading_rad(poses[known], WINDOW_S[known])

    def own(body: FloatArray, origin: FloatArray) -> FloatArray:
        local = _turned(with_constant_bones(body, lengths) - origin, -turn_rad) / height
        return local[:, H36M_MIRROR] * [1.0, -1.0, 1.0] if mirror else local

    at_strike = int(np.abs(WINDOW_S).argmin())
    along = own(xyz[frames], poses[at_strike, :1] * [1.0, 1.0, 0.0])
    doubts = recording.pose.in_doubt[frames]
    return AthleteShot(
        strike.kind, strike.side, strike.time_s, certain, own(poses, poses[:, :1]), known,
        along - [0.0, 0.0, float(along[:, ANKLES, 2].min())], frames, times_s[frames] - strike.time_s,
        doubts[:, H36M_MIRROR] if mirror else doubts, bool(recording.reliable[frames].all()),
        height if height_m is None else height_m, float(np.degrees(turn_rad)), _planted(recording, strike),
    )  # fmt: skip


def _planted(recording: Recording, strike: Strike) -> float | None:
    """The start of the contact in which the other foot stands at the strike, seconds from it."""
    starts = [
        c.start_s - strike.time_s for c in recording.motion.events.contacts
        if c.side != strike.side and not c.doubtful and c.start_s <= strike.time_s <= c.end_s + STEP_S
    ]  # fmt: skip
    return max(starts, default=None) if strike.kind == "kick" else None


def _turned(xyz: FloatArray, angle_rad: float) -> FloatArray:
    """About z."""
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.asarray(xyz @ np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]]))
