"""First pass over a clip: its shots and, in each, the detections per frame and the background correspondences.

A detector and the background know nothing of what was before a cut. Where a shot begins only shows some frames later
(after a dissolve), its frames are read once more.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from kasf_demo import camera, concurrency
from kasf_demo.detect.base import Detector, PlainDetector
from kasf_demo.detect.packed import DetectionLog
from kasf_demo.detect.run import frames_at_once, look
from kasf_demo.shots import Shot, ShotFinder, whole_clip
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.clip import ContentArea, Frame
from kasf_demo.types.findings import ImageSample
from kasf_demo.types.people import Detections
from kasf_demo.video.image_quality import ImageQuality
from kasf_demo.video.repeats import ImageChanges

DECODED_AHEAD = 3  # decoded frames in the queue
Watch = Callable[[Iterable[Any]], Iterable[Any]]
NewPoints = Callable[[], camera.BackgroundPoints]
Numbered = tuple[int, Frame]  # number of the segment that a frame belongs to, and the frame


class Contents(Protocol):
    """Finds the content area of each shot of a clip."""

    def of(self, shot: Shot, times_s: Sequence[float]) -> ContentArea | None:
        """The content of one shot, None if there are no bars; times_s (T,): times of the clip's frames."""

    def detector_within(self, area: ContentArea | None) -> Detector:
        """A detector restricted to this part of the frames."""


@dataclass(frozen=True)
class SeenShot:
    """A shot of n frames: the people of each, and the links between its backgrounds. Frames are numbered from the
    shot's first.

    insets (N, 4): boxes, px, of other videos shown in the frame, which do not move with the background. content: the
    part of its frames that shows video, if there are bars around it. lines: segments of the background in some
    frames."""

    shot: Shot
    detections: Sequence[Detections]
    links: Sequence[camera.Link]
    insets: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))
    content: ContentArea | None = None
    lines: tuple[camera.FrameLines, ...] = ()


@dataclass(frozen=True)
class FirstPass:
    """times_s (T,) as stamped, damaged (T,), changes (T,) from the frame before (repeats.ImageChanges), and the shots
    in order. Frames outside all shots are those of transitions. samples: the image around people in a few frames."""

    times_s: FloatArray
    damaged: BoolArray
    changes: FloatArray
    shots: tuple[SeenShot, ...]
    samples: tuple[ImageSample, ...] = ()


def without_repeats(seen: FirstPass, distinct: BoolArray, lost: BoolArray) -> FirstPass:
    """`seen` with detections and links of only the frames (T,) that have a row of their own, numbered anew, and without
    any for those that are lost (real_time.RealTime). Shots and arrays of T rows stay as they are."""
    return replace(seen, shots=tuple(_own_rows(s, distinct[s.shot.frames], lost[s.shot.frames]) for s in seen.shots))


def _own_rows(shot: SeenShot, distinct: BoolArray, lost: BoolArray) -> SeenShot:
    """`without_repeats` for the n frames of one shot: distinct (n,), lost (n,)."""
    if distinct.all() and not lost.any():
        return shot
    number = np.cumsum(distinct) - 1
    image = np.maximum.accumulate(np.where(distinct & ~lost, number, 0))  # the row of the image that a frame shows
    links = [replace(n, key=int(image[n.key]), frame=int(number[n.frame])) for n in shot.links if not lost[n.frame]]
    detections = [Detections.empty() if lost[i] else shot.detections[i] for i in np.flatnonzero(distinct).tolist()]
    lines = tuple(replace(s, frame=int(number[s.frame])) for s in shot.lines)
    links = [link for link in links if link.frame > link.key]
    return replace(shot, detections=detections, links=links, lines=lines)


class _Stretch:
    """Detections and links of successive frames processed without a restart."""

    def __init__(self, start: int, new_points: NewPoints) -> None:
        self.start = start
        self.log = DetectionLog()
        self.points = new_points()

    def part(self, shot: Shot) -> SeenShot:
        """A shot that begins with this stretch."""
        self.points.links.cut_off(len(shot))
        insets = self.points.insets()
        links = camera.LinksOutside(self.points.links, insets) if len(insets) else self.points.links
        lines = tuple(s.outside(insets) for s in self.points.lines.samples(len(shot)))
        return SeenShot(shot, self.log.part(0, len(shot)), links, insets, lines=lines)


Seen = tuple[_Stretch, Frame, Detections]


def _found(stretches: Sequence[_Stretch], frame: int) -> Detections:
    stretch = next(s for s in reversed(stretches) if s.start <= frame)
    return stretch.log[frame - stretch.start]


