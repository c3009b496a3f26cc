"""Find legs that a detector puts onto the other leg, and count them as missing.

A knee or an ankle that is lost leaps onto the other side's, faster than limbs move, while the other side goes on as
before; later it leaps back. Between such leaps, and as long as the two joints coincide, the leg that leapt is missing:
from that joint on its score becomes `MISSING_SCORE`, so that later stages ignore the keypoints and mark the joints
doubtful. One leap is enough if the joints are seen to come together and to part. Arms are left alone: hands do meet.

Measurements: docs/decisions.md, "Legs on top of each other".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from kasf_demo.tracking.left_right import PAIRS
from kasf_demo.tracking.limb_swaps import (
    BETTER,
    MAX_EXCHANGE_S,
    MIN_MOVE,
    MIN_SPEED,
    MISSING_SCORE,
    TRUNK,
    VELOCITY_S,
    off_path,
)
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.feet import HEEL_AND_TOE, FootPoints
from kasf_demo.types.people import Track

NEAR = 0.06  # distance of two joints that coincide after a leap, in body sizes
STAYS_NEAR = 0.08  # and in the frames in between
APART = 0.12  # minimum distance on the other side of the leap
MAX_S = 1.0  # joints that coincide for longer belong to legs side by side
MERGED_S = 0.1  # a lost leg that parts from the other one for no longer is still lost
CHAIN = ("knees", "ankles")  # from the body outwards


def drop_collapsed_legs(track: Track, times_s: FloatArray) -> Track:
    """`track` with MISSING_SCORE for knees and ankles that lie on the other leg by mistake. times_s (T,)."""
    k = track.keypoints
    if k.valid.sum() < 5:
        return track
    size = max(float(np.nanmedian(np.linalg.norm(track.box[:, 2:] - track.box[:, :2], axis=1))), 1e-6)
    body = (k.xy - k.xy[:, TRUNK].mean(1, keepdims=True)).astype(np.float64) / size
    score = k.score.copy()
    for side in (0, 1):
        lost = np.zeros(len(k), bool)
        for name in CHAIN:
            lost |= collapsed(body, k.valid, PAIRS[name][side], PAIRS[name][1 - side], times_s)
            score[lost, PAIRS[name][side]] = MISSING_SCORE
    if (score == k.score).all():
        return track
    feet = k.feet
    if feet is not None:
        feet = FootPoints(feet.xy, feet.score.copy())
        for ankle, points in zip(PAIRS["ankles"], HEEL_AND_TOE.values(), strict=True):  # left, right
            lost = (score != k.score)[:, ankle]
            feet.score[lost, points] = np.minimum(feet.score[lost, points], MISSING_SCORE)
    return replace(track, keypoints=replace(k, score=score, feet=feet))


def collapsed(body: FloatArray, valid: BoolArray, joint: int, other: int, times_s: FloatArray) -> BoolArray:
    """(T,) frames in which `joint` lies on `other` because it leapt there. body (T, J, 2): keypoints as seen from the
    trunk, in body sizes."""
    out = np.zeros(len(valid), bool)
    for a, b in runs(valid):
        dt = float(np.median(np.diff(times_s[a:b]))) if b - a > 1 else 0.0
        if dt > 0:
            out[a:b] = _collapsed(body[a:b], joint, other, dt)
            for start, end in list(runs(~out[a:b])):
                if start > 0 and end < b - a and (end - start) * dt <= MERGED_S:
                    out[a + start : a + end] = True
    return out


def _collapsed(body: FloatArray, joint: int, other: int, dt: float) -> BoolArray:
    """The same for frames of equal distance `dt` s."""
    apart = np.linalg.norm(body[:, joint] - body[:, other], axis=-1)
    leaps = list(_leaps(body, apart, joint, other, dt))
    out = np.zeros(len(body), bool)
    for a, b in runs(apart <= STAYS_NEAR):
        if not leaps or a == 0 or b == len(body) or (b - a) * dt > MAX_S:
            continue
        starts = [after for before, after in leaps if a <= after < b and before < a]
        ends = [before for before, after in leaps if a <= before < b and after >= b]
        if starts or ends:
            out[min(starts, default=a) : max(ends, default=b - 1) + 1] = True
    return out


def _leaps(body: FloatArray, apart: FloatArray, joint: int, other: int, dt: float) -> Iterator[tuple[int, int]]:
    """Frames before and after each leap of `joint` onto `other` or away from it."""
    span = max(1, round(VELOCITY_S / dt))
    for gap in range(1, max(1, round(MAX_EXCHANGE_S / dt)) + 1):
        off = off_path(body, [joint, other], [joint, other], span, gap, (0, 0.5, 1))
        leapt = (off[:, 0] >= MIN_MOVE) & (off[:, 0] >= MIN_SPEED * gap * dt) & (off[:, 1] <= BETTER * off[:, 0])
        before = np.flatnonzero(leapt) + span
        after = before + gap
        near, far = np.minimum(apart[before], apart[after]), np.maximum(apart[before], apart[after])
        for i in np.flatnonzero((near <= NEAR) & (far >= APART)):
            yield int(before[i]), int(after[i])
