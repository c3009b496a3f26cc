"""The stretch of a clip that a shot is described by: 20 poses 0.04 s apart around the strike, by time."""

from __future__ import annotations

import numpy as np

from kasf_demo.assess.values import NotShownError
from kasf_demo.types.arrays import BoolArray, FloatArray, runs

POSES, STEP_S, BEFORE_S = 20, 0.04, 0.50  # 25 frames/s, as in 3DSP: from 0.50 s before the strike to 0.26 s after it
WINDOW_S = np.arange(POSES) * STEP_S - BEFORE_S
AFTER_S = float(WINDOW_S[-1])


def window_poses(
    xyz: FloatArray, times_s: FloatArray, strike_s: float, *, partial: bool = False
) -> tuple[FloatArray, BoolArray]:
    """(20, 17, 3) poses at `WINDOW_S` from a strike, of (T, 17, 3) poses that are NaN if there is none, and which of
    them (20,) the clip shows. The others are those of the nearest pose that it shows, as in the published system.

    Between frames: cubics with the slopes of their neighbours (Catmull and Rom 1974, for uneven times), since a foot
    turns within two frames. Raises NotShownError, naming the seconds needed, if poses are missing, unless `partial` and
    half of them are there.
    """
    wanted = strike_s + WINDOW_S
    found = np.full((POSES, *xyz.shape[1:]), np.nan)
    tolerance_s = float(np.median(np.diff(times_s))) / 2 if len(times_s) > 1 else 0.0
    for a, b in runs(np.asarray(np.isfinite(xyz).all((1, 2)))):
        near = (wanted >= times_s[a] - tolerance_s) & (wanted <= times_s[b - 1] + tolerance_s)
        found[near] = _cubic(times_s[a:b], xyz[a:b], np.clip(wanted[near], times_s[a], times_s[b - 1]))
    known = np.asarray(np.isfinite(found).all((1, 2)))
    if not known.all() and (not partial or known.sum() < POSES / 2):
        raise NotShownError(*_missing(wanted, known, strike_s, partial))
    at = np.flatnonzero(known)
    return found[at[np.abs(at[None] - np.arange(POSES)[:, None]).argmin(1)]], known


def _missing(wanted: FloatArray, known: BoolArray, strike_s: float, partial: bool) -> tuple[str, str]:
    first, last = max(wanted[0], 0.0), wanted[-1]
    before, after = (STEP_S * int((~known[side]).sum()) for side in (WINDOW_S <= 0, WINDOW_S > 0))
    lacking = [f"{s:.2f} s {name}" for s, name in ((before, "before"), (after, "after")) if s]
    early = f" (it would begin {-wanted[0]:.2f} s before the clip)" if wanted[0] < 0 else ""
    what = (
        f"the shot at {strike_s:.2f} s needs poses from {first:.2f} to {last:.2f} s{early}; those of"
        f" {' and '.join(lacking)} the strike are missing"
    )
    remedy = "give a clip that shows 0.50 s before and 0.26 s after the strike"
    return what, remedy if partial else remedy + ", or --partial"


def _cubic(t: FloatArray, values: FloatArray, at: FloatArray) -> FloatArray:
    """(N, ...) of (T, ...) values at times (T,), at other times (N,) within them."""
    if len(t) < 2:
        return np.repeat(values[:1], len(at), axis=0)
    flat = values.reshape(len(t), -1)
    slope = np.gradient(flat, t, axis=0)
    i = np.clip(np.searchsorted(t, at, side="right") - 1, 0, len(t) - 2)
    h = (t[i + 1] - t[i])[:, None]
    u = (at - t[i])[:, None] / h
    a, b = flat[i], flat[i + 1]
    out = (
        a * (1 + 2 * u) * (1 - u) ** 2 + b * u**2 * (3 - 2 * u)
        + h * u * (1 - u) * (slope[i] * (1 - u) - slope[i + 1] * u)
    )  # fmt: skip
    return np.asarray(out.reshape(len(at), *values.shape[1:]))
