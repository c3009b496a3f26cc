"""The story of one clip, top to bottom: decode, detect, follow, lift, refine, draw, write.

The file is read once for keypoints (and kept, decoded, if it is short), again from a shot that was found late, again if
people are small, once more to draw, and as far as plots need frames. Stages do not know each other; they are composed
here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kasf_demo import concurrency, third_party, tracking
from kasf_demo.camera import FrameLines, Link
from kasf_demo.camera.describe import camera_line, camera_warning
from kasf_demo.camera.estimate import inset_warning
from kasf_demo.detect import redetect
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError, printable
from kasf_demo.export.csv_joints import write_csv
from kasf_demo.export.npz import origin
from kasf_demo.export.write import write_exports
from kasf_demo.files.output_set import OutputSet, earlier_files, removal_line
from kasf_demo.options import Options, from_mapping, path_from
from kasf_demo.passes.first_pass import DECODED_AHEAD, FirstPass, SeenShot, first_pass, without_repeats
from kasf_demo.passes.shot_contents import ShotContents
from kasf_demo.plots import from_result
from kasf_demo.progress import Progress, Quiet
from kasf_demo.reconstruct import person
from kasf_demo.reconstruct.repeats import fill_repeats
from kasf_demo.reconstruct.shot import (
    ShotBodies,
    join_cameras,
    shot_bodies,
    slow_motion_warning,
    spread_angles,
    spread_motion,
    spread_person,
)
from kasf_demo.render.panel_view import FIXED_DEG, panel_view
from kasf_demo.results.json_file import write_json
from kasf_demo.results.messages import page_notes, result_lines
from kasf_demo.results.outputs import Outputs, check_clip, check_keypoints, plan_outputs, refuse_nowhere
from kasf_demo.results.report import build_report, versions
from kasf_demo.results.shots import Other, main_shot, shots_warning
from kasf_demo.shots import Shot
from kasf_demo.timing.real_time import RealTime, real_time
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import ContentArea, VideoInfo
from kasf_demo.types.motion import Angles
from kasf_demo.types.people import Person, Track
from kasf_demo.types.result import Result, Scene
from kasf_demo.video.describe import video_lines
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.scan_content import content_of
from kasf_demo.video.source import fingerprint
from kasf_demo.viewer.from_result import KINDS, write_result_pages
from kasf_demo.viewer.scene import Picture

KEEP_BYTES = 320 * 2**20  # of decoded frames between the passes: 8 s of 720p, 18 s of 480p
SLOWEST_HZ = 15.0  # below it a window of 27 frames holds more motion than any training clip


def analyse(
    clip: str | Path,
    out: str | Path | None = None,
    *,
    options: Options | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
    **changes: Any,
) -> Result:
    """Turns `clip` into 3D joints; writes the video, CSV, JSON and what else `options` ask for beside `out` when that
    is given. Options that ask for files (export, plots, report, html, rerun) without `out` are a UsageError: a result
    is never left out silently.

    `changes` are fields of Options (`analyse("clip.mp4", athlete="all", height_m=1.82)`). An `engine` holds loaded
    models and serves many clips (kasf_demo.load_models makes one); options that ask for other models are a UsageError.
    Returns the people with their poses as arrays (see types.Result). Raises KasfError.
    """
    options = from_mapping(changes, options or (engine.model_options if engine else None))
    if engine is not None:
        engine.check(options)
    progress = progress or Quiet()
    clip, out = path_from(clip, "clip"), None if out is None else path_from(out, "out")
    if out is None:
        refuse_nowhere(options)
    check_clip(clip)
    check_keypoints(options.keypoints)
    tracking.parse_spec(options.athlete)
    outputs = None if out is None else plan_outputs(clip, out, options)
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
        self.camera_line = ""  # estimated camera, for captions
        self.view: tuple[float, float | FloatArray] = FIXED_DEG  # of the 3D panel
        self.rough: dict[int, Angles] = {}  # by person, before smoothing: for plots
        self.picture: Picture | None = None  # the clip's proxy video, for a page

    def run(self, outputs: Outputs | None) -> Result:
        before = fingerprint(self.clip)
        shows = outputs is not None and (outputs.video is not None or outputs.plots or outputs.report is not None)
        reader, seen = self._detect(keep_bytes=KEEP_BYTES if shows else 0)
        info, damaged = reader.info, seen.damaged
        clock = self._clock(seen, info)
        seen = without_repeats(seen, clock.distinct, clock.lost)
        fps = clock.images_per_s
        if fps < SLOWEST_HZ:
            self._warn(f"{fps:.3g} frames/s: the lifting network was trained on 24 to 60; joints may be unreliable")
        tracks, others = self._follow(seen, reader, clock)
        shots, links = [s.shot for s in seen.shots], [(s.links, s.insets, s.content, s.lines) for s in seen.shots]
        del seen  # the detections of a long clip are most of what is in memory
        rough = outputs is not None and bool(outputs.plots or outputs.report) and self.options.smooth != "none"
        done = [self._place(shot, tracks.pop(0), *links.pop(0), clock, info, keep_rough=rough) for shot in shots]
        self._report_cameras(done, others, clock.media_s)
        if clock.source == "none" and clock.distinct.all():
            self._warn(*(text for s in done if (text := slow_motion_warning(s))))
        if fingerprint(self.clip) != before:
            raise InputError(
                "the file changed while it was read", "wait until it is complete and run again", path=self.clip
            )
        result = self._join(done, info, clock)
        self.view = panel_view(self.options.view, done, clock.times_s)
        for line in result_lines(self.drawn, self.options):
            self.progress.say(line)
        damaged_packets, truncated = reader.damaged_packets, reader.truncated  # of the first reading

        def report() -> dict[str, Any]:
            return build_report(
                result, self.options, self.engine, done, others, clock, second_look=self.second_looks, source=before,
                damaged=damaged, damaged_packets=damaged_packets, truncated=truncated,
            )  # fmt: skip

        if outputs is None:
            result.report = report()
        else:
            self._write(outputs, result, reader, before[2], report)
        return result

    def _detect(self, *, keep_bytes: int) -> tuple[VideoReader, FirstPass]:
        """First pass: the shots, the people of every frame, its time, whether it was damaged, and where the background
        went."""
        o = self.options
        with VideoReader(
            self.clip, start_s=o.start_s, end_s=o.end_s, stream=o.stream, fps=o.fps, keep_bytes=keep_bytes,
            deinterlace=o.deinterlace and o.keypoints is None,  # a keypoints file counts stored frames
        ) as reader:  # fmt: skip
            reader.info = replace(reader.info, bars_around=content_of(reader))
            for line in video_lines(reader.info):
                self.progress.say(line)
            self.engine.find_weights()
            contents = ShotContents(reader, self.engine.detector(reader.info))
            detector = contents.detector(reader.info.bars_around)
            self.engine.prepare()
            seen = first_pass(
                reader,
                detector,
                float(reader.info.fps),
                find_shots=o.shots == "auto",
                area=reader.info.bars_around,
                contents=contents,
                watch=lambda found: self.progress.track(found, "detecting", reader.info.declared_frames),
            )
            self.engine.clip_done()
        self._warn(*reader.warnings, *self.engine.warnings, *detector.warnings)
        if self.options.strict and (reader.truncated or reader.damaged_packets or seen.damaged.any()):
            raise InputError(
                "the clip is damaged or truncated", "drop --strict to use what can be decoded", path=self.clip
            )
        return reader, seen

    def _clock(self, seen: FirstPass, info: VideoInfo) -> RealTime:
        """Real time, and which frames show a new image; said if that is not the time of the clip as played and all of
        them."""
        shots, detections = [s.shot for s in seen.shots], [s.detections for s in seen.shots]
        clock = real_time(seen.times_s, seen.changes, shots, detections, info.capture, float(info.fps), self.options)
        for line in clock.notes:
            self.progress.say(line)
        self._warn(*clock.warnings)
        return clock

    def _follow(
        self, seen: FirstPass, reader: VideoReader, clock: RealTime
    ) -> tuple[list[list[Track]], list[list[Other]]]:
        """By shot: the athlete's track, or those of all people with --athlete all, small people detected again and
        short gaps filled; and the other people seen there."""
        info, want = reader.info, self.options.athlete
        rates = [mean_rate(clock.of(s.shot), clock.images_per_s) for s in seen.shots]
        found = [
            tracking.follow(s.detections, info.width, info.height, fps=rate)
            for s, rate in zip(seen.shots, rates, strict=True)
        ]
        if not any(found):
            if self.options.require_person:
                raise InputError(
                    "no person was found in the clip", "try --quality best or another --detector", path=self.clip
                )
            self._warn("no person was found in the clip: the table has no poses")
            return [[] for _ in found], [[] for _ in found]
        found = tracking.number_apart(found)
        chosen = tracking.choose_in_shots(found, want, info.width, info.height, [s.shot.start for s in seen.shots])
        for tracks, mine in zip(found, chosen, strict=True):
            self._warn(*(text for t in mine[:1] if (text := tracking.point_warning(t, want, tracks))))
        left_out = sum(map(len, found)) - sum(map(len, chosen))
        if want == "all" and left_out:
            self._warn(f"{left_out} people were left out: too few detections, or too small to track")
        others = [
            [
                Other.of(t)
                for t in tracking.choose(tracks, "all", info.width, info.height)
                if t.id not in {m.id for m in mine}
            ]
            for tracks, mine in zip(found, chosen, strict=True)
        ]
        chosen = self._look_closer(chosen, seen.shots, reader, clock)
        return [
            [self._repaired(track, clock.of(s.shot)) for track in tracks]
            for s, tracks in zip(seen.shots, chosen, strict=True)
        ], others

    def _repaired(self, track: Track, times_s: FloatArray) -> Track:
        righted = tracking.face_right(tracking.unswap(track), times_s)
        return tracking.fill_gaps(righted, times_s, max_gap_s=self.options.max_gap_s)

    def _look_closer(
        self, chosen: list[list[Track]], seen: Sequence[SeenShot], reader: VideoReader, clock: RealTime
    ) -> list[list[Track]]:
        """One more pass over the clip if people are small in it."""
        detector = self.engine.kept_detector
        areas = [s.content or reader.info.whole for s in seen]
        which = [redetect.small(t, detector, a.width, a.height) for t, a in zip(chosen, areas, strict=True)]
        if not any(which) or detector is None:
            return chosen
        self.second_looks = [tracks[i].id for tracks, small in zip(chosen, which, strict=True) for i in small]
        with concurrency.prefetch(reader, room=DECODED_AHEAD, name="decode") as again:
            passing = (
                f for f in self.progress.track(again, "detecting again", len(clock.distinct)) if clock.distinct[f.index]
            )
            return redetect.look_closer_in_shots(
                chosen, which, clock.without_repeats([s.shot for s in seen]), detector, passing
            )

    def _place(
        self,
        shot: Shot,
        tracks: Sequence[Track],
        links: Sequence[Link],
        insets: FloatArray,
        content: ContentArea | None,
        lines: Sequence[FrameLines],
        clock: RealTime,
        info: VideoInfo,
        *,
        keep_rough: bool,
    ) -> ShotBodies:
        own_s, info = clock.of(shot), replace(info, bars_around=content)
        fps = mean_rate(own_s, clock.images_per_s)
        lifter, limb_ratio = self.engine.lifter, self.engine.lifter_weights.limb_ratio
        bodies = shot_bodies(
            shot,
            links,
            tracks,
            own_s,
            fps,
            info,
            self.options,
            lifter,
            limb_ratio,
            keep_rough=keep_rough,
            insets=insets,
            lines=lines,
        )
        return fill_repeats(bodies, clock.distinct[shot.frames], clock.times_s[shot.frames])

    def _report_cameras(
        self, shots: Sequence[ShotBodies], others: Sequence[Sequence[Other]], times_s: FloatArray
    ) -> None:
        """Report the shots, and the camera of each shot that contains a person of the result."""
        if text := shots_warning(shots, others, times_s):
            self._warn(text)
        reported = [s for s in shots if s.people] or shots[:1]
        for s in reported:
            where = f"shot {shots.index(s) + 1}: " if len(shots) > 1 else ""
            if doubt := camera_warning(s.camera_motion):
                self._warn(where + doubt)
            if s.orientation.conflict:
                self._warn(where + s.orientation.conflict)
            if s.insets:
                self._warn(where + inset_warning(s.insets))
            if line := camera_line(s.camera, s.camera_motion, s.orientation):
                self.camera_line = self.camera_line or line
                self.progress.say(where + line)

    def _join(self, shots: Sequence[ShotBodies], info: VideoInfo, clock: RealTime) -> Result:
        """The people of all shots as those of one clip, each with a row for every frame."""
        times_s = clock.times_s
        self.drawn = [spread_person(p, s.shot, times_s) for s in shots for p in s.people]
        people = [spread_person(p, s.shot, times_s) for s in shots for p in s.seen]
        measured = [spread_motion(m, s.shot, times_s) for s in shots for m in s.motion]
        self.rough = {i: spread_angles(a, s.shot, times_s) for s in shots for i, a in s.rough.items()}
        main = main_shot(shots)
        camera = join_cameras(shots, main, len(times_s))
        floors = {p.id: floor for s in shots for p, floor in zip(s.people, s.floors, strict=True)}
        scene = Scene(main.camera, camera, main.orientation, floors)
        people = [replace(person, motion=motion) for person, motion in zip(people, measured, strict=True)]
        return Result(
            info,
            times_s,
            people,
            warnings=self.warnings,
            motion=measured,
            camera=camera,
            shots=tuple(s.shot for s in shots),
            media_s=clock.media_s,
            scene=scene,
        )

    def _write(
        self, outputs: Outputs, result: Result, reader: VideoReader, sha256: str, report: Callable[[], dict[str, Any]]
    ) -> None:
        """Second pass: the video, then the tables; all are renamed together, the JSON last: its presence means that the
        result is complete. sha256: of the clip; report: builds the JSON report, called when all warnings are known."""
        written: dict[str, Any] = {}
        with OutputSet(overwrite=self.options.overwrite) as files:
            if outputs.video is not None:
                self._draw(
                    outputs.video, result, reader, files, for_page=any(kind in outputs.exports for kind in KINDS)
                )
            if outputs.csv is not None:
                with files.writing(outputs.csv) as part:
                    written["table_content_sha256"] = write_csv(
                        part, result.people, result.times_s, layout=self.options.csv_layout
                    )
            exports, records = write_exports(outputs, result, self.drawn, files.writing, self._origin(result, sha256))
            if outputs.exports:
                written["exports"] = records
            if outputs.plots or outputs.report is not None:
                exports += self._plot(outputs, result, reader, files)
            notes = page_notes(result, self.options, str(self.engine.detector_record["name"]), self.engine.lifter_name)
            pages, page_warnings = write_result_pages(outputs.exports, result, self.drawn, self.picture, notes, files)
            self._warn(*page_warnings)
            result.report = report() | written | {"files": files.identities(outputs.json.absolute().parent)}
            with files.writing(outputs.json) as part:
                write_json(part, result.report)
            result.files = [p for p in (outputs.video, outputs.csv, *exports, *pages, outputs.json) if p is not None]
            self._publish(files, outputs.json, result)

    def _origin(self, result: Result, sha256: str) -> dict[str, str | float | bool | None]:
        """Metadata of an array file."""
        clip, assumed = printable(result.video.path.name), self.options.height_m is None
        return origin(
            versions()["kasf-demo"],
            clip,
            sha256,
            person.height_of(self.options),
            assumed,
            result.times_s,
            float(result.video.fps),
        )

    def _publish(self, files: OutputSet, report: Path, result: Result) -> None:
        """Rename all files to their final names; files of the earlier result that this one lacks are removed."""
        removed: list[Path] = []
        changed: list[Path] = []
        if self.options.overwrite:
            inputs = [p for p in (self.clip, self.options.keypoints) if p is not None]
            removed, changed = earlier_files(report, [*result.files, *inputs])
        files.publish(last=report, obsolete=removed)
        result.replaced = removal_line(removed, changed)
        if result.replaced:
            self.progress.say(result.replaced)

    def _draw(self, path: Path, result: Result, reader: VideoReader, files: OutputSet, *, for_page: bool) -> None:
        third_party.prepare_matplotlib()  # text is set by it
        from kasf_demo.render.compose import Composer, RenderOptions
        from kasf_demo.video.writer import VideoWriter
        from kasf_demo.viewer.proxy_video import PictureWriter

        o = self.options
        look = RenderOptions(layout=o.layout, view=self.view, orbit_deg_per_s=o.orbit_deg_per_s)
        shots = [s.frames for s in result.shots]
        composer = Composer(self.drawn, result.video, result.played_s, look, caption=self._caption(result), shots=shots)
        width, height = composer.size
        with (
            VideoWriter(
                path,
                width=width,
                height=height,
                times_s=result.played_s,
                fps=result.video.fps,
                time_base=result.video.time_base,
                audio_from=self.clip if result.video.has_audio else None,
                audio_start_s=float(result.played_s[0]),
                overwrite=o.overwrite,
                publish=files.add,
            ) as writer,
            PictureWriter(result.video, result.played_s) if for_page else contextlib.nullcontext() as small,
            concurrency.prefetch(reader, room=DECODED_AHEAD, name="decode") as frames,
        ):
            for frame in self.progress.track(frames, "drawing", len(result.times_s)):
                writer.write(composer.draw(replace(frame, time_s=float(result.times_s[frame.index]))))
                if small is not None:
                    small.write(frame.image)
        self.picture = small.picture if small is not None else None
        self._warn(*writer.warnings)

    def _plot(self, outputs: Outputs, result: Result, reader: VideoReader, files: OutputSet) -> list[Path]:
        """The files of --plots and --report; the clip is read again up to the last frame that they show."""
        subjects = from_result.subjects_of(
            result, self.drawn, [t for t in (self._caption(result), self.camera_line, *self.warnings) if t]
        )
        subjects = from_result.with_pictures(subjects, lambda: reader)
        subjects = [replace(s, raw=self.rough.get(s.person.id)) for s in subjects]
        return from_result.write_plots(outputs, result, subjects, files.writing)

    def _caption(self, result: Result) -> str:
        scale = "assumed" if self.options.height_m is None else "given"
        height_m = person.height_of(self.options)
        return f"{self.engine.detector_name}  ·  {self.engine.lifter_name}  ·  height {height_m:.2f} m ({scale})"

    def _warn(self, *texts: str) -> None:
        for text in texts:
            if text not in self.warnings:
                self.warnings.append(text)
                self.progress.say(f"warning: {text}")


def mean_rate(times_s: FloatArray, nominal: float) -> float:
    """Mean frames per second over the clip, for filters; valid also if the rate varies or the container is wrong."""
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else nominal