class _Remembered(PlainDetector):
    """Replays known detections instead of running a stateless detector again."""

    name = weights = "remembered"
    weights_sha256: str | None = None

    def __init__(self, stretches: Sequence[_Stretch]) -> None:
        self._stretches = stretches
        self.warnings: list[str] = []

    def detect(self, frame: Frame) -> Detections:
        """The detections in `frame`."""
        return _found(self._stretches, frame.index)

    def close(self) -> None:
        """Nothing is held."""


def first_pass(
    frames: Iterable[Frame],
    detector: Detector,
    rate_hz: float,
    *,
    find_shots: bool = True,
    watch: Watch = iter,
    area: ContentArea | None = None,
    contents: Contents | None = None,
) -> FirstPass:
    """Reads `frames` once, or again where a shot was found late or has other bars than the clip as a whole. `watch`
    sees (frame, people) pass by in the first reading. area: the content of the frames, if there are bars around it,
    which is what `detector` is given; contents: looks for bars in each of several shots."""
    finder = ShotFinder(rate_hz) if find_shots else None
    times: list[float] = []
    damaged: list[bool] = []

    def noted(seen: Iterable[tuple[Frame, Detections]]) -> None:
        for frame, _ in watch(seen):
            times.append(frame.time_s)
            damaged.append(frame.damaged)

    numbered = finder.watch(frames) if finder else zip(itertools.repeat(0), frames)
    changes, quality = ImageChanges(), ImageQuality(rate_hz)
    new_points = functools.partial(camera.BackgroundPoints, rate_hz, area)
    stretches = _look(numbered, detector, new_points, noted, changes, quality)
    if finder:
        finder.look_for_jumps(lambda frame: _found(stretches, frame), np.array(times))
    shots = finder.shots if finder else whole_clip(len(times))
    areas = [area] * len(shots) if contents is None or len(shots) < 2 else [contents.of(s, times) for s in shots]
    begun = {s.start: s for s in stretches}
    for own in dict.fromkeys(areas):
        late = [s for s, a in zip(shots, areas, strict=True) if a == own and (own != area or s.start not in begun)]
        if late:
            again = detector if detector.stateful else _Remembered(stretches)
            if own != area and contents is not None:
                again = contents.detector_within(own)
            new_points = functools.partial(camera.BackgroundPoints, rate_hz, own)
            begun |= {s.start: s for s in _look(_within(frames, late), again, new_points, _drain)}
    parts = tuple(replace(begun[s.start].part(s), content=own) for s, own in zip(shots, areas, strict=True))
    return FirstPass(np.array(times), np.array(damaged), changes.levels, parts, tuple(quality.samples))


def _look(
    frames: Iterable[Numbered],
    detector: Detector,
    new_points: NewPoints,
    sink: Callable[[Iterable[tuple[Frame, Detections]]], None],
    changes: ImageChanges | None = None,
    quality: ImageQuality | None = None,
) -> list[_Stretch]:
    """Detects people in frames and follows the background; both start anew with each stretch. `sink` runs through
    (frame, people).
    changes: measures those between frames, in the first reading; without it, the detector has seen frames before.
    quality: takes samples of the image around people."""
    stretches: list[_Stretch] = []

    def look_behind(seen: Seen) -> None:
        seen[0].points.feed(seen[1].image, seen[2].box)
        if changes is not None:
            changes.feed(seen[1].image)
        if quality is not None:
            quality.feed(seen[1].image, seen[2].box)

    def results(
        numbered: Iterator[Numbered], behind: concurrency.BackgroundConsumer[Seen]
    ) -> Generator[tuple[Frame, Detections]]:
        for number, group in itertools.groupby(numbered, key=lambda item: item[0]):
            if stretches or changes is None:
                detector.restart()
            with look(detector, (frame for _, frame in group)) as found:
                for frame, people in found:
                    if len(stretches) <= number:
                        stretches.append(_Stretch(frame.index, new_points))
                    stretches[-1].log.append(people)
                    behind.put((stretches[-1], frame, people))
                    yield frame, people

    with (
        concurrency.prefetch(frames, room=max(DECODED_AHEAD, frames_at_once(detector)), name="decode") as ahead,
        concurrency.BackgroundConsumer(look_behind, room=DECODED_AHEAD, name="background") as behind,
        contextlib.closing(results(ahead, behind)) as found,
    ):
        sink(found)
        behind.finish()
    return stretches


def _within(frames: Iterable[Frame], shots: Sequence[Shot]) -> Iterator[Numbered]:
    """The frames of these shots, with the shot's number."""
    for frame in frames:
        for number, shot in enumerate(shots):
            if shot.start <= frame.index < shot.end:
                yield number, frame


def _drain(found: Iterable[object]) -> None:
    for _ in found:
        pass
