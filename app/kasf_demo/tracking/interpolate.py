"""Short gaps of a track, of the whole person or of single joints, filled from their neighbours in time. Nothing is
extrapolated."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Keypoints2D, Track

FILLED_SCORE = 0.5  # score of a filled joint, relative to the lower score of its two neighbours
LOW = 0.2  # a joint with less score is a guess
GOOD = 0.4  # a joint with this score may correct its neighbours in time
JOINT_GAP_S = 0.15  # between the two good neighbours of a guessed joint: a kick's turning point takes longer than that
# A guessed joint is kept if its distance from the straight line between its neighbours in time is at most SLACK body
# sizes plus BEND times the distance between these neighbours
SLACK = 0.08
BEND = 0.5


def fill_gaps(track: Track, times_s: FloatArray, *, max_gap_s: float = 0.4) -> Track:
    """`track` with short gaps filled along straight lines in time.

    Frames without the person are filled (valid, interpolated, half the score) where they last `max_gap_s` at most;
    longer gaps stay invalid. Within valid frames, a joint with a score below 0.2 that lies far off the way between
    confident sightings at most 0.15 s apart is put on that way; it keeps its low score, so that it is drawn faintly. A
    guess that fits its neighbours stays as detected: fast limbs are not flattened. `times_s` (T,) rises strictly.
    """
    k = track.keypoints
    if len(times_s) != len(k):
        raise ValueError(f"times_s: expected {len(k)} times, got {len(times_s)}")
    xy, score = _mend_joints(k, track.box, times_s), k.score.copy()
    box, valid, interpolated = track.box.copy(), k.valid.copy(), k.interpolated.copy()
    feet = None if k.feet is None else FootPoints(k.feet.xy.copy(), k.feet.score.copy())
    seen = np.flatnonzero(k.valid)
    for a, b in itertools.pairwise(seen):
        missing = np.arange(a + 1, b)
        if len(missing) == 0 or times_s[b - 1] - times_s[a] > max_gap_s + 1e-6:
            continue
        part = (times_s[missing] - times_s[a]) / (times_s[b] - times_s[a])
        xy[missing] = xy[a] + part[:, None, None] * (xy[b] - xy[a])
        box[missing] = box[a] + part[:, None] * (box[b] - box[a])
        score[missing] = FILLED_SCORE * np.minimum(score[a], score[b])
        valid[missing] = interpolated[missing] = True
        if feet is not None:  # a foot that is unknown at either end stays so
            feet.xy[missing] = feet.xy[a] + part[:, None, None] * (feet.xy[b] - feet.xy[a])
            known = np.isfinite(feet.xy[missing]).all(-1)
            feet.score[missing] = np.where(known, FILLED_SCORE * np.minimum(feet.score[a], feet.score[b]), 0)
    filled = replace(k, xy=xy, score=score, valid=valid, interpolated=interpolated, feet=feet)
    return Track(track.id, filled, box)


def _mend_joints(k: Keypoints2D, box: FloatArray, times_s: FloatArray) -> FloatArray:
    """A copy of xy with guessed joints that contradict their neighbours moved between them."""
    xy = k.xy.copy()
    if not k.valid.any():
        return xy
    size = float(np.nanmedian(np.linalg.norm(box[:, 2:] - box[:, :2], axis=1)))
    sure = k.valid & ~k.interpolated
    for j in range(k.xy.shape[1]):
        good = np.flatnonzero(sure & (k.score[:, j] >= GOOD))
        for t in np.flatnonzero(k.valid & (k.score[:, j] < LOW)):
            after = int(np.searchsorted(good, t))
            if after == 0 or after == len(good):
                continue
            a, b = good[after - 1], good[after]
            if times_s[b] - times_s[a] > JOINT_GAP_S + 1e-6:
                continue
            way = k.xy[b, j] - k.xy[a, j]
            between = k.xy[a, j] + way * (times_s[t] - times_s[a]) / (times_s[b] - times_s[a])
            if np.linalg.norm(k.xy[t, j] - between) > BEND * np.linalg.norm(way) + SLACK * size:
                xy[t, j] = between
    return xy
