"""Vectors over time: (T, 3) arrays, one row per frame. What has no direction is NaN."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray

UP = np.array([0.0, 0.0, 1.0])
MIN_SHARE = 0.34  # sin 20 degrees: closer to an axis, the angle about that axis has no meaning and is NaN


def dot(a: FloatArray, b: FloatArray) -> FloatArray:
    """(T,) scalar products."""
    return np.asarray(np.sum(a * b, axis=-1))


def unit(v: FloatArray) -> FloatArray:
    """(T, 3) of length one; NaN where the length is zero."""
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    return np.asarray(v / np.where(length > 1e-9, length, np.nan))


def without(v: FloatArray, axis: FloatArray) -> FloatArray:
    """(T, 3) what is left of `v` at right angles to the unit vectors `axis`."""
    return np.asarray(v - dot(v, axis)[..., None] * axis)


def between_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    """(T,) angle between two vectors, 0 to 180. By atan2, since arccos loses half the digits near 0 and 180."""
    return np.asarray(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), dot(a, b))))


def around_deg(
    sine: FloatArray, cosine: FloatArray, length: FloatArray | float = 1.0, least: float = MIN_SHARE
) -> FloatArray:
    """(T,) atan2, -180 to 180; NaN where what is left in the plane is less than `least` of `length`."""
    return np.asarray(np.where(np.hypot(sine, cosine) >= least * length, np.degrees(np.arctan2(sine, cosine)), np.nan))


def out_of_plane_deg(v: FloatArray, normal: FloatArray) -> FloatArray:
    """(T,) angle of unit vectors `v` to the plane at right angles to `normal`, -90 to 90."""
    return np.asarray(np.degrees(np.arcsin(np.clip(dot(v, normal), -1, 1))))


def wrapped_deg(angle: FloatArray) -> FloatArray:
    """The same angles in -180 (excluded) to 180."""
    return np.asarray(180 - np.mod(180 - angle, 360))


def continuous_deg(angle: FloatArray) -> FloatArray:
    """(T,) without jumps of 360; NaN stays NaN, and across a gap the shorter way round is taken."""
    out = np.array(angle, float)
    known = np.isfinite(out)
    out[known] = np.unwrap(out[known], period=360.0)
    return out
