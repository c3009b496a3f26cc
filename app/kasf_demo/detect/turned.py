"""Detects people again who are turned over, in a crop that is turned so that the trunk is upright.

Detectors have seen few people upside down: limbs of a somersault are lost or exchanged, with scores as high as ever.
How far to turn is known from the frame before. A detector that turns its input itself, but follows a region that it may
lose in a fast turn, looks afresh instead. Measurements: docs/decisions.md, "Turned crops".
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import cv2
import numpy as np

from kasf_demo.detect.base import Detector
from kasf_demo.detect.letterbox import GREY
from kasf_demo.detect.look_twice import look_twice, usual_score
from kasf_demo.detect.redetect import BODY, square
from kasf_demo.types.arrays import BoolArray, FloatArray, Image, box_iou, runs
from kasf_demo.types.clip import Frame
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Detections, Track

TURNED_DEG = 75.0  # minimum lean of the trunk, in the image, of somebody turned over
# who is turned over, and does not only bend down, has in some frame the head below the hips and the feet not: minimum
# lean, and maximum depth of the ankles below the hips, relative to the larger side of the box
OVER_DEG, FEET_UP = 90.0, 0.1
BRIDGE_S = 0.25  # turned stretches so near each other are one: in between the detector takes legs for arms
AROUND_S = 0.2  # fresh looks before and after a turned stretch
MAX_LEAN_DEG = 60.0  # maximum lean of the trunk in the turned crop
SAME = 0.3  # minimum overlap (IoU) of the joints' box with that of the track's
MIN_SHARE = 0.6  # minimum mean score of the body's joints, relative to the track's median
SHOULDERS, HIPS, ANKLES = [5, 6], [11, 12], [15, 16]  # of COCO-17


def turned(track: Track, times_s: FloatArray) -> BoolArray:
    """(T,) frames in which the person is turned over and seen. times_s (T,)."""
    valid = track.keypoints.valid
    lean, depth = np.zeros(len(valid)), np.full(len(valid), np.inf)
    xy, box = track.keypoints.xy[valid], track.box[valid]
    lean[valid] = np.abs(lean_deg(xy))
    depth[valid] = (xy[:, ANKLES, 1].mean(1) - xy[:, HIPS, 1].mean(1)) / (box[:, 2:] - box[:, :2]).max(1)
    over, out = (lean > OVER_DEG) & (depth < FEET_UP), np.asarray(lean > TURNED_DEG)
    for a, b in runs(~out):
        if a > 0 and b < len(out) and times_s[b] - times_s[a - 1] <= BRIDGE_S:
            out[a:b] = True
    for a, b in runs(out):
        out[a:b] &= over[a:b].any()
    return np.asarray(out & valid)


def lean_deg(xy: FloatArray) -> FloatArray:
    """Angle of the trunk of COCO-17 keypoints (..., 17, 2) from upright, degrees clockwise in the image, -180 to
    180."""
    trunk = xy[..., SHOULDERS, :].mean(-2) - xy[..., HIPS, :].mean(-2)
    return np.asarray(np.degrees(np.arctan2(trunk[..., 0], -trunk[..., 1])))


def widened(frames: BoolArray, times_s: FloatArray) -> BoolArray:
    """(T,) `frames` (T,) and those within AROUND_S of them."""
    out = frames.copy()
    for t in np.flatnonzero(frames):
        out |= np.abs(times_s - times_s[t]) <= AROUND_S
    return out


def replaced(before: Track, after: Track) -> BoolArray:
    """(T,) frames with a person in which looking again has changed the keypoints."""
    was, now = before.keypoints, after.keypoints
    return np.asarray(now.valid & ~(was.valid & (was.xy == now.xy).all((1, 2))))


def look_afresh(
    tracks: Sequence[Track], wanted: Sequence[BoolArray], detector: Detector, frames: Iterable[Frame]
) -> list[Track]:
    """The tracks, with fresh poses in the frames `wanted` (by track (T,)) in which two crops show the same one. frames:
    all of the shot's, in order."""
    usual = [usual_score(track) for track in tracks]
    found: list[dict[int, Detections]] = [{} for _ in tracks]
    last: list[FloatArray | None] = [None] * len(tracks)
    for t, frame in enumerate(frames):
        for i, (track, own) in enumerate(zip(tracks, wanted, strict=True)):
            if t < len(own) and track.keypoints.valid[t]:
                last[i] = track.box[t]
            box = last[i]
            if t < len(own) and own[t] and box is not None:
                fresh = look_twice(detector, frame.image, box, MIN_SHARE * usual[i])
                if fresh is not None:
                    found[i][t] = fresh
    return [_with(track, those) for track, those in zip(tracks, found, strict=True)]


