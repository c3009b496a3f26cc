"""The story of one clip, top to bottom: detect, estimate real time, remove repeated images, track, lift and fit each
shot, restore repeated images, join the shots, write.

Stages do not know each other; they are composed here. The file is hashed before and after. Passes over its frames:

1. A few frames, to find black bars around the content.
2. All frames: keypoints, camera motion and shots. The decoded frames are kept if the clip is short.
3. Shots that are found only at the end of pass 2, or that have bars of their own: the same again.
4. If people are missed in some frames: a search where they should be, or passes in which they are followed. If people
   are small: their second detection.
5. If a video is written: drawing.
6. If plots or a report are written: the images in them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kasf_demo import tracking
from kasf_demo.camera.describe import camera_line, camera_warning
from kasf_demo.camera.estimate import inset_warning
from kasf_demo.detect import feet
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError
from kasf_demo.options import Options, from_mapping, path_from
from kasf_demo.passes.first_pass import FirstPass, first_pass, without_repeats
from kasf_demo.passes.people import follow_people
from kasf_demo.passes.shot_contents import ShotContents
from kasf_demo.passes.write import write_files
from kasf_demo.progress import DETECTING, Notes, Progress, Quiet
from kasf_demo.reconstruct.clip import join_shots
from kasf_demo.reconstruct.person import height_of
from kasf_demo.reconstruct.repeats import fill_repeats
from kasf_demo.reconstruct.shot import ShotBodies, TrackedShot, shot_bodies, slow_motion_warning
from kasf_demo.results.messages import result_lines
from kasf_demo.results.network_record import AGGREGATE_WARNING, aggregate_unused
from kasf_demo.results.outputs import Outputs, check_clip, check_keypoints, plan_outputs, refuse_nowhere
from kasf_demo.results.report import ReportSources, build_report
from kasf_demo.results.shots import Other, shots_warning
from kasf_demo.timing.real_time import RealTime, real_time
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.result import Provenance, Result
from kasf_demo.video.describe import video_lines
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.scan_content import content_of
from kasf_demo.video.source import fingerprint

KEEP_BYTES = 320 * 2**20  # of decoded frames between the passes: 8 s of 720p, 18 s of 480p
MIN_RATE_HZ = 15.0  # below it the 27 frames that the lifting network sees span more motion than any training clip


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
    clip, notes = path_from(clip, "clip"), Notes(progress or Quiet())
    outputs = _planned(clip, None if out is None else path_from(out, "out"), options)
    plotted = outputs is not None and bool(outputs.plots or outputs.report)
    with contextlib.ExitStack() as stack:
        if engine is None:
            engine = stack.enter_context(Engine(options, notes.progress))
        source = fingerprint(clip)
        reader = open_clip(clip, options, keep=plotted or (outputs is not None and outputs.video is not None))
        engine.prepare_behind()  # a clip that cannot be opened costs no network
        seen = detect_people(reader, engine, options, notes)
        damaged, damaged_packets, truncated = seen.damaged, reader.damaged_packets, reader.truncated
        clock = find_real_time(seen, reader.info, options, notes)
        seen = without_repeats(seen, clock.distinct, clock.lost)
        followed = follow_people(seen, reader, clock, engine.kept_detector, options, notes, engine.open_crops)
        samples = seen.samples
        del seen  # the detections of a long clip are most of what is in memory
        keep_unsmoothed = plotted and options.smooth != "none"
        shots = [
            fill_repeats(
                shot_bodies(
                    tracked,
                    reader.info,
                    options,
                    engine.lifter,
                    engine.lifter_weights.limb_ratio,
                    keep_rough=keep_unsmoothed,
                    detector=str(engine.detector_record["name"]),
                ),
                clock.distinct[tracked.shot.frames],
                clock.times_s[tracked.shot.frames],
            )
            for tracked in _drained(followed.shots)
        ]
        _report_cameras(shots, followed.others, clock, notes)
        if aggregate_unused(engine.lifter, _with_people(shots)[0].camera.source):
            notes.warn(AGGREGATE_WARNING)
        if fingerprint(clip) != source:
            raise InputError("the file changed while it was read", "wait until it is complete and run again", path=clip)
        provenance = provenance_of(source, truncated, engine, options)
        whole = join_shots(shots, reader.info, clock.times_s, clock.media_s, provenance, notes.warnings)
        for text in result_lines(whole.standing, options):
            notes.say(text)
        sources = ReportSources(
            options=options,
            engine=engine,
            shots=shots,
            others=followed.others,
            second_look=followed.second_look,
            turned=followed.turned,
            clock=clock,
            source=source,
            damaged=damaged,
            damaged_packets=damaged_packets,
            truncated=truncated,
            feet_from=followed.feet_from,
            samples=samples,
        )
        if outputs is None:
            whole.result.report = build_report(whole.result, sources)
        else:
            write_files(outputs, whole, sources, reader, _camera_caption(shots), notes)
        return whole.result


def _planned(clip: Path, out: Path | None, options: Options) -> Outputs | None:
    """The files to write, None without `out`. Whatever can be found wrong before models are loaded is raised here."""
    if out is None:
        refuse_nowhere(options)
    check_clip(clip)
    check_keypoints(options.keypoints)
    tracking.parse_spec(options.athlete)
    outputs = None if out is None else plan_outputs(clip, out, options)
    if outputs is not None and outputs.video is not None:
        find_ffmpeg()  # a missing encoder should not show only after minutes of detection
    return outputs


def open_clip(clip: Path, options: Options, *, keep: bool) -> VideoReader:
    """The clip, with the bars around its content. keep: frames will be wanted again."""
    reader = VideoReader(
        clip,
        start_s=options.start_s,
        end_s=options.end_s,
        stream=options.stream,
        fps=options.fps,
        keep_bytes=KEEP_BYTES if keep else 0,
        deinterlace=options.deinterlace and options.keypoints is None,  # a keypoints file counts stored frames
    )
    reader.info = replace(reader.info, bars_around=content_of(reader))
    return reader


def detect_people(reader: VideoReader, engine: Engine, options: Options, notes: Notes) -> FirstPass:
    """First pass: the shots, and of every frame its people, time, damage and background motion."""
    feet.asks_network(options.feet)  # refuses before detection what the next pass cannot do
    info = reader.info
    for line in video_lines(info):
        notes.say(line)
    engine.find_weights()
    contents = ShotContents(reader, engine.detector(info))
    detector = contents.detector_within(info.bars_around)
    engine.prepare()
    if cost := engine.lifter.cost_line(info.declared_frames or 1):
        notes.say(cost)
    seen = first_pass(
        reader,
        detector,
        float(info.fps),
        find_shots=options.shots == "auto",
        area=info.bars_around,
        contents=contents,
        watch=lambda found: notes.track(found, DETECTING, reader.expected_frames),
    )
    engine.clip_done()
    notes.warn(*reader.warnings, *engine.warnings, *detector.warnings)
    if options.strict and (reader.truncated or reader.damaged_packets or seen.damaged.any()):
        raise InputError(
            "the clip is damaged or truncated", "drop --strict to use what can be decoded", path=reader.path
        )
    return seen


def find_real_time(seen: FirstPass, info: VideoInfo, options: Options, notes: Notes) -> RealTime:
    """Real time, and which frames show a new image. Reports slow motion and repeated images, if there are any."""
    shots, detections = [s.shot for s in seen.shots], [s.detections for s in seen.shots]
    clock = real_time(seen.times_s, seen.changes, shots, detections, info.capture, float(info.fps), options)
    for line in clock.notes:
        notes.say(line)
    notes.warn(*clock.warnings)
    if clock.images_per_s < MIN_RATE_HZ:
        notes.warn(
            f"{clock.images_per_s:.3g} frames/s: the lifting network was trained on 24 to 60; joints may be unreliable"
        )
    return clock


def provenance_of(source: tuple[int, int, str], truncated: bool, engine: Engine, options: Options) -> Provenance:
    """source: size, time of modification and SHA-256 of the clip."""
    detector, weights = engine.detector_record["name"], engine.detector_record["weights"]
    return Provenance(
        source[0],
        source[2],
        truncated,
        str(detector),
        None if weights is None else str(weights),
        engine.lifter_name,
        height_of(options),
        options.height_m is not None,
    )


def _drained(shots: list[TrackedShot]) -> Iterator[TrackedShot]:
    """The shots; each is taken out of the list, so that its tracks are freed once it is done."""
    while shots:
        yield shots.pop(0)


def _with_people(shots: Sequence[ShotBodies]) -> Sequence[ShotBodies]:
    """The shots that contain a person of the result; the first shot if there is none."""
    return [s for s in shots if s.people] or shots[:1]


def _camera_caption(shots: Sequence[ShotBodies]) -> str:
    """The line on the first camera of which something was estimated, for the captions of plots; else empty."""
    lines = (camera_line(s.camera, s.camera_motion, s.orientation) for s in _with_people(shots))
    return next((line for line in lines if line), "")


def _report_cameras(
    shots: Sequence[ShotBodies], others: Sequence[Sequence[Other]], clock: RealTime, notes: Notes
) -> None:
    """Reports the shots, the camera of each shot that contains a person of the result, and likely slow motion."""
    if text := shots_warning(shots, others, clock.media_s):
        notes.warn(text)
    for s in _with_people(shots):
        where = f"shot {shots.index(s) + 1}: " if len(shots) > 1 else ""
        if doubt := camera_warning(s.camera_motion):
            notes.warn(where + doubt)
        if s.orientation.conflict:
            notes.warn(where + s.orientation.conflict)
        if s.insets:
            notes.warn(where + inset_warning(s.insets))
        if line := camera_line(s.camera, s.camera_motion, s.orientation):
            notes.say(where + line)
    if clock.source == "none" and clock.distinct.all():
        notes.warn(*(text for s in shots if (text := slow_motion_warning(s))))
