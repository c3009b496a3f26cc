"""Motion at a constant rate and with y up, for the formats that require it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import Angles, Events, FootAngles
from kasf_demo.types.people import Pose3D

UNEVEN = 0.1  # of a frame: time stamps rounded to milliseconds stay below it, and nothing is interpolated


@dataclass(frozen=True)
class EvenMotion:
    """One person at a constant rate: T frames from `start_s` on, `rate_hz` per second.

    xyz (T, 17, 3) metres, world axes (z up), NaN where not `valid` (T,); deg (T, A) degrees, columns as motion.ANGLES;
    doubtful (T, 17) joints and doubtful_angles (T, A), False without a value; events at the clip's times. resampled:
    the clip's frames were not evenly spaced, and this is interpolated between them.
    """

    xyz: FloatArray
    valid: BoolArray
    deg: FloatArray
    doubtful: BoolArray
    doubtful_angles: BoolArray
    events: Events
    start_s: float
    rate_hz: float
    resampled: bool
    feet: FloatArray | None = None  # (T, 4, 3) in the order of types.FEET, NaN where unknown; None without feet
    foot_deg: FloatArray | None = None  # (T, 6), columns as motion.FOOT_ANGLES; None without feet

    @property
    def times_s(self) -> FloatArray:
        """(T,) in the clip's time."""
        return self.start_s + np.arange(len(self.xyz)) / self.rate_hz


def even_motion(
    pose: Pose3D, angles: Angles, events: Events, *, nominal_hz: float, foot_angles: FootAngles | None = None
) -> EvenMotion:
    """The motion at its mean rate. Frames are kept unchanged if each is within a tenth of a frame of its even time.

    Raises ValueError unless the pose is in world axes. `nominal_hz` is the rate of a clip of a single frame.
    """
    if pose.axes != "world":
        raise ValueError(f"expected world axes, got {pose.axes}")
    t = pose.times_s
    rate_hz = round(float((len(t) - 1) / (t[-1] - t[0])), 6) if len(t) > 1 else nominal_hz
    xyz = np.where(pose.valid[:, None, None], np.asarray(pose.xyz, float), np.nan)
    even_s = t[0] + np.arange(len(t)) / rate_hz
    resampled = bool((np.abs(even_s - t) * rate_hz > UNEVEN).any())
    deg, doubtful, doubtful_angles = angles.deg, pose.in_doubt, angles.doubtful
    feet = None if pose.feet is None or not pose.feet.valid.any() else np.asarray(pose.feet.xyz, float)
    foot_deg = None if feet is None or foot_angles is None else foot_angles.deg
    if resampled:
        foot_deg = None if foot_deg is None else _angles_at(even_s, t, foot_deg)
        xyz = _at(even_s, t, xyz.reshape(len(t), -1)).reshape(xyz.shape)
        feet = None if feet is None else _at(even_s, t, feet.reshape(len(t), -1)).reshape(feet.shape)
        deg = _angles_at(even_s, t, deg)
        doubtful, doubtful_angles = (_at(even_s, t, d.astype(float)) > 0 for d in (doubtful, doubtful_angles))
    valid = np.asarray(np.isfinite(xyz).all((1, 2)))
    doubtful, doubtful_angles = doubtful & valid[:, None], doubtful_angles & np.isfinite(deg)
    return EvenMotion(
        xyz, valid, deg, doubtful, doubtful_angles, events, float(t[0]), rate_hz, resampled, feet,
        foot_deg,
    )  # fmt: skip


def _angles_at(when: FloatArray, t: FloatArray, deg: FloatArray) -> FloatArray:
    return np.stack([_at(when, t, _continuous(column)[:, None])[:, 0] for column in deg.T], axis=-1)


def _at(when: FloatArray, t: FloatArray, values: FloatArray) -> FloatArray:
    """(N, C) of (T, C) values, on the straight line between the two frames around; NaN where one of them is NaN and has
    a share."""
    i = np.clip(np.searchsorted(t, when, side="right") - 1, 0, len(t) - 2)
    share = np.clip((when - t[i]) / (t[i + 1] - t[i]), 0, 1)[:, None]
    share = np.where(share > 1 - 1e-6, 1.0, np.where(share < 1e-6, 0.0, share))
    before, after = values[i], values[i + 1]
    return np.where(share == 0, before, np.where(share == 1, after, before + share * (after - before)))


def interpolated(values: FloatArray, period: float | None = None) -> FloatArray:
    """(T, C) with straight lines over the NaN of each column, and its first and last value held; a column of NaN alone
    stays.

    period: of values on a circle, which are made continuous first, so that a gap is bridged the shorter way.
    """
    out = np.array(values, float)
    frames = np.arange(len(out))
    for column in out.T:
        known = np.flatnonzero(np.isfinite(column))
        if len(known):
            path = column[known] if period is None else np.unwrap(column[known], period=period)
            column[:] = np.interp(frames, known, path)
    return out


def _continuous(deg: FloatArray) -> FloatArray:
    out, known = deg.copy(), np.isfinite(deg)
    out[known] = np.unwrap(deg[known], period=360.0)
    return out


def y_up(xyz: FloatArray) -> FloatArray:
    """(..., 3) z up to y up: x stays, y is up, z toward the camera. A quarter turn, nothing is mirrored."""
    return np.stack([xyz[..., 0], xyz[..., 2], -xyz[..., 1]], axis=-1)


def fixed(value: float, digits: int) -> str:
    """`value` with `digits` decimals and a point, whatever the locale; nothing for NaN; never -0."""
    if not np.isfinite(value):
        return ""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text


def rate_text(rate_hz: float) -> str:
    """The rate without needless zeros: 30, 29.97003."""
    return f"{rate_hz:.6f}".rstrip("0").rstrip(".")
