"""Second detection of small tracked people: each is cropped, upscaled and detected again.

A detector scales the whole frame to its input, in which small people have too few pixels. Measurements:
docs/decisions.md, "Second detection of small people".
"""

from __future__ import annotations

import collections
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kasf_demo import concurrency
from kasf_demo.detect.base import Detector
from kasf_demo.detect.letterbox import GREY, cut
from kasf_demo.types.arrays import FloatArray, Image, box_iou
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Keypoints2D, Track

MAX_SMALL_PX = 190.0  # median larger side of a person in the detector's input: upscaled by a third or more
MARGIN = 1.25  # side of the crop, relative to the larger side of the person
SAME = 0.5  # min overlap (IoU) of the new detection with the track's box
# min mean score of the body's joints in the second detection, relative to the first: a worse one is rejected
MIN_SCORE_RATIO = 0.9
BODY = slice(5, 17)  # of COCO-17: shoulders to ankles
Watch = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class _SecondDetection:
    """A second detection: track index, keypoints (17, 2) px of the whole frame, scores (17,)."""

    track: int
    xy: FloatArray
    score: FloatArray


def small(tracks: Sequence[Track], detector: Detector | None, width: int, height: int) -> list[int]:
    """Indices of the tracks that are small enough for a second detection; empty if the detector does not support it."""
    scale = detector.input_scale(width, height) if detector is not None else None
    if scale is None:
        return []
    sides = [np.max(t.box[t.keypoints.valid, 2:] - t.box[t.keypoints.valid, :2], axis=1) for t in tracks]
    return [i for i, side in enumerate(sides) if len(side) and float(np.median(side)) * scale < MAX_SMALL_PX]


def look_closer(
    tracks: Sequence[Track], which: Sequence[int], detector: Detector, frames: Iterable[Frame], watch: Watch = iter
) -> list[Track]:
    """The tracks. Those in `which` have the keypoints of the second detection in frames in which it succeeded.

    `frames`: all frames of the clip in order. `watch` is given the results as they pass. Boxes and invalid frames are
    kept.
    """
    out = list(tracks)

    def again(item: tuple[int, Frame]) -> list[_SecondDetection]:
        t, frame = item
        wanted = [(i, tracks[i].box[t]) for i in which if t < len(tracks[i].box) and tracks[i].keypoints.valid[t]]
        return _find(wanted, detector, frame.image) if wanted else []

    xy = {i: tracks[i].keypoints.xy.copy() for i in which}
    score = {i: tracks[i].keypoints.score.copy() for i in which}
    with concurrency.map_ordered(again, enumerate(frames), workers=detector.parallel, name="second look") as results:
        for (t, _), found in watch(results):
            for seen in found:
                if seen.score[BODY].mean() >= MIN_SCORE_RATIO * score[seen.track][t, BODY].mean():
                    xy[seen.track][t], score[seen.track][t] = seen.xy, seen.score
    for i in which:
        k = tracks[i].keypoints
        out[i] = replace(
            tracks[i], keypoints=Keypoints2D(xy[i], score[i], k.valid, k.interpolated, k.skeleton, feet=k.feet)
        )
    return out


def look_closer_in_shots(
    tracks: Sequence[Sequence[Track]],
    which: Sequence[Sequence[int]],
    spans: Sequence[tuple[int, int]],
    detector: Detector,
    frames: Iterator[Frame],
) -> list[list[Track]]:
    """`look_closer` in each shot: tracks have a row for each frame of theirs. spans: see `each_shot`."""
    out: list[list[Track]] = []
    for own, mine, small_ones in zip(each_shot(spans, frames), tracks, which, strict=True):
        out.append(look_closer(mine, small_ones, detector, own) if small_ones else list(mine))
    return out


def each_shot(spans: Sequence[tuple[int, int]], frames: Iterator[Frame]) -> Iterator[Iterator[Frame]]:
    """The frames of each shot. spans: a shot's first frame and the one after its last, in order; `frames` are the
    clip's, and all of them are read."""
    at = 0
    for start, end in spans:
        _skip(itertools.islice(frames, start - at))
        own = itertools.islice(frames, end - start)
        yield own
        _skip(own)
        at = end
    _skip(frames)


def _skip(frames: Iterator[Frame]) -> None:
    collections.deque(frames, maxlen=0)


def _find(wanted: list[tuple[int, FloatArray]], detector: Detector, image: Image) -> list[_SecondDetection]:
    """Second detections in `image` of those of `wanted`, (track, box (4,)), that are found again."""
    height, width = image.shape[:2]
    corners = [square(box) for _, box in wanted]
    found = detector.detect_close([cut(image, *corner, beyond=GREY) for corner in corners])
    seen = []
    for (track, box), (left, top, _), people in zip(wanted, corners, found, strict=True):
        shared = [box_iou(box, other) for other in people.box + np.array([left, top, left, top])]
        if max(shared, default=0.0) > SAME:
            best = int(np.argmax(shared))
            xy = np.clip(people.xy[best] + np.array([left, top]), 0, np.array([width, height]))
            seen.append(_SecondDetection(track, xy, people.score[best]))
    return seen


def square(box: FloatArray) -> tuple[int, int, int]:
    """Left, top and side, whole px, of the square around a box (4,) x0, y0, x1, y1 with margin; it may exceed the
    image."""
    side = max(2, round(MARGIN * float(max(box[2] - box[0], box[3] - box[1]))))
    left, top = (round(float(a + b) / 2 - side / 2) for a, b in ((box[0], box[2]), (box[1], box[3])))
    return left, top, side
