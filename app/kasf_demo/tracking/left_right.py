"""A whole body labelled back to front for a while, put right.

Seen from behind in doubtful light, an athlete is labelled as if from the front for some frames, then rightly again: at each change all
left and right joints jump across the body at once. Which frames belong together is the cheapest path through two states a
frame, as labelled or exchanged (Viterbi): joints should move little from frame to frame, and the detector's own labels are
right unless that is clearly cheaper, so that of two stretches that disagree the shorter is exchanged.

Measured where the truth is known (eight demo clips, both detectors, 2026-11-25): frames with legs, arms or trunk on the wrong side are
75, 4 and 10 of 1,800 before it and 75, 5 and 10 after it. It stays for the man on the roof of two_people_walk: 18 big jumps of the limbs
become 14. Legs and arms alone were also put right once; that made 93, 17 and 19 of it, for limbs that cross in a picture from the side
look the same. What no jump betrays stays wrong: YOLOv8n labels the legs of martial_kick, from behind, back to front in 49 frames.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.people import Keypoints2D, Track
from kasportsformer.skeleton import COCO_MIRROR

BODY = tuple(range(5, 17))  # shoulders, elbows, wrists, hips, knees, ankles of COCO-17
PRIOR = 0.0015  # a frame's and joint's cost of not believing the detector, in body sizes: a jump pays for some 50 frames
CHANGE = 0.025  # a joint's cost of changing the state: joints that pass each other or lie together are no evidence
JUMP = 0.15  # of the body size, the most that one joint can add: a single wild joint decides nothing
MAX_STEP_S = 0.2  # a longer gap says nothing of who was where


def face_right(track: Track, times_s: FloatArray) -> Track:
    """`track` with stretches of exchanged sides put right, face included. Scores move with their joints; frame times (T,) in seconds."""
    k = track.keypoints
    xy, score = k.xy.copy(), k.score.copy()
    wrong = exchanged(track, times_s)
    xy[wrong], score[wrong] = xy[wrong][:, COCO_MIRROR], score[wrong][:, COCO_MIRROR]
    return Track(track.id, Keypoints2D(xy, score, k.valid, k.interpolated, k.skeleton), track.box)


def exchanged(track: Track, times_s: FloatArray) -> BoolArray:
    """(T,) the frames in which the detector has left and right the wrong way round."""
    k = track.keypoints
    out = np.zeros(len(k), bool)
    frames = np.flatnonzero(k.valid)
    if len(frames) < 3:
        return out
    size = float(np.nanmedian(np.linalg.norm(track.box[:, 2:] - track.box[:, :2], axis=1)))
    same, crossed = _steps(k, frames, max(size, 1e-6))
    linked = np.diff(times_s[frames]) <= MAX_STEP_S
    change = CHANGE * len(BODY)
    out[frames] = _cheapest(np.where(linked, same, 0), np.where(linked, crossed, 0) + change, PRIOR * len(BODY))
    return out


def _steps(k: Keypoints2D, frames: NDArray[np.intp], size: float) -> tuple[FloatArray, FloatArray]:
    """(n - 1,) cost of each step with both frames labelled alike, and with one of them exchanged."""
    joints, others = list(BODY), [COCO_MIRROR[j] for j in BODY]
    xy = k.xy - k.xy[:, joints].mean(1, keepdims=True)  # a panning camera moves all joints at once and changes no side
    before, now = xy[frames[:-1]][:, joints], xy[frames[1:]]
    score_before, score_now = k.score[frames[:-1]][:, joints], k.score[frames[1:]]

    def cost(columns: list[int]) -> FloatArray:
        moved = np.minimum(np.linalg.norm(now[:, columns] - before, axis=-1) / size, JUMP)
        total: FloatArray = (np.minimum(score_before, score_now[:, columns]) * moved).sum(1)
        return total

    return cost(joints), cost(others)


def _cheapest(same: FloatArray, crossed: FloatArray, prior: float) -> BoolArray:
    """(n,) the state of each frame on the cheapest path: False as labelled, True exchanged."""
    n = len(same) + 1
    cost = np.array([0.0, prior])
    came = np.zeros((n, 2), int)
    for t in range(1, n):
        arrive = cost[:, None] + np.array([[same[t - 1], crossed[t - 1]], [crossed[t - 1], same[t - 1]]])
        came[t] = arrive.argmin(0)
        cost = arrive.min(0) + np.array([0.0, prior])
    state = int(cost.argmin())
    path = np.zeros(n, bool)
    for t in range(n - 1, -1, -1):
        path[t] = state == 1
        state = int(came[t, state])
    return path
