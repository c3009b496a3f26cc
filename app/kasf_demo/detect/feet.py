"""`--feet mediapipe`: heels and toes for detectors that have none, from MediaPipe's network around each tracked person.

The network sees a square crop of the whole person, since it finds people by head and trunk. A foot is taken if its
ankle lies where the track has that ankle; MediaPipe's left and right do not matter."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from kasf_demo.detect import installed
from kasf_demo.detect.letterbox import cut
from kasf_demo.detect.redetect import square
from kasf_demo.errors import UsageError
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Track

SOURCE = "mediapipe"
ANKLES = (27, 28)  # of MediaPipe's 33 landmarks: left, right
FEET = ((29, 31), (30, 32))  # heel and foot index by the same side
OWN_ANKLES = (15, 16)  # of COCO-17
MAX_APART = 0.06  # distance of the two ankles, relative to the person's larger side
MIN_ANKLE = 0.2  # score of the track's ankle


class FootFinder(Protocol):
    """Finds one person's landmarks (33, C): x, y px, visibility."""

    def find(self, image: Image) -> FloatArray | None: ...

    def close(self) -> None: ...


def asks_network(feet: str) -> bool:
    """Whether `--feet` asks for this network. Raises UsageError if it is not installed."""
    if feet != SOURCE:
        return False
    if not installed(SOURCE):
        raise UsageError("--feet mediapipe: mediapipe is not installed", 'pip install "kasf-demo[offline]"')
    return True


def open_finder(cache_dir: Path) -> FootFinder:
    """A network that treats each image as the first."""
    from kasf_demo.detect.mediapipe import PoseGraph

    return PoseGraph(cache_dir=cache_dir).open(tracks=False)


def find_feet_in_shots(
    tracks: Sequence[Sequence[Track]], spans: Sequence[tuple[int, int]], finder: FootFinder, frames: Iterator[Frame]
) -> list[list[Track]]:
    """The tracks of each shot with feet; tracks have a row for each frame of their shot. spans: a shot's first frame
    and the one after its last, in order; all of `frames` are read."""
    out = []
    at = 0
    for mine, (start, end) in zip(tracks, spans, strict=True):
        deque(itertools.islice(frames, start - at), maxlen=0)
        out.append(find_feet(mine, finder, itertools.islice(frames, end - start)))
        at = end
    deque(frames, maxlen=0)
    return out


def find_feet(tracks: Sequence[Track], finder: FootFinder, frames: Iterable[Frame]) -> list[Track]:
    """The tracks, with feet in frames in which both networks see the same ankle."""
    feet = [FootPoints.unknown(len(t.keypoints)) for t in tracks]
    for t, frame in enumerate(frames):
        for track, found in zip(tracks, feet, strict=True):
            if t < len(found) and track.keypoints.valid[t]:
                left, top, side = square(track.box[t])
                marks = finder.find(cut(frame.image, left, top, side, beyond=0))
                if marks is not None:
                    marks[:, :2] += np.array([left, top], marks.dtype)
                    _take(marks, track, t, found, frame.image.shape[1], frame.image.shape[0])
    return [replace(t, keypoints=replace(t.keypoints, feet=f)) for t, f in zip(tracks, feet, strict=True)]


def _take(marks: FloatArray, track: Track, t: int, found: FootPoints, width: int, height: int) -> None:
    """Writes the feet of one frame whose ankles agree."""
    box, k = track.box[t], track.keypoints
    most = MAX_APART * float(max(box[2] - box[0], box[3] - box[1]))
    own = k.xy[t, OWN_ANKLES]
    apart = np.linalg.norm(own[:, None] - marks[None, ANKLES, :2], axis=-1)  # (2, 2) own, theirs
    same = np.trace(apart) <= apart[0, 1] + apart[1, 0]
    for side in range(2):
        theirs = side if same else 1 - side
        if apart[side, theirs] > most or k.score[t, OWN_ANKLES[side]] < MIN_ANKLE:
            continue
        rows, own_rows = list(FEET[theirs]), slice(2 * side, 2 * side + 2)
        xy = marks[rows, :2]
        inside = ((xy >= 0) & (xy < [width, height])).all(-1)
        found.xy[t, own_rows] = xy
        found.score[t, own_rows] = np.where(inside, np.clip(marks[rows, 2], 0, 1), 0)
