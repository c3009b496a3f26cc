"""Temporal alignment of two motions: by the same clock, a shared event, or dynamic time warping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kasf_demo.compare.side import Side
from kasf_demo.errors import UsageError
from kasf_demo.kinematics.segments import pelvis_frame
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import Motion
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import BONES, H36M_NAMES

Align = Literal["auto", "time", "event", "dtw"]
WARP_HZ = 30.0
MAX_ROWS = 1500  # of the table of distances, either way; longer clips are sampled more coarsely
LIMBS = [j for j, name in enumerate(H36M_NAMES) if name[:2] in ("l_", "r_")]


@dataclass(frozen=True)
class Clock:
    """other_s (T,): the other side's time at each frame of this one, NaN if there is none. how: a description."""

    other_s: FloatArray
    kind: Literal["time", "event", "dtw", "repetition"]
    how: str


def align(a: Side, b: Side, wanted: Align = "auto") -> Clock:
    """`auto`: one clock for results of one clip and for a ground truth, else an event that both have, else warping.

    Raises UsageError if `event` is requested and no event is in both.
    """
    times_s = a.pose.times_s
    if wanted == "time" or (wanted == "auto" and a.source is not None and a.source == b.source):
        return Clock(_inside(times_s, b), "time", "by the clock")
    event = None if wanted == "dtw" else _shared_event(a.motion, b.motion)
    if event is not None:
        name, at_a, at_b = event
        return Clock(_inside(times_s - at_a + at_b, b), "event", f"by the {name}: {at_a:.2f} s and {at_b:.2f} s")
    if wanted == "event":
        raise UsageError(
            "no event is in both: no kick or throw of one side, no flight", "use --align dtw, or --align time"
        )
    return Clock(_warped(a.pose, b.pose), "dtw", "by dynamic time warping of the poses")


def _inside(other_s: FloatArray, b: Side) -> FloatArray:
    """NaN before the other side begins and after it ends."""
    low, high = b.pose.times_s[[0, -1]]
    near = float(np.median(np.diff(b.pose.times_s))) / 2 if len(b.pose) > 1 else 0.02
    return np.where((other_s >= low - near) & (other_s <= high + near), np.clip(other_s, low, high), np.nan)


def _shared_event(a: Motion, b: Motion) -> tuple[str, float, float] | None:
    """The kick or throw of the same side, else the first take-off."""
    one, other = a.events.strike, b.events.strike
    if one and other and (one.kind, one.side) == (other.kind, other.side):
        return one.kind, one.time_s, other.time_s
    if a.events.flights and b.events.flights:
        return "take-off", a.events.flights[0].takeoff_s, b.events.flights[0].takeoff_s
    return None


def _warped(a: Pose3D, b: Pose3D) -> FloatArray:
    rate = min(WARP_HZ, *((MAX_ROWS - 1) / max(float(np.ptp(p.times_s[p.valid])), 1e-3) for p in (a, b)))
    (times_a, shapes_a), (times_b, shapes_b) = _shapes(a, rate), _shapes(b, rate)
    flat_a, flat_b = shapes_a.reshape(len(shapes_a), -1), shapes_b.reshape(len(shapes_b), -1)
    squares = (flat_a**2).sum(1)[:, None] + (flat_b**2).sum(1)[None] - 2 * flat_a @ flat_b.T
    distance = np.sqrt(np.maximum(squares, 0) / len(LIMBS))
    path = warp(distance) if len(flat_a) <= len(flat_b) else warp(distance.T)[:, ::-1]
    return np.interp(a.times_s, times_a[path[:, 0]], times_b[path[:, 1]], left=np.nan, right=np.nan)


def _shapes(pose: Pose3D, rate_hz: float) -> tuple[FloatArray, FloatArray]:
    """Times (N,) at an even rate, and limbs (N, 12, 3) as the body has them: from the pelvis, in its own axes, by its
    size."""
    seen = np.flatnonzero(pose.valid)
    times_s = np.arange(pose.times_s[seen[0]], pose.times_s[seen[-1]] + 0.5 / rate_hz, 1 / rate_hz)
    xyz = pose.xyz[seen]
    frame = pelvis_frame(xyz)
    axes = np.stack([frame.forward, frame.left, frame.up], axis=1)
    size = np.median(sum(np.linalg.norm(xyz[:, i] - xyz[:, j], axis=-1) for i, j in BONES))
    local = np.nan_to_num(np.einsum("tij,tnj->tni", axes, xyz[:, LIMBS] - xyz[:, :1]) / size * 10)
    flat = local.reshape(len(seen), -1)
    even = np.stack([np.interp(times_s, pose.times_s[seen], column) for column in flat.T], axis=-1)
    return times_s, even.reshape(len(times_s), len(LIMBS), 3)


def warp(distance: FloatArray) -> NDArray[np.intp]:
    """(N, 2) rows and columns of the best path through (A, B) distances, from the first row to the last, of any
    columns; A <= B.

    Dynamic time warping (Sakoe and Chiba 1978) with steps (1, 1), (1, 2), (2, 1), so that neither side runs at more
    than twice the other's pace. The shorter side is found as a whole within the longer one; the lowest mean wins.
    """
    rows, columns = distance.shape
    cost, weight = np.full((rows, columns), np.inf), np.ones((rows, columns))
    step = np.zeros((rows, columns), np.int8)  # 0: begins here; 1, 2, 3: which of _steps led here
    cost[0] = distance[0]
    at = np.arange(columns)
    for i in range(1, rows):
        costs, weights = _steps(distance, cost, weight, i)
        step[i] = np.argmin(costs / weights, axis=0) + 1
        cost[i], weight[i] = costs[step[i] - 1, at], weights[step[i] - 1, at]
    i, j = rows - 1, int(np.argmin(cost[-1] / weight[-1]))
    path = [(i, j)]
    while i > 0:
        for down, left in _BACK[int(step[i, j])]:
            path.append((path[-1][0] - down, path[-1][1] - left))
        i, j = path[-1]
    return np.array(path[::-1])


_BACK = {1: ((1, 1),), 2: ((0, 1), (1, 1)), 3: ((1, 0), (1, 1))}  # the cells of a step, from its end


def _steps(distance: FloatArray, cost: FloatArray, weight: FloatArray, i: int) -> tuple[FloatArray, FloatArray]:
    """(3, B) cost and weight of coming to row i by one row and column, by one row and two columns, by two rows and one
    column."""
    here = distance[i]
    ways = [
        (_right(cost[i - 1], 1) + 2 * here, _right(weight[i - 1], 1, 0.0) + 2),
        (_right(cost[i - 1], 2) + 2 * _right(here, 1) + here, _right(weight[i - 1], 2, 0.0) + 3),
    ]
    if i > 1:
        ways.append((_right(cost[i - 2], 1) + 2 * distance[i - 1] + here, _right(weight[i - 2], 1, 0.0) + 3))
    return np.stack([c for c, _ in ways]), np.stack([w for _, w in ways])


def _right(row: FloatArray, by: int, fill: float = np.inf) -> FloatArray:
    """(N,) moved to the right, `fill` from the left."""
    out = np.full(len(row), fill)
    out[by:] = row[:-by] if by < len(row) else []
    return out
