"""The story of one clip, top to bottom: decode, detect, follow, lift, refine, draw, write.

Two passes over the file: the first keeps keypoints only, the second draws. Rooms do not know each other; they are composed here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo import athlete, flow, kinematics, metric, refine, world
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError
from kasf_demo.export.csv_table import write_csv
from kasf_demo.export.json_report import write_json
from kasf_demo.exports import write_exports
from kasf_demo.files import atomic_write_path
from kasf_demo.options import Options, from_mapping
from kasf_demo.outputs import Outputs, check_clip, plan_outputs
from kasf_demo.progress import Progress, Quiet
from kasf_demo.report import build_report
from kasf_demo.types import BoolArray, Detections, FloatArray, Keypoints2D, Person, Pose3D, Result, Track, VideoInfo
from kasf_demo.video.ffmpeg_process import find_ffmpeg
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.source import fingerprint
from kasportsformer.skeleton import coco_to_h36m

DECODED_AHEAD = 3  # frames that wait, decoded, while earlier ones are worked on
SLOWEST_HZ = 15.0  # below it a window of 27 frames holds more motion than any training clip


def analyse(clip: str | Path, out: str | Path | None = None, *, options: Options | None = None, engine: Engine | None = None,
            progress: Progress | None = None, **changes: Any) -> Result:  # fmt: skip
    """Turns `clip` into 3D joints; writes the video, CSV and JSON beside `out` when that is given.

    `changes` are fields of Options (`analyse("clip.mp4", athlete="all", height_m=1.82)`). An `engine` holds loaded models and
    serves many clips. Returns the people with their poses as arrays (see types.Result). Raises KasfError.
    """
    options = from_mapping(changes, options)
    progress = progress or Quiet()
    clip = Path(clip)
    check_clip(clip)
    athlete.parse_spec(options.athlete)
    outputs = None if out is None else plan_outputs(clip, Path(out), options)
    if outputs is not None and outputs.video is not None:
        find_ffmpeg()  # a missing encoder should not show only after minutes of detection
    with contextlib.ExitStack() as stack:
        if engine is None:
            engine = stack.enter_context(Engine(options, progress))
        return _Run(clip, options, engine, progress).run(outputs)


class _Run:
    """One clip on its way through the rooms."""

    def __init__(self, clip: Path, options: Options, engine: Engine, progress: Progress) -> None:
        self.clip, self.options, self.engine, self.progress = clip, options, engine, progress
        self.warnings: list[str] = []
        self.drawn: list[Person] = []  # in world axes, whatever the table holds

    def run(self, outputs: Outputs | None) -> Result:
        before = fingerprint(self.clip)
        reader, detections, times_s, damaged = self._detect()
        info = reader.info
        fps = mean_rate(times_s, float(info.fps))
        if fps < SLOWEST_HZ:
            self._warn(f"{fps:.3g} frames/s: the network was trained on 24 to 60, joints between far apart frames are guesses")
        tracks = self._follow(detections, info, times_s, fps)
        del detections  # of a long clip, most of what is in memory
        camera = metric.Camera.of(info, fov_deg=self.options.fov_deg, focal_px=self.options.focal_px, tilt_deg=self.options.tilt_deg)
        lifted = [self._lift(track, times_s, fps, camera) for track in tracks]
        people = [person for person, _ in lifted]
        if fingerprint(self.clip) != before:
            raise InputError("the file changed while it was read", "wait until it is complete and run again", path=self.clip)
        motion = [kinematics.measure(person.pose) for person in self.drawn]
        result = Result(info, times_s, people, warnings=self.warnings, motion=motion)
        result.report = build_report(
            result, self.options, self.engine, camera, [floor for _, floor in lifted],
            source=before, damaged=damaged, damaged_packets=reader.damaged_packets, truncated=reader.truncated,
        )  # fmt: skip
        if outputs is not None:
            self._write(outputs, result)
        return result

    def _open(self) -> VideoReader:
        o = self.options
        return VideoReader(self.clip, start_s=o.start_s, end_s=o.end_s, stream=o.stream, fps=o.fps)

    def _detect(self) -> tuple[VideoReader, list[Detections], FloatArray, BoolArray]:
        """First pass: the people of every frame, its time, and whether it was damaged."""
        found: list[Detections] = []
        times: list[float] = []
        damaged: list[bool] = []
        with self._open() as reader:
            self.engine.prepare()
            detector = self.engine.detector(reader.info)
            with (
                flow.ahead(reader, room=DECODED_AHEAD, name="decode") as frames,
                flow.mapped(detector.detect, frames, workers=getattr(detector, "parallel", 1), name="detect") as results,
            ):
                for frame, people in self.progress.track(results, "detecting", reader.info.declared_frames):
                    found.append(people)
                    times.append(frame.time_s)
                    damaged.append(frame.damaged)
            self.engine.clip_done()
        self._warn(*reader.warnings, *self.engine.warnings, *detector.warnings)
        if self.options.strict and (reader.truncated or reader.damaged_packets or any(damaged)):
            raise InputError("the clip is damaged or truncated", "drop --strict to use what can be decoded", path=self.clip)
        return reader, found, np.array(times), np.array(damaged)

    def _follow(self, detections: Sequence[Detections], info: VideoInfo, times_s: FloatArray, fps: float) -> list[Track]:
        """The athlete's track, or everybody's with --athlete all; short gaps filled."""
        tracks = athlete.follow(detections, info.width, info.height, fps=fps)
        if not tracks:
            if self.options.require_person:
                raise InputError("nobody was found in the clip", "try --quality best or another --detector", path=self.clip)
            self._warn("nobody was found in the clip: the table has no poses")
            return []
        chosen = athlete.choose(tracks, self.options.athlete, info.width, info.height)
        if self.options.athlete == "all" and len(chosen) < len(tracks):
            self._warn(f"{len(tracks) - len(chosen)} people seen too briefly or too small to follow were left out")
        righted = (athlete.face_right(athlete.unswap(t), times_s) for t in chosen)
        return [athlete.fill_gaps(t, times_s, max_gap_s=self.options.max_gap_s) for t in righted]

    def _lift(self, track: Track, times_s: FloatArray, fps: float, camera: metric.Camera) -> tuple[Person, world.Floor]:
        """2D to 3D for one person: remap, lift, scale, place, smooth, stand on the floor."""
        o = self.options
        coco = track.keypoints
        xy, score = coco_to_h36m(coco.xy, coco.score)
        h36m = Keypoints2D(xy, score, coco.valid, coco.interpolated, "h36m")
        height_m = o.height_m or metric.ASSUMED_HEIGHT_M
        pose_px = metric.straighten(self.engine.lifter.lift(h36m, fps=fps), h36m, camera)
        limb_ratio = self.engine.lifter_weights.limb_ratio
        scale = metric.metres_per_pixel(pose_px, h36m.valid, height_m=height_m, fps=fps, limb_ratio=limb_ratio)
        xyz = metric.place(pose_px, h36m, scale, camera)
        xyz = refine.smooth_body(xyz, score, h36m.valid, fps=fps, method=o.smooth, cutoff_hz=o.cutoff_hz)
        if o.constant_bones:
            xyz = refine.constant_bones(xyz, score, h36m.valid)
        upright = world.to_world(xyz, camera.tilt_deg)
        floor = world.find_floor(upright, h36m.valid, height_m=height_m, fps=fps)
        standing = Pose3D(world.on_floor(upright, floor), score, h36m.valid, h36m.interpolated, times_s, "world")
        self.drawn.append(Person(track.id, coco, h36m, standing))
        if o.axes == "world":
            return self.drawn[-1], floor
        return Person(track.id, coco, h36m, replace(standing, xyz=xyz, axes="camera")), floor

    def _write(self, outputs: Outputs, result: Result) -> None:
        """Second pass: the video, then the tables; the JSON last, so that its presence says that all is there."""
        if outputs.video is not None:
            self._draw(outputs.video, result)
        if outputs.csv is not None:
            with atomic_write_path(outputs.csv, overwrite=self.options.overwrite) as part:
                write_csv(part, result.people, result.times_s, layout=self.options.csv_layout)
        exports = write_exports(outputs, result, self.drawn, overwrite=self.options.overwrite)
        result.report["warnings"] = list(self.warnings)
        with atomic_write_path(outputs.json, overwrite=self.options.overwrite) as part:
            write_json(part, result.report)
        result.files = [p for p in (outputs.video, outputs.csv, *exports, outputs.json) if p is not None]

    def _draw(self, path: Path, result: Result) -> None:
        from kasf_demo.render.compose import Composer, RenderOptions
        from kasf_demo.video.writer import VideoWriter

        o = self.options
        look = RenderOptions(layout=o.layout, view=o.view, orbit_deg_per_s=o.orbit_deg_per_s)
        composer = Composer(self.drawn, result.video, result.times_s, look, caption=self._caption(result))
        width, height = composer.size
        with (
            self._open() as reader,
            VideoWriter(
                path,
                width=width,
                height=height,
                times_s=result.times_s,
                fps=result.video.fps,
                audio_from=self.clip if result.video.has_audio else None,
                audio_start_s=float(result.times_s[0]),
                overwrite=o.overwrite,
            ) as writer,
            flow.ahead(reader, room=DECODED_AHEAD, name="decode") as frames,
        ):
            for frame in self.progress.track(frames, "drawing", len(result.times_s)):
                writer.write(composer.draw(frame))
        self._warn(*writer.warnings)

    def _caption(self, result: Result) -> str:
        scale = "assumed" if self.options.height_m is None else "given"
        height = self.options.height_m or metric.ASSUMED_HEIGHT_M
        return f"{self.engine.detector_name}  ·  {self.engine.lifter_name}  ·  height {height:.2f} m ({scale})"

    def _warn(self, *texts: str) -> None:
        for text in texts:
            if text not in self.warnings:
                self.warnings.append(text)
                self.progress.say(f"warning: {text}")


def mean_rate(times_s: FloatArray, nominal: float) -> float:
    """Frames a second over the clip: what filters should assume, also when the rate varies or the container lies."""
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else nominal
