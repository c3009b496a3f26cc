"""The story of one clip, top to bottom: decode, detect, follow, lift, refine, draw, write.

Two passes over the file: the first keeps keypoints, of a short clip the decoded frames too, the second draws. Rooms do not know each
other; they are composed here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo import athlete, background, bodies, flow, kinematics, metric, plotting, quiet_matplotlib, second_look
from kasf_demo.camera_motion import CameraMotion
from kasf_demo.camera_told import camera_line, camera_warning, tell_camera
from kasf_demo.detection_log import DetectionLog
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError
from kasf_demo.export.csv_table import write_csv
from kasf_demo.export.json_report import write_json
from kasf_demo.exports import write_exports
from kasf_demo.files import atomic_write_path
from kasf_demo.motion import Angles
from kasf_demo.options import Options, from_mapping
from kasf_demo.outputs import Outputs, check_clip, plan_outputs
from kasf_demo.page.content import Picture
from kasf_demo.page.of_result import KINDS, write_result_pages
from kasf_demo.progress import Progress, Quiet
from kasf_demo.report import build_report
from kasf_demo.run_detector import frames_at_once, look
from kasf_demo.types import BoolArray, Detections, FloatArray, Frame, Person, Result, Track, VideoInfo
from kasf_demo.video.describe import video_lines
from kasf_demo.video.ffmpeg_process import find_ffmpeg
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.source import fingerprint

KEEP_BYTES = 320 * 2**20  # of decoded frames between the passes: 8 s of 720p, 18 s of 480p
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
        self.second_looks: list[int] = []  # people, by number
        self.camera_line = ""  # what the clip says of its camera
        self.rough: dict[int, Angles] = {}  # by person, before smoothing: for plots
        self.picture: Picture | None = None  # the clip's, for a page

    def run(self, outputs: Outputs | None) -> Result:
        before = fingerprint(self.clip)
        shows = outputs is not None and (outputs.video is not None or outputs.plots or outputs.report is not None)
        reader, detections, times_s, damaged, links = self._detect(keep_bytes=KEEP_BYTES if shows else 0)
        info = reader.info
        fps = mean_rate(times_s, float(info.fps))
        if fps < SLOWEST_HZ:
            self._warn(f"{fps:.3g} frames/s: the network was trained on 24 to 60, joints between far apart frames are guesses")
        tracks = self._follow(detections, reader, times_s, fps)
        del detections  # of a long clip, most of what is in memory
        camera, motion = self._camera(info, links, len(times_s))
        del links
        lifter, limb_ratio = self.engine.lifter, self.engine.lifter_weights.limb_ratio
        rough = outputs is not None and bool(outputs.plots or outputs.report) and self.options.smooth != "none"
        placed = [bodies.place(t, self.options, lifter, limb_ratio, camera, motion, fps, keep_rough=rough) for t in tracks]
        tilt = bodies.find_tilt(placed, self.options, camera, motion, fps)
        if line := camera_line(camera, motion, tilt):
            self.camera_line = line
            self.progress.say(line)
        stood = [bodies.stand(p, self.options, tilt, times_s, fps, motion) for p in placed]
        self.drawn, floors = [person for person, _ in stood], [floor for _, floor in stood]
        people = self.drawn if self.options.axes == "world" else [bodies.as_seen(p, motion, times_s) for p in placed]
        if fingerprint(self.clip) != before:
            raise InputError("the file changed while it was read", "wait until it is complete and run again", path=self.clip)
        if rough:
            self.rough = {p.id: kinematics.measure_angles(bodies.before_smoothing(p, tilt, times_s)) for p in placed}
        del placed, tracks
        measured = [kinematics.measure(person.pose) for person in self.drawn]
        result = Result(info, times_s, people, warnings=self.warnings, motion=measured, camera=motion)
        result.report = build_report(
            result, self.options, self.engine, camera, tilt, floors, second_look=self.second_looks,
            source=before, damaged=damaged, damaged_packets=reader.damaged_packets, truncated=reader.truncated,
        )  # fmt: skip
        if outputs is not None:
            self._write(outputs, result, reader)
        return result

    def _detect(self, *, keep_bytes: int) -> tuple[VideoReader, DetectionLog, FloatArray, BoolArray, Sequence[background.Link]]:
        """First pass: the people of every frame, its time, whether it was damaged, and where the background went."""
        found = DetectionLog()
        times: list[float] = []
        damaged: list[bool] = []
        o = self.options
        with VideoReader(
            self.clip, start_s=o.start_s, end_s=o.end_s, stream=o.stream, fps=o.fps, keep_bytes=keep_bytes,
            deinterlace=o.deinterlace and o.keypoints is None,  # a keypoints file counts stored frames
        ) as reader:  # fmt: skip
            for line in video_lines(reader.info):
                self.progress.say(line)
            self.engine.prepare()
            detector = self.engine.detector(reader.info)
            points = background.BackgroundPoints(float(reader.info.fps))

            def look_behind(seen: tuple[Frame, Detections]) -> None:
                points.feed(seen[0].image, seen[1].box)

            with (
                flow.ahead(reader, room=max(DECODED_AHEAD, frames_at_once(detector)), name="decode") as frames,
                look(detector, frames) as results,
                flow.Behind(look_behind, room=DECODED_AHEAD, name="background") as behind,
            ):
                for frame, people in self.progress.track(results, "detecting", reader.info.declared_frames):
                    found.append(people)
                    behind.put((frame, people))
                    times.append(frame.time_s)
                    damaged.append(frame.damaged)
                behind.finish()
            self.engine.clip_done()
        self._warn(*reader.warnings, *self.engine.warnings, *detector.warnings)
        if self.options.strict and (reader.truncated or reader.damaged_packets or any(damaged)):
            raise InputError("the clip is damaged or truncated", "drop --strict to use what can be decoded", path=self.clip)
        return reader, found, np.array(times), np.array(damaged), points.links

    def _camera(self, info: VideoInfo, links: Sequence[background.Link], frames: int) -> tuple[metric.Camera, CameraMotion]:
        """The lens, told by a pan unless it is given, and how the camera turns."""
        camera, motion = tell_camera(info, links, frames, self.options)
        if doubt := camera_warning(motion):
            self._warn(doubt)
        return camera, motion

    def _follow(self, detections: Sequence[Detections], reader: VideoReader, times_s: FloatArray, fps: float) -> list[Track]:
        """The athlete's track, or everybody's with --athlete all; small people looked at again, short gaps filled."""
        info = reader.info
        tracks = athlete.follow(detections, info.width, info.height, fps=fps)
        if not tracks:
            if self.options.require_person:
                raise InputError("nobody was found in the clip", "try --quality best or another --detector", path=self.clip)
            self._warn("nobody was found in the clip: the table has no poses")
            return []
        chosen = athlete.choose(tracks, self.options.athlete, info.width, info.height)
        if self.options.athlete == "all" and len(chosen) < len(tracks):
            self._warn(f"{len(tracks) - len(chosen)} people seen too briefly or too small to follow were left out")
        chosen = self._look_closer(chosen, reader, len(times_s))
        righted = (athlete.face_right(athlete.unswap(t), times_s) for t in chosen)
        return [athlete.fill_gaps(t, times_s, max_gap_s=self.options.max_gap_s) for t in righted]

    def _look_closer(self, tracks: list[Track], reader: VideoReader, frames: int) -> list[Track]:
        """One more pass over the clip where somebody is small in it."""
        detector = self.engine.kept_detector
        which = second_look.small(tracks, detector, reader.info.width, reader.info.height)
        if not which or detector is None:
            return tracks
        self.second_looks = [tracks[i].id for i in which]
        with flow.ahead(reader, room=DECODED_AHEAD, name="decode") as again:
            return second_look.look_closer(tracks, which, detector, again, lambda seen: self.progress.track(seen, "looking closer", frames))

    def _write(self, outputs: Outputs, result: Result, reader: VideoReader) -> None:
        """Second pass: the video, then the tables; the JSON last, so that its presence says that all is there."""
        if outputs.video is not None:
            self._draw(outputs.video, result, reader, for_page=any(kind in outputs.exports for kind in KINDS))
        if outputs.csv is not None:
            with atomic_write_path(outputs.csv, overwrite=self.options.overwrite) as part:
                write_csv(part, result.people, result.times_s, layout=self.options.csv_layout)
        exports = write_exports(outputs, result, self.drawn, overwrite=self.options.overwrite)
        if outputs.plots or outputs.report is not None:
            exports += self._plot(outputs, result, reader)
        result.report["warnings"] = list(self.warnings)
        pages, said = write_result_pages(outputs.exports, result, self.drawn, self.picture, overwrite=self.options.overwrite)
        exports += pages
        self._warn(*said)
        result.report["warnings"] = list(self.warnings)
        with atomic_write_path(outputs.json, overwrite=self.options.overwrite) as part:
            write_json(part, result.report)
        result.files = [p for p in (outputs.video, outputs.csv, *exports, outputs.json) if p is not None]

    def _draw(self, path: Path, result: Result, reader: VideoReader, *, for_page: bool) -> None:
        quiet_matplotlib.hush()  # text is set by it
        from kasf_demo.page.picture import PictureWriter
        from kasf_demo.render.compose import Composer, RenderOptions
        from kasf_demo.video.writer import VideoWriter

        o = self.options
        look = RenderOptions(layout=o.layout, view=o.view, orbit_deg_per_s=o.orbit_deg_per_s)
        composer = Composer(self.drawn, result.video, result.times_s, look, caption=self._caption(result))
        width, height = composer.size
        with (
            VideoWriter(
                path,
                width=width,
                height=height,
                times_s=result.times_s,
                fps=result.video.fps,
                time_base=result.video.time_base,
                audio_from=self.clip if result.video.has_audio else None,
                audio_start_s=float(result.times_s[0]),
                overwrite=o.overwrite,
            ) as writer,
            PictureWriter(result.video, result.times_s) if for_page else contextlib.nullcontext() as small,
            flow.ahead(reader, room=DECODED_AHEAD, name="decode") as frames,
        ):
            for frame in self.progress.track(frames, "drawing", len(result.times_s)):
                writer.write(composer.draw(frame))
                if small is not None:
                    small.write(frame.image)
        self.picture = small.picture if small is not None else None
        self._warn(*writer.warnings)

    def _plot(self, outputs: Outputs, result: Result, reader: VideoReader) -> list[Path]:
        """The files of --plots and --report; the clip is read once more, as far as its pictures are needed."""
        subjects = plotting.subjects_of(result, self.drawn, [t for t in (self._caption(result), self.camera_line, *self.warnings) if t])
        subjects = plotting.with_pictures(subjects, lambda: reader)
        subjects = [replace(s, raw=self.rough.get(s.person.id)) for s in subjects]
        return plotting.write_plots(outputs, result, subjects, overwrite=self.options.overwrite)

    def _caption(self, result: Result) -> str:
        scale = "assumed" if self.options.height_m is None else "given"
        height_m = bodies.height_of(self.options)
        return f"{self.engine.detector_name}  ·  {self.engine.lifter_name}  ·  height {height_m:.2f} m ({scale})"

    def _warn(self, *texts: str) -> None:
        for text in texts:
            if text not in self.warnings:
                self.warnings.append(text)
                self.progress.say(f"warning: {text}")


def mean_rate(times_s: FloatArray, nominal: float) -> float:
    """Frames a second over the clip: what filters should assume, also when the rate varies or the container lies."""
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else nominal
