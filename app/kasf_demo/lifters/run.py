"""`kasf-demo lifters`: one clip through several lifting networks, and the files that compare them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kasf_demo import weights
from kasf_demo.engine import Engine
from kasf_demo.errors import UsageError, printable
from kasf_demo.evaluate.ground_truth import Truth, load_truth
from kasf_demo.files.atomic import check_target, same_file
from kasf_demo.files.output_set import OutputSet
from kasf_demo.lifters.draw import draw_lifters
from kasf_demo.lifters.measure import LiftedClip, MeasuredClip, measure_clip
from kasf_demo.lifters.page import page_of_lifters
from kasf_demo.lifters.tables import markdown, write_table_csv, write_table_json
from kasf_demo.options import Options
from kasf_demo.passes.first_pass import without_repeats
from kasf_demo.passes.people import Followed, follow_people
from kasf_demo.pipeline import detect_people, find_real_time, open_clip, provenance_of
from kasf_demo.progress import Notes
from kasf_demo.reconstruct.clip import join_shots
from kasf_demo.reconstruct.repeats import fill_repeats
from kasf_demo.reconstruct.shot import shot_bodies
from kasf_demo.results.outputs import check_clip, check_keypoints
from kasf_demo.timing.real_time import RealTime
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.source import fingerprint
from kasf_demo.viewer.html import page_html

SUFFIXES = (".mp4", ".html", ".md", ".csv", ".json")


@dataclass(frozen=True)
class ComparisonFiles:
    """The files beside `--out NAME.mp4`."""

    video: Path

    def named(self, suffix: str) -> Path:
        """NAME with another ending."""
        return self.video.with_suffix(suffix)

    def check(self, inputs: Sequence[Path], overwrite: bool) -> None:
        """Raises UsageError for a name that is no .mp4 or would replace an input, OutputError for one that exists."""
        if self.video.suffix.lower() != ".mp4":
            raise UsageError("the video is an .mp4 file", f"use --out {self.video.stem}.mp4", path=self.video)
        for path in map(self.named, SUFFIXES):
            if any(same_file(path, other) for other in inputs):
                raise UsageError("the output would replace an input", "choose another name", path=path)
            check_target(path, overwrite)


def compare_lifters(
    clip: Path,
    names: Sequence[str],
    out: Path,
    options: Options,
    notes: Notes,
    *,
    truth: Path | None = None,
    threshold_m: float = 0.1,
    fitted: bool = False,
) -> tuple[list[MeasuredClip], list[Path]]:
    """Detects the people of `clip` once, lifts them with each of the networks `names` (of `weights list`, or files),
    and writes video, page and tables under the name `out`.

    truth: ground truth of the clip; joints farther than threshold_m from it are ringed. fitted: the result of the whole
    program, with the body fit, instead of the poses as lifted. Returns a row for each network and the files. Raises
    KasfError.
    """
    files, inputs = ComparisonFiles(out), [clip, *([truth] if truth else [])]
    if not names:
        raise UsageError("no lifting network is named", "give --lifter NAME, once for each")
    if len(set(names)) < len(names):
        raise UsageError("a --lifter is given twice", "give each once")
    check_clip(clip)
    check_keypoints(options.keypoints)
    files.check(inputs, options.overwrite)
    find_ffmpeg()
    known = None if truth is None else load_truth(truth)
    if not fitted:  # the networks' own poses, not the body that is fitted to them
        options = replace(options, refine=False, fusion=False, smooth="none", constant_bones=False)
    with contextlib.ExitStack() as stack:
        engines = [stack.enter_context(_engine(name, options, notes)) for name in names]
        for engine in engines:
            engine.prepare()
            notes.warn(*engine.warnings)
        reader = open_clip(clip, options, keep=True)
        seen = detect_people(reader, engines[0], options, notes)
        clock = find_real_time(seen, reader.info, options, notes)
        seen = without_repeats(seen, clock.distinct, clock.lost)
        followed = follow_people(seen, reader, clock, engines[0].kept_detector, options, notes)
        lifted = [_lifted(e, followed, clock, reader, options, notes) for e in engines]
        rows = [measure_clip(one, known) for one in lifted]
    return rows, _write(files, rows, known, reader, threshold_m, fitted, options, notes)


def _engine(name: str, options: Options, notes: Notes) -> Engine:
    """For one network; hypotheses are asked only of networks that draw them."""
    wanted = replace(options, lifter=name) if weights.find(name) else replace(options, weights=name)
    plain = replace(wanted, hypotheses=None, steps=None, seed=None, aggregate=None)
    return Engine(wanted if Engine(plain, notes.progress).draws_hypotheses else plain, notes.progress)


def _lifted(
    engine: Engine, followed: Followed, clock: RealTime, reader: VideoReader, options: Options, notes: Notes
) -> LiftedClip:
    lifter, info = engine.lifter, reader.info
    shots = [
        fill_repeats(
            shot_bodies(tracked, info, options, lifter, engine.lifter_weights.limb_ratio),
            clock.distinct[tracked.shot.frames],
            clock.times_s[tracked.shot.frames],
        )
        for tracked in followed.shots
    ]
    provenance = provenance_of(fingerprint(reader.path), reader.truncated, engine, options)
    whole = join_shots(shots, info, clock.times_s, clock.media_s, provenance, notes.warnings)
    return LiftedClip(engine.lifter_name, whole.result, whole.standing, lifter, engine.lifter_weights)


def _write(
    files: ComparisonFiles,
    rows: Sequence[MeasuredClip],
    truth: Truth | None,
    reader: VideoReader,
    threshold_m: float,
    fitted: bool,
    options: Options,
    notes: Notes,
) -> list[Path]:
    paths = [files.named(suffix) for suffix in SUFFIXES]
    what = "after the body fit" if fitted else "as lifted, without the body fit"
    with OutputSet(overwrite=options.overwrite) as made:
        small = draw_lifters(files.video, rows, reader, threshold_m, what, made, notes, overwrite=options.overwrite)
        with made.writing(files.named(".html")) as part:
            page = page_of_lifters(rows, small, f"{printable(reader.path.name)}: lifting networks, {what}")
            part.write_bytes(page_html(page).encode())
        with made.writing(files.named(".md")) as part:
            title = f"# Lifting networks on {printable(reader.path.name)}, {what}"
            part.write_text(f"{title}\n\n{markdown(rows)}", "utf-8")
        with made.writing(files.named(".csv")) as part:
            write_table_csv(part, rows)
        with made.writing(files.named(".json")) as part:
            write_table_json(part, rows, reader.path.name, fitted, threshold_m if truth is not None else None)
        made.publish(last=files.named(".json"))
    return paths
