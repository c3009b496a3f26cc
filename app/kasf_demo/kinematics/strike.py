"""A kick or a throw: the moment at which one foot or hand is much faster than at any other time, and than the other
side."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kasf_demo.kinematics.derivatives import derivative, speed
from kasf_demo.kinematics.peaks import find_peaks
from kasf_demo.kinematics.segments import facing
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import POINTS, Angles, BodySide, Strike
from kasportsformer.skeleton import H36M

MIN_M_PER_S = 6.0  # minimum speed relative to the body; legs of a 3.5 m/s runner reach 3.6, arms of a jumper 4.5
MIN_RATIO = 1.3  # minimum ratio to any peak of the other side, and to any other moment of the same foot or hand
APART_S = 0.35  # peaks farther apart are different moments
# A limb takes time to accelerate and slow down; a left/right swap or lost joint jumps within one frame. A peak of speed
# that is hardly wider than such a jump (`jump_width_s`) is rejected. Measurements: docs/decisions.md, "Flights, kicks
# and throws"
MIN_WIDER = 1.2  # minimum ratio of the widths
MAX_OTHER = 0.5  # maximum ratio of the other side's speed: the other foot stands, the other hand does not throw
MAX_LOST = 0.5  # maximum share of lost keypoints in the peak's frame and its neighbours: one may be blurred
MAX_STRETCH = 0.5  # if a bone's length is off by a larger share within two frames of the peak, the limb is wrong
# Straightness of the limb's path while it is fast: 0.8 or more in real kicks, 0.04 in a wrong detection
MIN_STRAIGHT = 0.5
# Speeds are slopes over this time before and after a frame. It is longer than for the reported speeds, so that a single
# wrong frame does not look like a kick
REACH_S = 0.083
MIN_RAISED_M_PER_S = 1.5  # of a raised hand in a guess: a jump shot's hand goes at 2
Kind = Literal["kick", "throw"]
_BONES: dict[Kind, tuple[str, str, str]] = {"kick": ("hip", "knee", "ankle"), "throw": ("shoulder", "elbow", "wrist")}
Peak = tuple[float, int, int]  # m/s, frame, column (0 right, 1 left)


def find_strike(
    xyz: FloatArray,
    times_s: FloatArray,
    valid: BoolArray,
    angles: Angles,
    lost: BoolArray | None = None,
    only: Kind | None = None,
) -> Strike | None:
    """The kick or throw of (T, 17, 3) world poses, the faster one if there are both; with `only`, of that kind. None if
    no moment stands out, or if the foot or hand is `lost` (T, 5) in that frame (columns as `POINTS`; default: if it is
    doubtful)."""
    lost = angles.doubtful_points if lost is None else lost
    feet, hands = (_own_speed(xyz, _joints(part), times_s) for part in ("ankle", "wrist"))
    kick = None if only == "throw" else _of("kick", "ankle", feet, xyz, times_s, valid, angles, lost)
    throw = None if only == "kick" else _of("throw", "wrist", hands, xyz, times_s, valid, angles, lost)
    if only is not None:
        return kick or throw
    if throw is not None and _fastest(feet, np.abs(times_s - throw.time_s) <= APART_S) > throw.limb_m_per_s:
        throw = None  # arms swing along with a kick
    return max((s for s in (kick, throw) if s is not None), key=lambda s: s.limb_m_per_s, default=None)


def fastest_moment(
    kind: Kind, xyz: FloatArray, times_s: FloatArray, angles: Angles, near_s: tuple[float, float] | None = None
) -> Strike | None:
    """The moment at which a foot (kick) or hand (throw) is fastest relative to the body, whether it stands out or not:
    a guess. Of hands those that are above the shoulder and rise come first: arms that drop after a throw are often
    faster. near_s: first and last time looked at. None without any speed."""
    part = _BONES[kind][2]
    own = np.nan_to_num(_own_speed(xyz, _joints(part), times_s))
    over_ground = angles.m_per_s[:, [POINTS.index(f"{side}_{part}") for side in "rl"]]
    own = np.where(over_ground < own / 2, 0.0, own)  # a foot that stands while the body moves over it
    if kind == "throw":
        raised = np.where(_raised(xyz, times_s), own, 0.0)
        own = raised if raised.max(initial=0.0) >= MIN_RAISED_M_PER_S else own
    if near_s is not None:
        own = np.where(((times_s >= near_s[0]) & (times_s <= near_s[1]))[:, None], own, 0.0)
    peaks = _peaks(own, times_s)
    i, column = peaks[0][1:] if peaks else np.unravel_index(int(own.argmax()), own.shape)
    if not own[i, column] > 0:
        return None
    side: BodySide = "l" if column else "r"
    point = POINTS.index(f"{side}_{part}")
    return Strike(
        kind, side, float(times_s[i]), float(angles.m_per_s[i, point]), float(own[i, column]),
        bool(angles.doubtful_points[i, point]),
    )  # fmt: skip


def _raised(xyz: FloatArray, times_s: FloatArray) -> BoolArray:
    """(T, 2) right, left: the wrist is above its shoulder and rises."""
    z = xyz[:, _joints("wrist"), 2]
    rising = derivative(z, times_s, np.asarray(np.isfinite(z).all(1)), reach_s=REACH_S) > 0
    return np.asarray(rising & (z > xyz[:, _joints("shoulder"), 2]))


def _of(
    kind: Kind,
    part: str,
    own: FloatArray,
    xyz: FloatArray,
    times_s: FloatArray,
    valid: BoolArray,
    angles: Angles,
    lost: BoolArray,
) -> Strike | None:
    peaks = _peaks(own, times_s)
    if not peaks or peaks[0][0] < MIN_M_PER_S:
        return None
    speed_m_s, i, column = peaks[0]
    rivals = [p for p in peaks[1:] if p[2] != column or abs(times_s[p[1]] - times_s[i]) > APART_S]
    side: BodySide = "l" if column else "r"
    point = POINTS.index(f"{side}_{part}")
    at_an_end = i < 2 or i > len(times_s) - 3 or not valid[i - 2 : i + 3].all()
    if at_an_end or (rivals and speed_m_s < MIN_RATIO * rivals[0][0]) or lost[i - 1 : i + 2, point].mean() > MAX_LOST:
        return None
    near = slice(i - 2, i + 3)
    if _fastest(own[:, 1 - column], near) > MAX_OTHER * speed_m_s or _stretch(xyz, side, kind, i) > MAX_STRETCH:
        return None
    if _straightness(_own_places(xyz, _joints(part))[:, column], own[:, column], i) < MIN_STRAIGHT:
        return None
    return Strike(kind, side, float(times_s[i]), float(angles.m_per_s[i, point]), speed_m_s)


def _peaks(own: FloatArray, times_s: FloatArray) -> list[Peak]:
    """The peaks of (T, 2) speeds that are wide enough to be a limb's, fastest first."""
    found: list[Peak] = []
    least_s = MIN_WIDER * jump_width_s(times_s)
    for column in range(2):
        y = np.nan_to_num(own[:, column])
        tops = find_peaks(y)
        found += [(float(y[i]), int(i), column) for i in tops if _width_s(y, int(i), times_s) >= least_s]
    return sorted(found, reverse=True)


