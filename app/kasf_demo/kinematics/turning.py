"""How far a person turns about the vertical within a span of time, and the rate of it."""

from __future__ import annotations

import numpy as np

from kasf_demo.kinematics.derivatives import derivative
from kasf_demo.kinematics.heading_exchanges import MIN_MARGIN, steady_heading
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.jumps import Turning
from kasf_demo.types.motion import ANGLES, Angles

LINES = {"shoulders": "shoulders_rotation", "pelvis": "pelvis_rotation"}
MAX_APART = 0.25  # turns: beyond it pelvis and shoulders disagree
MAX_LEAN_DEG = 60.0  # a body that leans more has no heading
EDGE_S = 0.1  # the heading is followed for so long before and after, where it turns slowly
RATE_REACH_S = 0.1  # a rate of turning is the slope over this time on either side
MAX_EXCHANGED = 0.45  # share of frames with left and right exchanged, beyond which turns are doubtful


def find_turning(angles: Angles, start_s: float, end_s: float) -> Turning:
    """From start_s to end_s, both within the clip."""
    lean = angles["trunk_lean"][_inside(angles, start_s, end_s)]
    if not np.isfinite(lean).all() or (lean > MAX_LEAN_DEG).any():
        return Turning(None, None, None, why=("the body is not upright all the time, so it has no heading",))
    found: dict[str, float | None] = {}
    curves: dict[str, tuple[FloatArray, FloatArray]] = {}
    why: list[str] = []
    for line in LINES:
        curve, reason = heading(angles, line, start_s, end_s)
        found[line] = None
        if curve is None:
            why.append(reason)
            continue
        curves[line] = curve
        first, last = np.interp([start_s, end_s], *curve)
        found[line] = float(last - first) / 360
        why += [reason] if reason else []
    shoulders, pelvis = found["shoulders"], found["pelvis"]
    turns = None
    if shoulders is not None and pelvis is not None and not why:
        if abs(shoulders - pelvis) > MAX_APART:
            why.append(f"shoulders turn {shoulders:+.2f} times and pelvis {pelvis:+.2f}")
        else:
            turns = (shoulders + pelvis) / 2
    peak = _peak(curves, start_s, end_s) if turns is not None else None
    return Turning(
        shoulders, pelvis, turns, None if turns is None else _sigma(angles, start_s, end_s), tuple(dict.fromkeys(why)),
        *(peak or (None, None)),
    )  # fmt: skip


def heading(
    angles: Angles, line: str, start_s: float, end_s: float
) -> tuple[tuple[FloatArray, FloatArray] | None, str]:
    """Times and continuous heading, degrees, of a line from a little before to a little after a span; None if it has no
    heading there. And why it is not sure, empty if it is."""
    times_s, deg = angles.times_s, angles[LINES[line]]
    known = np.isfinite(deg)
    inside = _inside(angles, start_s, end_s)
    if not known[inside].all():
        return None, f"the line of the {line} is too steep, or not seen, in {int((~known[inside]).sum())} frames"
    rows = np.flatnonzero(inside)
    near = max(2, int(np.searchsorted(times_s, times_s[rows[0]] + EDGE_S) - rows[0]))
    first, last = int(rows[0]), int(rows[-1])
    while first > max(0, rows[0] - near) and known[first - 1]:
        first -= 1
    while last < min(len(deg) - 1, rows[-1] + near) and known[last + 1]:
        last += 1
    if last - first < 3:
        return None, "too few frames"
    around = slice(first, last + 1)
    steady = steady_heading(deg[around], times_s[around])
    curve = (times_s[around], steady.deg)
    exchanged = steady.exchanged if steady.exchanged.mean() <= 0.5 else ~steady.exchanged
    if steady.margin < MIN_MARGIN:
        return curve, "left and right may be exchanged in many frames, or frames are too far apart"
    if exchanged.mean() > MAX_EXCHANGED:
        return curve, f"left and right are exchanged in {100 * exchanged.mean():.0f} % of the frames"
    return curve, ""


def turn_rate(angles: Angles, start_s: float, end_s: float) -> tuple[FloatArray, FloatArray] | None:
    """Times and degrees per second of pelvis and shoulders together, over a span; None if neither has a heading."""
    curves = [curve for line in LINES if (curve := heading(angles, line, start_s, end_s)[0]) is not None]
    return _rate(curves) if curves else None


def _rate(curves: list[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
    first, last = max(t[0] for t, _ in curves), min(t[-1] for t, _ in curves)
    times_s = curves[0][0][(curves[0][0] >= first) & (curves[0][0] <= last)]
    mean = np.mean([np.interp(times_s, *curve) for curve in curves], axis=0)
    return times_s, derivative(mean[:, None], times_s, np.ones(len(times_s), bool), reach_s=RATE_REACH_S)[:, 0]


def _peak(curves: dict[str, tuple[FloatArray, FloatArray]], start_s: float, end_s: float) -> tuple[float, float] | None:
    """The fastest turning within the span, and when."""
    times_s, rate = _rate(list(curves.values()))
    inside = np.flatnonzero((times_s >= start_s) & (times_s <= end_s) & np.isfinite(rate))
    if not len(inside):
        return None
    top = inside[int(np.argmax(np.abs(rate[inside])))]
    return float(rate[top]), float(times_s[top])


def _sigma(angles: Angles, start_s: float, end_s: float) -> float | None:
    """Standard deviation of the turns, from that of both lines at both ends."""
    if angles.sigma_deg is None:
        return None
    ends = [int(np.abs(angles.times_s - s).argmin()) for s in (start_s, end_s)]
    columns = [ANGLES.index(name) for name in LINES.values()]
    sigma = angles.sigma_deg[np.ix_(ends, columns)]
    return float(np.sqrt((sigma**2).sum()) / 2 / 360) if np.isfinite(sigma).all() else None


def _inside(angles: Angles, start_s: float, end_s: float) -> FloatArray:
    """(T,) frames within a span, and the nearest if there is none."""
    inside = (angles.times_s >= start_s) & (angles.times_s <= end_s)
    if not inside.any():
        inside = np.zeros(len(angles.times_s), bool)
        inside[int(np.abs(angles.times_s - start_s).argmin())] = True
    return np.asarray(inside)
