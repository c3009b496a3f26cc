"""Differences between two motions, per joint and angle, after alignment in time and space."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.compare.align import Align, Clock, align
from kasf_demo.compare.side import Side
from kasf_demo.errors import InputError
from kasf_demo.kinematics import measure_angles
from kasf_demo.reconstruct.placement import LIMBS
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.motion import Angles, FootAngles
from kasf_demo.types.people import Pose3D

MIN_FRAMES = 3
GAP_S = 0.1  # the other side is interpolated between frames no further apart than this


@dataclass(frozen=True)
class Comparison:
    """a unchanged; other: b at a's frames, rotated about the vertical by yaw_deg, scaled by `scale` and put on a's
    pelvis.

    joint_m (T, 17) distances of the joints from the pelvis, angle_deg (T, A) of a less b in -180..180; NaN where one of
    them is missing. `other` has b's doubtful joints. foot_deg (T, 6) is angle_deg of the feet's angles, of which
    other_foot_angles has b's; None unless both have feet.
    """

    a: Side
    b: Side
    other: Pose3D
    other_angles: Angles
    clock: Clock
    yaw_deg: float
    scale: float
    joint_m: FloatArray
    angle_deg: FloatArray
    other_foot_angles: FootAngles | None = None
    foot_deg: FloatArray | None = None


def compare(
    a: Side, b: Side, *, wanted: Align = "auto", same_size: bool | None = None, clock: Clock | None = None
) -> Comparison:
    """same_size: whether b is scaled to a's size; None: only if the two are of different clips. clock: how they are
    aligned in time, if that is known.

    Raises InputError if fewer than MIN_FRAMES frames are in both, UsageError as `align`.
    """
    clock = align(a, b, wanted) if clock is None else clock
    matched = pose_at(b.pose, clock.other_s)
    both = a.pose.valid & np.isfinite(matched).all((1, 2))
    if both.sum() < MIN_FRAMES:
        raise InputError(
            f"only {int(both.sum())} frames are in both {a.name} and {b.name}", "use --align dtw or another person"
        )
    resize = same_size if same_size is not None else not (a.source is not None and a.source == b.source)
    scale = _size(a.pose.xyz[both]) / _size(matched[both]) if resize else 1.0
    local_a, own_b = a.pose.xyz - a.pose.xyz[:, :1], (matched - matched[:, :1]) * scale
    yaw = _yaw(local_a[both], own_b[both])
    local_b = _turned(own_b, yaw)
    placed = np.where(both[:, None, None], local_b + a.pose.xyz[:, :1], np.nan)
    doubtful = _nearest(b.pose, clock.other_s) & both[:, None]
    other = Pose3D(placed, both[:, None] * np.ones((len(both), 17)), both, np.zeros(len(both), bool), a.pose.times_s,
                   doubtful=doubtful)  # fmt: skip
    angles = measure_angles(other)
    off = (a.motion.angles.deg - angles.deg + 180) % 360 - 180
    joint_m = np.where(both[:, None], np.linalg.norm(local_a - local_b, axis=-1), np.nan)
    feet = _feet_at(b, clock.other_s, a.pose.times_s, both)
    own = a.motion.foot_angles
    foot_deg = None if own is None or feet is None else (own.deg - feet.deg + 180) % 360 - 180
    return Comparison(
        a, b, other, angles, clock, float(np.degrees(yaw)), float(scale), joint_m, off,
        None if foot_deg is None else feet, foot_deg,
    )  # fmt: skip


def _feet_at(b: Side, other_s: FloatArray, times_s: FloatArray, both: BoolArray) -> FootAngles | None:
    """The angles of b's feet, which no rotation about the vertical changes, at a's frames; None without feet."""
    feet = b.motion.foot_angles
    if feet is None:
        return None
    at = np.nan_to_num(other_s)
    turns = np.exp(1j * np.radians(feet.deg))  # -179 and 179 degrees are neighbours
    parts = [[np.interp(at, feet.times_s, part) for part in (column.real, column.imag)] for column in turns.T]
    deg = np.stack([np.degrees(np.arctan2(sine, cosine)) for cosine, sine in parts], axis=-1)
    return FootAngles(times_s, np.where(both[:, None], deg, np.nan))


def pose_at(pose: Pose3D, times_s: FloatArray) -> FloatArray:
    """(T, 17, 3) the pose at other times, NaN in gaps and where a time is NaN."""
    out = np.full((len(times_s), 17, 3), np.nan)
    known = np.isfinite(times_s)
    for start, end in runs(pose.valid):
        span = pose.times_s[start:end]
        inside = np.flatnonzero(known)[(times_s[known] >= span[0] - 1e-6) & (times_s[known] <= span[-1] + 1e-6)]
        if not len(inside):
            continue
        flat = pose.xyz[start:end].reshape(end - start, -1)
        values = np.stack([np.interp(times_s[inside], span, column) for column in flat.T], axis=-1)
        out[inside] = values.reshape(-1, 17, 3)
        wide = np.flatnonzero(np.diff(span) > GAP_S)
        for k in wide:  # at a low frame rate nothing is interpolated between distant frames
            between = inside[(times_s[inside] > span[k] + 1e-6) & (times_s[inside] < span[k + 1] - 1e-6)]
            out[between] = np.nan
    return out


def _nearest(pose: Pose3D, times_s: FloatArray) -> BoolArray:
    """(T, 17) whether the joints are doubtful in the frame nearest to each time; False where a time is NaN."""
    at = np.abs(pose.times_s[None] - np.nan_to_num(times_s)[:, None]).argmin(1)
    return np.asarray(pose.in_doubt[at] & np.isfinite(times_s)[:, None])


def _size(xyz: FloatArray) -> float:
    """Median of the summed length of the limbs."""
    return float(np.median(sum(np.linalg.norm(xyz[:, i] - xyz[:, j], axis=-1) for i, j, _ in LIMBS)))


def _yaw(a: FloatArray, b: FloatArray) -> float:
    """The turn about the vertical that brings b nearest to a, in the least squares of all joints, radians."""
    sine = (b[..., 0] * a[..., 1] - b[..., 1] * a[..., 0]).sum()
    cosine = (b[..., 0] * a[..., 0] + b[..., 1] * a[..., 1]).sum()
    return float(np.arctan2(sine, cosine))


def _turned(xyz: FloatArray, yaw: float) -> FloatArray:
    c, s = np.cos(yaw), np.sin(yaw)
    return np.asarray(xyz @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]]))


def mean(values: FloatArray) -> float:
    """Mean of the known values; NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def worst(values: FloatArray, times_s: FloatArray) -> tuple[float, float]:
    """The value furthest from 0 and its time; NaN if nothing is known."""
    if not np.isfinite(values).any():
        return float("nan"), float("nan")
    at = int(np.nanargmax(np.abs(values)))
    return float(values[at]), float(times_s[at])
