"""A kick or a throw: the one moment at which one foot or hand is much faster than ever else, and than the other."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.signal import find_peaks

from kasf_demo.kinematics.body import facing
from kasf_demo.kinematics.rates import speed
from kasf_demo.motion import POINTS, Angles, Side, Strike
from kasf_demo.types import BoolArray, FloatArray
from kasportsformer.skeleton import H36M

LEAST_M_PER_S = 6.0  # of the limb's own motion; legs of a 3.5 m/s runner reach 3.6, arms of a jumper 4.5
LEAST_RATIO = 1.3  # to the other side's fastest moment, and to any other moment of the same foot or hand
APART_S = 0.35  # what is farther away than this is another moment
# A limb takes time to become fast and slow again: above half its peak for 0.17 and 0.25 s in the truth of soccer_kick and martial_kick,
# 0.13 s and more in their estimates. Left and right mixed up, or a joint lost, jump within two frames: 0.05 s and less
LEAST_WIDTH_S = 0.1
MOST_STRETCH = 0.5  # a limb whose bones change length by more within two frames of the peak was seen wrongly
REACH_S = 0.083  # of the slopes here: wider than for the speeds that are reported, so that a single wrong frame is no kick
Kind = Literal["kick", "throw"]
_BONES: dict[Kind, tuple[str, str, str]] = {"kick": ("hip", "knee", "ankle"), "throw": ("shoulder", "elbow", "wrist")}
Peak = tuple[float, int, int]  # m/s, frame, column (0 right, 1 left)


def find_strike(xyz: FloatArray, times_s: FloatArray, valid: BoolArray, angles: Angles) -> Strike | None:
    """The kick or throw of (T, 17, 3) world poses, None where no moment stands out. The faster one where both do."""
    kinds: tuple[tuple[Kind, str], ...] = (("kick", "ankle"), ("throw", "wrist"))
    found = [s for kind, part in kinds if (s := _of(kind, part, xyz, times_s, valid, angles)) is not None]
    return max(found, key=lambda s: s.limb_m_per_s, default=None)


def _of(kind: Kind, part: str, xyz: FloatArray, times_s: FloatArray, valid: BoolArray, angles: Angles) -> Strike | None:
    own = _own_speed(xyz, [H36M[f"{side}_{part}"] for side in "rl"], times_s)
    peaks = _peaks(own, times_s)
    if not peaks or peaks[0][0] < LEAST_M_PER_S:
        return None
    speed_m_s, i, column = peaks[0]
    rivals = [p for p in peaks[1:] if p[2] != column or abs(times_s[p[1]] - times_s[i]) > APART_S]
    side: Side = "l" if column else "r"
    point = POINTS.index(f"{side}_{part}")
    at_an_end = i < 2 or i > len(times_s) - 3 or not valid[i - 2 : i + 3].all()
    if (rivals and speed_m_s < LEAST_RATIO * rivals[0][0]) or angles.doubtful_points[i, point] or at_an_end:
        return None
    if _stretch(xyz, side, kind, i) > MOST_STRETCH:
        return None
    return Strike(kind, side, float(times_s[i]), float(angles.m_per_s[i, point]), speed_m_s)


def _peaks(own: FloatArray, times_s: FloatArray) -> list[Peak]:
    """The peaks of (T, 2) speeds that are wide enough to be a limb's, fastest first."""
    found: list[Peak] = []
    for column in range(2):
        y = np.nan_to_num(own[:, column])
        tops, _ = find_peaks(y)
        found += [(float(y[i]), int(i), column) for i in tops if _width_s(y, int(i), times_s) >= LEAST_WIDTH_S]
    return sorted(found, reverse=True)


def _width_s(y: FloatArray, i: int, times_s: FloatArray) -> float:
    """How long (T,) values stay above half of the i-th, around it."""
    below = np.flatnonzero(y <= y[i] / 2)
    before, after = below[below < i], below[below > i]
    first = before[-1] + 1 if len(before) else 0
    last = after[0] - 1 if len(after) else len(y) - 1
    return float(times_s[last] - times_s[first])


def _own_speed(xyz: FloatArray, joints: list[int], times_s: FloatArray) -> FloatArray:
    """(T, J) m/s as seen from a pelvis that turns with the body about the vertical: whoever spins does not kick."""
    body = facing(xyz)
    axes = np.stack([body.forward, body.left, body.up], axis=1)
    own = np.einsum("tij,tnj->tni", axes, xyz[:, joints] - xyz[:, :1])
    return speed(own, times_s, np.isfinite(own).all((1, 2)), reach_s=REACH_S)


def _stretch(xyz: FloatArray, side: Side, kind: Kind, i: int) -> float:
    """How far the two bones are from their usual length (median over the clip) around frame i, as a share of it; the worst."""
    chain = xyz[:, [H36M[f"{side}_{name}"] for name in _BONES[kind]]]
    length = np.linalg.norm(np.diff(chain, axis=1), axis=-1)
    return float(np.abs(length[i - 2 : i + 3] / np.nanmedian(length, axis=0) - 1).max())