def jump_width_s(times_s: FloatArray) -> float:
    """How long the speed of a joint that jumps from one frame to the next seems to be above half of its peak, at this
    frame rate."""
    even_s = np.arange(16) * float(np.median(np.diff(times_s)))
    place = np.zeros((16, 1, 3))
    place[8:] = 1.0
    speeds = speed(place, even_s, np.ones(16, bool), reach_s=REACH_S)[:, 0]
    return _width_s(speeds, int(speeds.argmax()), even_s)


def _width_s(y: FloatArray, i: int, times_s: FloatArray) -> float:
    """How long (T,) values stay above half of the i-th around it, straight lines between frames."""
    if not y[i] > 0:
        return 0.0
    half, ends = y[i] / 2, []
    for step in (-1, 1):
        at = i
        while 0 <= at < len(y) and y[at] > half:
            at += step
        if not 0 <= at < len(y):
            ends.append(times_s[at - step])
            continue
        inner = at - step
        ends.append(times_s[at] + (times_s[inner] - times_s[at]) * (half - y[at]) / (y[inner] - y[at]))
    return float(ends[1] - ends[0])


def _fastest(own: FloatArray, when: BoolArray | slice) -> float:
    """The largest of these speeds; 0 if there are none."""
    return float(np.nan_to_num(own[when]).max(initial=0.0))


def _joints(part: str) -> list[int]:
    return [H36M[f"{side}_{part}"] for side in "rl"]


def _own_places(xyz: FloatArray, joints: list[int]) -> FloatArray:
    """(T, J, 3) m relative to a pelvis that turns with the body about the vertical: a spin is no kick."""
    body = facing(xyz)
    axes = np.stack([body.forward, body.left, body.up], axis=1)
    return np.asarray(np.einsum("tij,tnj->tni", axes, xyz[:, joints] - xyz[:, :1]))


def _straightness(places: FloatArray, speeds: FloatArray, i: int) -> float:
    """Distance from end to end divided by the length of the path of places (T, 3), while speeds (T,) are above half of
    the i-th. 1: straight; 0: there and back."""
    slow = np.flatnonzero(~(speeds > speeds[i] / 2))
    first, last = max(slow[slow < i], default=0), min(slow[slow > i], default=len(speeds) - 1)
    way = places[first : last + 1]
    way = way[np.isfinite(way).all(-1)]
    gone = np.linalg.norm(np.diff(way, axis=0), axis=-1).sum()
    return float(np.linalg.norm(way[-1] - way[0]) / gone) if gone > 0 else 1.0


def _own_speed(xyz: FloatArray, joints: list[int], times_s: FloatArray) -> FloatArray:
    """(T, J) m/s of `_own_places`."""
    own = _own_places(xyz, joints)
    return speed(own, times_s, np.asarray(np.isfinite(own).all((1, 2))), reach_s=REACH_S)


def _stretch(xyz: FloatArray, side: BodySide, kind: Kind, i: int) -> float:
    """Largest deviation of the two bones from their usual length (median over the clip) around frame i, relative to
    it."""
    chain = xyz[:, [H36M[f"{side}_{name}"] for name in _BONES[kind]]]
    length = np.linalg.norm(np.diff(chain, axis=1), axis=-1)
    return float(np.abs(length[i - 2 : i + 3] / np.nanmedian(length, axis=0) - 1).max())
