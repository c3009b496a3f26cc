"""Follows people on from where a detector lost them: one that looks at a single person loses everybody else.

From the last pose before a gap forward, and from the first one after it backward, each frame is looked at in two crops
of different size around the last place. A pose is believed if both crops show the same one, with usual scores, and if
it continues the motion: what MediaPipe imagines in foliage or in the sun changes with the crop.
Measurements: docs/decisions.md, "Searching again with MediaPipe".
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kasf_demo.detect.base import Detector
from kasf_demo.detect.look_twice import larger_side, look_twice, usual_score
from kasf_demo.detect.packed import DetectionLog
from kasf_demo.detect.redetect import BODY
from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Detections, Track

MAX_STEP = 0.2  # maximum median step of the joints from one frame to the next, in mean sides of the box
MORE = 0.15  # more per frame in between, as in `tracking.tracker`
MAX_GROWTH = 1.6  # maximum ratio of sizes from one pose to the next
MAX_SKIPPED = 5  # frames without a pose in between
MIN_SHARE = 0.5  # minimum mean score of the body's joints, relative to the track's median
MIN_INSIDE = 0.6  # minimum share of the body's joints that are in the image
OTHER = 0.25  # a pose this near another person's, relative to its size, is theirs
HELD_BYTES = 192 * 2**20  # of decoded frames that are kept for the way back from the end of a gap
MAX_MISSING = 0.03  # share of a shot's frames in which a person may be missing without being followed
MAX_PEOPLE = 3  # people followed in a shot


@dataclass(frozen=True)
class _Pose:
    """A person in frame `t`: keypoints (17, 2) px and box (4,); found: as detected, None in frames of the track."""

    t: int
    xy: FloatArray
    box: FloatArray
    found: Detections | None = None

    @property
    def side(self) -> float:
        """Larger side of the box, px."""
        return larger_side(self.box)


class LostPeople:
    """The people of one shot: their tracks, which have a row for each of its frames, and what is found beyond them."""

    def __init__(self, tracks: Sequence[Track], others: Sequence[Track], detector: Detector, copies: BoolArray) -> None:
        """tracks: of those who are followed; others: all of the shot; copies (T,): frames that show an earlier
        image."""
        self._lost = [_Lost(t, [o for o in others if o.id != t.id], detector, copies) for t in tracks]
        self._first = True

    @property
    def unfinished(self) -> bool:
        """True if frames have to be looked at, once more."""
        return any(p.gaps.any() if self._first else p.back_from for p in self._lost)

    def look(self, frames: Iterable[Frame]) -> None:
        """Looks at all of the shot's frames, in order."""
        held: deque[tuple[int, Image]] = deque()
        begins = [person.back_from for person in self._lost]
        for person in self._lost:
            person.back_from = set()
        for t, frame in enumerate(frames):
            for person, begin in zip(self._lost, begins, strict=True):
                if self._first:
                    person.forward(t, frame.image)
                if t in begin:
                    person.backward(t, held)
            held.append((t, frame.image))
            while len(held) > max(1, HELD_BYTES // frame.image.nbytes):
                held.popleft()
        self._first = False

    def added_to(self, detections: Sequence[Detections]) -> Sequence[Detections]:
        """The shot's detections with what was found; the same ones if nothing was."""
        found: dict[int, list[Detections]] = {}
        for person in self._lost:
            for t, pose in person.poses.items():
                if pose.found is not None:
                    found.setdefault(t, []).append(pose.found)
        if not found:
            return detections
        log = DetectionLog()
        for t, known in enumerate(detections):
            log.append(_together([known, *found.get(t, [])]))
        return log


class _Lost:
    """One person who is followed beyond their track."""

    def __init__(self, track: Track, others: Sequence[Track], detector: Detector, copies: BoolArray) -> None:
        k = track.keypoints
        self._track, self._others, self._detector = track, others, detector
        self.gaps = ~k.valid & ~copies
        self.poses: dict[int, _Pose] = {}  # found, by frame
        # frames at which a way back begins: after each gap, then where one ended for want of held frames
        self.back_from = set((np.flatnonzero(~k.valid[:-1] & k.valid[1:]) + 1).tolist())
        self._usual = usual_score(track)
        self._last: _Pose | None = None

    def forward(self, t: int, image: Image) -> None:
        """Frame `t`, after those before it."""
        if t >= len(self.gaps):
            return
        if self._track.keypoints.valid[t]:
            self._last = _Pose(t, self._track.keypoints.xy[t], self._track.box[t])
        elif self.gaps[t] and self._last is not None and t - self._last.t <= MAX_SKIPPED + 1:
            pose = self._find(t, image, self._last)
            if pose is not None:
                self.poses[t] = self._last = pose

    def backward(self, t: int, held: Sequence[tuple[int, Image]]) -> None:
        """From frame `t` back through those that are held, to where the way forward has come."""
        last = self.poses.get(t) or _Pose(t, self._track.keypoints.xy[t], self._track.box[t])
        for u, image in reversed(held):
            if self._track.keypoints.valid[u] or u in self.poses or last.t - u > MAX_SKIPPED + 1:
                return
            pose = self._find(u, image, last) if self.gaps[u] else None
            if pose is not None:
                self.poses[u] = last = pose
        if held and held[0][0] > 0 and last.t < t:
            self.back_from.add(last.t)

    def _find(self, t: int, image: Image, last: _Pose) -> _Pose | None:
        """The person in frame `t`, if both crops around their last place show them."""
        found = look_twice(self._detector, image, last.box, MIN_SHARE * self._usual)
        if found is None:
            return None
        pose = _Pose(t, found.xy[0], found.box[0], found)
        return pose if _continues(pose, last) and _inside(pose, image) and self._free(pose) else None

    def _free(self, pose: _Pose) -> bool:
        """True if it is nobody else's pose."""
        for other in self._others:
            k = other.keypoints
            if k.valid[pose.t] and _apart(pose.xy, k.xy[pose.t]) < OTHER * pose.side:
                return False
        return True


def losing(tracks: Sequence[Track], copies: BoolArray) -> list[Track]:
    """Those of `tracks`, best first, that are missing in many frames other than `copies` (T,): MAX_PEOPLE at most."""
    return [t for t in tracks if (~t.keypoints.valid & ~copies).mean() > MAX_MISSING][:MAX_PEOPLE]


def _together(parts: Sequence[Detections]) -> Detections:
    """All people of one frame. Depth and feet are kept if every part with people has them."""
    some = [p for p in parts if len(p)]
    if len(some) < 2:
        return some[0] if some else Detections.empty()
    worlds, feet = [p.world for p in some if p.world is not None], [p.feet for p in some if p.feet is not None]
    return Detections(
        np.concatenate([p.xy for p in some]),
        np.concatenate([p.score for p in some]),
        np.concatenate([p.box for p in some]),
        np.concatenate([p.box_score for p in some]),
        world=np.concatenate(worlds) if len(worlds) == len(some) else None,
        feet=FootPoints(np.concatenate([f.xy for f in feet]), np.concatenate([f.score for f in feet]))
        if len(feet) == len(some)
        else None,
    )


def _apart(a: FloatArray, b: FloatArray) -> float:
    """Median distance of the body's joints, px."""
    return float(np.median(np.linalg.norm(a[BODY] - b[BODY], axis=-1)))


def _continues(pose: _Pose, last: _Pose) -> bool:
    """True if a person may have moved so from `last` to `pose`."""
    between = abs(pose.t - last.t) - 1
    size = max(float(np.mean(pose.box[2:] - pose.box[:2])), 1.0)
    grown = max(pose.side / last.side, last.side / pose.side)
    return grown <= MAX_GROWTH and _apart(pose.xy, last.xy) <= MAX_STEP * (1 + MORE * between) * size


def _inside(pose: _Pose, image: Image) -> bool:
    xy = pose.xy[BODY]
    inside = ((xy >= 0) & (xy < [image.shape[1], image.shape[0]])).all(-1)
    return bool(inside.mean() >= MIN_INSIDE)
