"""A kick or a throw: the one moment at which one foot or hand is much faster than ever else, and than the other."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kasf_demo.kinematics.body import facing
from kasf_demo.kinematics.rates import speed
from kasf_demo.motion import POINTS, Angles, Side, Strike
from kasf_demo.types import BoolArray, FloatArray
from kasportsformer.skeleton import H36M

LEAST_M_PER_S = 6.0  # of the limb's own motion; legs of a 3.5 m/s runner reach 3.6, arms of a jumper 4.5
LEAST_RATIO = 1.5  # to the other side's fastest moment, and to any other moment of the same foot or hand
REACH_S = 0.083  # of the slopes here: wider than for the speeds that are reported, so that a single wrong frame is no kick
MOST_STRETCH = 0.5  # a limb whose bones change length by more within two frames of the peak was seen wrongly
SWAP_S = 0.1  # both feet or hands faster than LEAST_M_PER_S at once are left and right mixed up; this long before and after is passed over
APART_S = 0.35  # what is farther away than this is another moment
Kind = Literal["kick", "throw"]
_BONES: dict[Kind, tuple[str, str, str]] = {"kick": ("hip", "knee", "ankle"), "throw": ("shoulder", "elbow", "wrist")}


def find_strike(xyz: FloatArray, times_s: FloatArray, valid: BoolArray, angles: Angles) -> Strike | None:
    """The kick or throw of (T, 17, 3) world poses, None where no moment stands out. The faster one where both do."""
    kinds: tuple[tuple[Kind, str], ...] = (("kick", "ankle"), ("throw", "wrist"))
    found = [s for kind, part in kinds if (s := _of(kind, part, xyz, times_s, valid, angles)) is not None]
    return max(found, key=lambda s: s.limb_m_per_s, default=None)


def _of(kind: Kind, part: str, xyz: FloatArray, times_s: FloatArray, valid: BoolArray, angles: Angles) -> Strike | None:
    relative = _own_speed(xyz, [H36M[f"{side}_{part}"] for side in "rl"], times_s)
    doubtful = angles.doubtful_points[:, [POINTS.index(f"{side}_{part}") for side in "rl"]]
    relative = np.where(np.isfinite(relative) & ~doubtful, relative, 0.0)
    relative[_near(times_s, np.all(relative > LEAST_M_PER_S, axis=1))] = 0.0
    i, column = np.unravel_index(int(np.argmax(relative)), relative.shape)
    peak = float(relative[i, column])
    elsewhere = np.abs(times_s - times_s[i]) > APART_S
    rival = max(relative[:, 1 - column].max(), relative[elsewhere, column].max(initial=0.0))
    at_an_end = i < 2 or i > len(times_s) - 3 or not valid[i - 2 : i + 3].all()
    if peak < LEAST_M_PER_S or peak < LEAST_RATIO * rival or at_an_end:
        return None
    sides: tuple[Side, Side] = ("r", "l")
    side = sides[int(column)]
    if _stretch(xyz, side, _BONES[kind], int(i)) > MOST_STRETCH:
        return None
    return Strike(kind, side, float(times_s[i]), float(angles.speed_of(f"{side}_{part}")[i]), peak)


def _own_speed(xyz: FloatArray, joints: list[int], times_s: FloatArray) -> FloatArray:
    """(T, J) m/s as seen from a pelvis that turns with the body about the vertical: whoever spins does not kick."""
    body = facing(xyz)
    axes = np.stack([body.forward, body.left, body.up], axis=1)
    own = np.einsum("tij,tnj->tni", axes, xyz[:, joints] - xyz[:, :1])
    return speed(own, times_s, np.isfinite(own).all((1, 2)), reach_s=REACH_S)


def _stretch(xyz: FloatArray, side: Side, names: tuple[str, str, str], i: int) -> float:
    """How far the two bones are from their usual length (median over the clip) around frame i, as a share of it; the worst."""
    chain = xyz[:, [H36M[f"{side}_{name}"] for name in names]]
    length = np.linalg.norm(np.diff(chain, axis=1), axis=-1)
    usual = np.nanmedian(length, axis=0)
    return float(np.abs(length[i - 2 : i + 3] / usual - 1).max())


def _near(times_s: FloatArray, frames: BoolArray) -> BoolArray:
    """(T,) which frames are within SWAP_S of one of `frames`."""
    return np.asarray((np.abs(times_s[:, None] - times_s[frames]) <= SWAP_S).any(1))
