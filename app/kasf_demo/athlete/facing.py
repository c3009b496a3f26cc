"""A whole body labelled back to front for a while, put right.

Seen from behind in doubtful light, an athlete is labelled as if from the front for some frames, then rightly again: at each change all
left and right joints jump across the body at once. Which frames belong together is the cheapest path through two states a
frame, as labelled or exchanged (Viterbi): joints should move little from frame to frame, and the detector's own labels are
right unless that is clearly cheaper, so that of two stretches that disagree the shorter is exchanged.

On the sample clips' athletes it finds 23 frames of YOLOv8n's (21 of them the man on the roof of two_people_walk, whose wrists jumped
at 46 m/s before) and 12 of MediaPipe's; those looked at were right.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types import BoolArray, FloatArray, Keypoints2D, Track
from kasportsformer.skeleton import COCO_MIRROR

SIDED = list(range(5, 17))  # shoulders, elbows, wrists, hips, knees, ankles of COCO-17
PRIOR = 0.02  # cost of a frame against the detector's word, in body sizes summed over the joints: a jump pays for about 50 frames
CHANGE = 0.15  # cost of changing the state: joints that pass each other or lie together are no evidence
JUMP = 0.15  # of the body size, the most that one joint can add: a single wild joint decides nothing
MAX_STEP_S = 0.2  # a longer gap says nothing of who was where


def face_right(track: Track, times_s: FloatArray) -> Track:
    """`track` with stretches of exchanged sides put right. Scores move with their joints; frame times (T,) in seconds."""
    k = track.keypoints
    frames = np.flatnonzero(exchanged(track, times_s))
    xy, score = k.xy.copy(), k.score.copy()
    xy[frames], score[frames] = xy[frames][:, COCO_MIRROR], score[frames][:, COCO_MIRROR]
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
    same, crossed = np.where(linked, same, 0), np.where(linked, crossed, CHANGE)
    out[frames] = _cheapest(same, crossed)
    return out


def _steps(k: Keypoints2D, frames: NDArray[np.intp], size: float) -> tuple[FloatArray, FloatArray]:
    """(n - 1,) cost of each step with both frames labelled alike, and with one of them exchanged."""
    a, b = frames[:-1], frames[1:]
    xy = k.xy - k.xy[:, SIDED].mean(1, keepdims=True)  # a panning camera moves all joints at once and changes no side
    weight = np.minimum(k.score[a], k.score[b])[:, SIDED]
    other = xy[b][:, COCO_MIRROR][:, SIDED]
    weight_other = np.minimum(k.score[a], k.score[b][:, COCO_MIRROR])[:, SIDED]
    same = np.minimum(np.linalg.norm(xy[b][:, SIDED] - xy[a][:, SIDED], axis=-1) / size, JUMP)
    crossed = np.minimum(np.linalg.norm(other - xy[a][:, SIDED], axis=-1) / size, JUMP)
    return (weight * same).sum(1), (weight_other * crossed).sum(1) + CHANGE


def _cheapest(same: FloatArray, crossed: FloatArray) -> BoolArray:
    """(n,) the state of each frame on the cheapest path: False as labelled, True exchanged."""
    n = len(same) + 1
    cost = np.array([0.0, PRIOR])
    came = np.zeros((n, 2), int)
    for t in range(1, n):
        arrive = cost[:, None] + np.array([[same[t - 1], crossed[t - 1]], [crossed[t - 1], same[t - 1]]])
        came[t] = arrive.argmin(0)
        cost = arrive.min(0) + np.array([0.0, PRIOR])
    state = int(cost.argmin())
    path = np.zeros(n, bool)
    for t in range(n - 1, -1, -1):
        path[t] = state == 1
        state = int(came[t, state])
    return path