def _with(track: Track, found: dict[int, Detections]) -> Track:
    """`track` with the first person of `found`, by frame."""
    k = track.keypoints
    if not found:
        return track
    xy, score, valid, box = k.xy.copy(), k.score.copy(), k.valid.copy(), track.box.copy()
    world = None if k.world is None else k.world.copy()
    feet = None if k.feet is None else FootPoints(k.feet.xy.copy(), k.feet.score.copy())
    for t, one in found.items():
        xy[t], score[t], valid[t], box[t] = one.xy[0], one.score[0], True, one.box[0]
        if world is not None and one.world is not None:
            world[t] = one.world[0]
        if feet is not None and one.feet is not None:
            feet.xy[t], feet.score[t] = one.feet.xy[0], one.feet.score[0]
    return replace(track, keypoints=replace(k, xy=xy, score=score, valid=valid, world=world, feet=feet), box=box)


def look_turned(
    tracks: Sequence[Track], wanted: Sequence[BoolArray], detector: Detector, frames: Iterable[Frame]
) -> list[Track]:
    """The tracks, with the keypoints of turned crops in the frames `wanted` (by track (T,), as `turned`) in which the
    person is found in them. frames: all of the shot's, in order."""
    people = [_Turning(track, own, detector) for track, own in zip(tracks, wanted, strict=True)]
    for t, frame in enumerate(frames):
        for person in people:
            person.look(t, frame.image)
    return [person.track() for person in people]


class _Turning:
    """One person; frames are given in order."""

    def __init__(self, track: Track, wanted: BoolArray, detector: Detector) -> None:
        k = track.keypoints
        self._track, self._wanted, self._detector = track, wanted, detector
        self._xy, self._score = k.xy.copy(), k.score.copy()
        self._usual = usual_score(track)
        self._lean_deg = 0.0

    def look(self, t: int, image: Image) -> None:
        """Frame `t`."""
        k = self._track.keypoints
        if t >= len(k) or not k.valid[t]:
            return
        if not self._wanted[t] or not self._take(t, image):
            self._lean_deg = float(lean_deg(k.xy[t]))

    def track(self) -> Track:
        """The track with what was found."""
        return replace(self._track, keypoints=replace(self._track.keypoints, xy=self._xy, score=self._score))

    def _take(self, t: int, image: Image) -> bool:
        """True if the person is found in frame `t`, in a crop that is turned as in the frame before."""
        box = self._track.box[t]
        left, top, side = square(box)
        to_crop = _upright(left + side / 2, top + side / 2, side, self._lean_deg)
        crop = cv2.warpAffine(image, to_crop, (side, side), borderMode=cv2.BORDER_CONSTANT, borderValue=(GREY,) * 3)
        found = self._best(
            self._detector.detect_close([np.asarray(crop)])[0],
            np.asarray(cv2.invertAffineTransform(to_crop), np.float64),
            box,
        )
        if found is None:
            return False
        xy, score = found
        limit = np.array([image.shape[1], image.shape[0]], xy.dtype)
        self._xy[t], self._score[t] = np.clip(xy, 0, limit), score
        self._lean_deg = float(lean_deg(xy))
        return True

    def _best(self, people: Detections, back: FloatArray, box: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Keypoints (17, 2), px of the image, and scores (17,) of the person in a crop whose joints overlap most with
        `box`; back (2, 3): from px of the crop to px of the image."""
        best, shared = None, SAME
        for xy, score in zip(people.xy, people.score, strict=True):
            there = xy @ back[:, :2].T + back[:, 2]
            overlap = box_iou(box, np.concatenate([there.min(0), there.max(0)]))
            if abs(lean_deg(xy)) <= MAX_LEAN_DEG and score[BODY].mean() >= MIN_SHARE * self._usual and overlap > shared:
                best, shared = (there, score), overlap
        return best


def _upright(x: float, y: float, side: int, lean: float) -> FloatArray:
    """(2, 3) from px of the image to px of a square crop around (x, y), turned so that what leans by `lean` degrees
    clockwise is upright."""
    c, s = math.cos(math.radians(lean)), math.sin(math.radians(lean))
    turn = np.array([[c, s], [-s, c]])
    return np.column_stack([turn, side / 2 - turn @ np.array([x, y])])
