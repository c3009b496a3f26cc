"""Repair legs or arms that a detector labels with the wrong side for longer than `left_right.repair_short_swaps` sees.

At each end of such a span the two limbs exchange their places within a few hundredths of a second: faster than limbs
move, and each lands where the other was. Between two such exchanges there are two hypotheses, as detected and swapped.
The cheapest sequence of hypotheses pays for each exchange that it does not explain and for the time that it contradicts
the detector. It begins and ends as detected, so a single exchange is not repaired: which side of it is wrong, the
motion does not show.

Detectors hedge during an exchange: for some frames both limbs lie somewhere between their places. There the limbs count
as missing: their score becomes `MISSING_SCORE`, so that later stages ignore the keypoints and mark the joints doubtful.

Measurements: docs/decisions.md, "Limbs swapped for longer".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kasf_demo.tracking.left_right import PAIRS, SURE, with_keypoints
from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.people import Track

MAX_EXCHANGE_S = 0.07  # longer ones may be limbs that pass each other
VELOCITY_S = 1 / 60  # time over which the velocity before and after an exchange is measured
# an exchange moves the joints by so much more than their motion explains, mean over the joints: in body sizes, and in
# body sizes per second (about 6 m/s)
MIN_MOVE = 0.1
MIN_SPEED = 3.3
MAX_MISS = 0.06  # maximum distance of the joints from the other side's path, mean, in body sizes
BETTER = 0.4  # the same, relative to their distance from their own path
MAX_WORSE = 0.02  # no joint may be farther from the other side's path than from its own by more than this
PRIOR_PER_S = 0.3  # cost of contradicting the detector, in the unit of MIN_MOVE
MISSING_SCORE = 0.1  # below every threshold for a usable keypoint
TRUNK = [joint for name in ("shoulders", "hips") for joint in PAIRS[name]]
# pairs of COCO-17 joints that are swapped together, and the pair of the trunk that may be swapped with them
LIMBS = (
    (("knees", "ankles"), "hips"),
    (("elbows", "wrists"), "shoulders"),
    (("ankles",), None),
    (("wrists",), None),
)  # fmt: skip


class Exchange(NamedTuple):
    """Two limbs change places between frame `before` and frame `after`. move: see MIN_MOVE."""

    before: int
    after: int
    move: float


def repair_limb_swaps(track: Track, times_s: FloatArray) -> Track:
    """`track` with the sides of legs and arms swapped back where `swapped_spans` says so; scores move with their
    joints, and are MISSING_SCORE for the joints that are between both places. times_s (T,)."""
    k = track.keypoints
    if k.valid.sum() < 5:
        return track
    xy, score = k.xy.astype(np.float64), k.score.copy()
    size = max(float(np.nanmedian(np.linalg.norm(track.box[:, 2:] - track.box[:, :2], axis=1))), 1e-6)
    changed, feet = np.zeros(len(k), bool), np.zeros(len(k), bool)  # feet: change sides with the ankles
    for names, root in LIMBS:
        pairs = [PAIRS[name] for name in names]
        body = (xy - xy[:, TRUNK].mean(1, keepdims=True)) / size
        sure = k.valid & (score[:, np.ravel(pairs)].min(1) >= SURE)
        for first, last in swapped_spans(body, sure, pairs, times_s):
            span = np.arange(first.after, last.before + 1)
            both = [PAIRS[root]] if root is not None and _exchanged(body, PAIRS[root], first, last) else []
            for left, right in pairs + both:
                for values in (xy, score):
                    values[span, left], values[span, right] = values[span, right], values[span, left]
            for end in (first, last):
                score[end.before + 1 : end.after, np.ravel(pairs)] = MISSING_SCORE
            changed[first.before + 1 : last.after] = True
            if "ankles" in names:
                feet[span] = ~feet[span]
    if not changed.any():
        return track
    return with_keypoints(track, xy.astype(k.xy.dtype), score, np.flatnonzero(changed), np.flatnonzero(feet))


def swapped_spans(
    body: FloatArray, sure: BoolArray, pairs: list[tuple[int, int]], times_s: FloatArray
) -> list[tuple[Exchange, Exchange]]:
    """The exchanges at the beginning and at the end of each span in which `pairs` of joints are swapped. body (T, J,
    2): keypoints as seen from the trunk, in body sizes; sure (T,): frames in which the joints are seen."""
    spans = []
    for a, b in runs(sure):
        dt = float(np.median(np.diff(times_s[a:b]))) if b - a > 1 else 0.0
        if dt > 0:
            found = [Exchange(e.before + a, e.after + a, e.move) for e in exchanges(body[a:b], pairs, dt)]
            spans += _explained(found, times_s)
    return spans


def exchanges(body: FloatArray, pairs: list[tuple[int, int]], dt: float) -> list[Exchange]:
    """Exchanges of the sides of `pairs` in frames of equal distance `dt` s, none over another, in order."""
    own = [pair[side] for side in (0, 1) for pair in pairs]
    other = [pair[side] for side in (1, 0) for pair in pairs]
    found = []
    for gap in range(1, max(1, round(MAX_EXCHANGE_S / dt)) + 1):
        span = max(1, round(VELOCITY_S / dt))
        kept = off_path(body, own, own, span, gap, (0, 0.5, 1))  # what was detected is given more paths
        swapped = off_path(body, own, other, span, gap, (0.5,))
        move = (kept - swapped).mean(1)
        hit = (move >= MIN_MOVE) & (move >= MIN_SPEED * gap * dt) & (swapped.mean(1) <= MAX_MISS)
        hit &= (swapped.sum(1) <= BETTER * kept.sum(1)) & (swapped <= kept + MAX_WORSE).all(1)
        found += [Exchange(int(i) + span, int(i) + span + gap, float(move[i])) for i in np.flatnonzero(hit)]
    out: list[Exchange] = []
    for e in sorted(found, key=lambda e: (-e.move / (e.after - e.before), e.after - e.before, e.before)):
        if not any(e.before < o.after and o.before < e.after for o in out):  # the fastest of those that overlap
            out.append(e)
    return sorted(out)


def off_path(
    body: FloatArray, own: list[int], there: list[int], span: int, gap: int, shares: tuple[float, ...]
) -> FloatArray:
    """(N, joints) how far the joints `there`, `gap` frames on, are off the path of the joints `own`, for the frames
    from `span` on: the least distance for a limb at rest and for velocities between that before (share 1) and that
    after (0)."""
    n = max(0, len(body) - gap - 2 * span)
    past, before, after, future = (body[i : i + n] for i in (0, span, span + gap, 2 * span + gap))
    way = after[:, there] - before[:, own]
    leaves, arrives = (before - past)[:, own] * (gap / span), (future - after)[:, there] * (gap / span)
    paths = [0 * way, *(s * leaves + (1 - s) * arrives for s in shares)]
    return np.asarray(np.min([np.linalg.norm(way - path, axis=-1) for path in paths], axis=0))


def _explained(found: list[Exchange], times_s: FloatArray) -> list[tuple[Exchange, Exchange]]:
    """Pairs of exchanges between which the limbs are swapped: the cheapest choice, which begins and ends as detected.

    best[state] is the least cost up to an exchange with the limbs as detected (0) or swapped (1) after it, and the
    spans of that choice, of which the last one of state 1 is open."""
    best: list[tuple[float, list[Exchange]]] = [(0.0, []), (np.inf, [])]
    last_s = 0.0
    for e in found:
        time_s = float(times_s[e.before])
        best[1] = (best[1][0] + PRIOR_PER_S * (time_s - last_s), best[1][1])
        last_s = time_s
        (kept, ends), (swapped, open_ends) = best
        best = [
            min((kept + e.move, ends), (swapped, [*open_ends, e]), key=lambda choice: choice[0]),
            min((swapped + e.move, open_ends), (kept, [*ends, e]), key=lambda choice: choice[0]),
        ]
    ends = best[0][1]
    return list(zip(ends[::2], ends[1::2], strict=True))


def _exchanged(body: FloatArray, pair: tuple[int, int], first: Exchange, last: Exchange) -> bool:
    """True if the joints of `pair` change places with the limbs that hang on them."""
    own = list(pair)

    def moved(there: list[int]) -> float:
        way = [body[e.after, there] - body[e.before, own] for e in (first, last)]
        return float(np.linalg.norm(way, axis=-1).sum())

    return moved(own[::-1]) < moved(own)
