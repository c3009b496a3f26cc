"""A quick look over a clip, without lifting: people in a few frames, the camera and the shots from all frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kasf_demo.camera.estimate import estimate_camera
from kasf_demo.camera.orientation import combine
from kasf_demo.camera.vanishing import from_lines
from kasf_demo.detect.base import Detector, PlainDetector
from kasf_demo.engine import Engine
from kasf_demo.options import Options
from kasf_demo.passes.first_pass import FirstPass, SeenShot, first_pass
from kasf_demo.progress import DETECTING, Notes
from kasf_demo.reconstruct.orientation import from_pan
from kasf_demo.results.findings import Footage
from kasf_demo.types.camera import CameraMotion, Orientation
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.types.people import Detections
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.scan_content import content_of

FRAMES = 16  # in which people are detected


class FewFrames(PlainDetector):
    """Detects in every `every`th frame, on its own, and repeats what it found in between."""

    def __init__(self, detector: Detector, every: int) -> None:
        self._detector, self._every = detector, every
        self._last = Detections.empty()
        self.name, self.weights, self.weights_sha256 = detector.name, detector.weights, detector.weights_sha256
        self.warnings: list[str] = detector.warnings

    def detect(self, frame: Frame) -> Detections:
        """The people in `frame`, or in the last one that was looked at."""
        if frame.index % self._every == 0:
            self._detector.restart()  # a frame of a second ago is none before this one
            self._last = self._detector.detect(frame)
        return self._last

    def close(self) -> None:
        """The detector is closed by its owner."""


def look_over(reader: VideoReader, engine: Engine, options: Options, notes: Notes) -> Footage:
    """What the footage is like. Raises KasfError."""
    reader.info = info = replace(reader.info, bars_around=content_of(reader))
    rate_hz = float(info.fps)
    every = max(1, (info.declared_frames or round(rate_hz * 10)) // FRAMES)
    seen = first_pass(
        reader,
        FewFrames(engine.detector(info, lifts=False), every),
        rate_hz,
        find_shots=options.shots == "auto",
        area=info.bars_around,
        watch=lambda found: notes.track(found, DETECTING, info.declared_frames),
    )
    engine.clip_done()
    return footage_of_pass(seen, info, options, every)


def footage_of_pass(seen: FirstPass, info: VideoInfo, options: Options, every: int) -> Footage:
    """From the longest shot; people were detected in every `every`th frame."""
    shot = max(seen.shots, key=lambda s: len(s.shot))
    times_s = seen.times_s[shot.shot.frames]
    looked = [i for i in range(len(shot.shot)) if (shot.shot.start + i) % every == 0] or [0]
    xy, score = np.full((len(looked), 17, 2), np.nan), np.zeros((len(looked), 17))
    counts = []
    for row, i in enumerate(looked):
        people = shot.detections[i]
        counts.append(len(people))
        if len(people):
            sizes = people.score.mean(1) * np.prod(people.box[:, 2:] - people.box[:, :2], axis=1)
            xy[row], score[row] = people.xy[int(np.argmax(sizes))], people.score[int(np.argmax(sizes))]
    found = np.isfinite(xy).all((1, 2)) & (score.mean(1) > 0)
    motion, orientation = _camera(shot, info, options, len(times_s))
    rate = (len(seen.times_s) - 1) / float(seen.times_s[-1] - seen.times_s[0]) if len(seen.times_s) > 1 else 0.0
    return Footage(
        info.content, rate or float(info.fps), xy, score, found, motion.kind, orientation.tilt, orientation.roll,
        seen.samples, shots=len(seen.shots), people=int(np.median(counts)),
    )  # fmt: skip


def _camera(shot: SeenShot, info: VideoInfo, options: Options, frames: int) -> tuple[CameraMotion, Orientation]:
    """Motion and orientation of the camera from the background alone."""
    info = replace(info, bars_around=shot.content)
    camera, motion = estimate_camera(info, shot.links, frames, options)
    lines = from_lines(shot.lines, camera, motion, max(info.content.width, info.content.height))
    pan = from_pan(motion, lens_known=camera.source != "assumed")
    shown = [e for e in (lines, pan) if e is not None]
    given = {"tilt": options.tilt_deg, "roll": options.roll_deg}
    return motion, combine(shown, given)
