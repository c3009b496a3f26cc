"""Rejects false tracks: background texture, such as a tree, in which a detector finds limbs that jump from frame to
frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.types.arrays import FloatArray, chunks
from kasf_demo.types.people import Track

BODY = slice(5, 17)  # of COCO-17: shoulders to ankles
MIN_SCORE = 0.25  # mean over joints and frames
MAX_JITTER = 0.15  # second difference of joint positions from frame to frame, median, relative to the person's size
MAX_BRIEF_JITTER = 0.09  # the same for a brief track with gaps
BRIEF_S, MIN_SEEN = 1.0, 0.75  # seconds with a detection; share of the frames between the first and the last
BLOCK = 128  # frames per block
NOISE_PX = 3.0  # noise of a detector, which makes small people jitter
MIN_RATE_HZ = 24.0  # with fewer frames per second real motion has larger differences


def plausible(tracks: Sequence[Track], fps: float) -> list[Track]:
    """Those of `tracks` that move like people. If none does, the first is kept, unless it is as brief as a flicker."""
    kept = [t for t in tracks if is_plausible(t, fps)]
    if not kept and tracks and tracks[0].keypoints.valid.sum() >= BRIEF_S * fps:
        return list(tracks[:1])
    return kept


def is_plausible(track: Track, fps: float) -> bool:
    """True if scores and motion may be those of a person. Limbs of athletes move fast but smoothly; tracks on texture
    are short and jitter."""
    k = track.keypoints
    frames = np.flatnonzero(k.valid)
    if not len(frames) or float(k.score.mean(where=k.valid[:, None])) < MIN_SCORE:
        return False
    moved_px = jitter_px(track)
    if moved_px is None:
        return True
    size = float(np.median(np.sqrt(np.maximum(track.box[frames, 2:] - track.box[frames, :2], 0).prod(1))))
    slow = max(1.0, MIN_RATE_HZ / fps) ** 2
    seen = len(frames) / (frames[-1] - frames[0] + 1)
    brief = len(frames) < BRIEF_S * fps and seen < MIN_SEEN
    return moved_px <= (MAX_BRIEF_JITTER if brief else MAX_JITTER) * slow * size + NOISE_PX


def jitter_px(track: Track) -> float | None:
    """The median second difference of the joints' positions about the body's middle, px; None without three frames in a
    row."""
    frames = np.flatnonzero(track.keypoints.valid)
    first = frames[:-2][frames[2:] - frames[:-2] == 2] if len(frames) > 2 else frames[:0]
    if not len(first):
        return None
    moved = np.empty((len(first), BODY.stop - BODY.start), np.float32)
    for b in chunks(len(first), BLOCK):
        before, now, after = (_about_middle(track.keypoints.xy[first[b] + k]) for k in range(3))
        moved[b] = np.linalg.norm(after - 2 * now + before, axis=-1)
    return float(np.median(moved, overwrite_input=True))


def _about_middle(xy: FloatArray) -> FloatArray:
    """(n, 12, 2) px of the body's joints about their mean, of (n, 17, 2)."""
    body = xy[:, BODY].astype(np.float64)
    return np.asarray(body - body.mean(1, keepdims=True))
