"""`kasf-demo views`: the story of a session, top to bottom: lift each clip, find clocks and cameras, measure the people
from all views, write."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kasf_demo import tracking
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError, UsageError, printable
from kasf_demo.files.atomic import check_target, same_file
from kasf_demo.multiview.check import check_people, check_session
from kasf_demo.multiview.known_cameras import solve_known
from kasf_demo.multiview.rates import ClockRate
from kasf_demo.multiview.seen import SeenView
from kasf_demo.multiview.solve import SolvedSession, solve
from kasf_demo.options import Options
from kasf_demo.passes.write import write_files
from kasf_demo.pipeline import provenance_of
from kasf_demo.progress import Notes
from kasf_demo.reconstruct.clip import join_shots
from kasf_demo.reconstruct.person import height_of
from kasf_demo.reconstruct.repeats import fill_repeats
from kasf_demo.results.messages import result_lines
from kasf_demo.results.outputs import check_clip, check_keypoints, plan_outputs
from kasf_demo.results.report import ReportSources
from kasf_demo.types.result import Result
from kasf_demo.video.ffmpeg import find_ffmpeg
from kasf_demo.video.source import fingerprint
from kasf_demo.views.bodies import session_bodies
from kasf_demo.views.calibration_file import KnownCameras, read_cameras
from kasf_demo.views.files import SessionFiles, session_path
from kasf_demo.views.heard import heard_line, heard_offsets
from kasf_demo.views.lifted import LiftedView, lift_view

MIN_VIEWS, MAX_VIEWS = 2, 8


@dataclass(frozen=True)
class SessionOptions:
    """athletes: --athlete by view, `auto` for the rest. offsets_s: of the second and later clips against the first, if
    they are given. keypoints: a file for each clip instead of a detector. calibration: of the
    cameras, if they are known. fov_deg: of all cameras, or of each."""

    athletes: Sequence[str] = ()
    offsets_s: Sequence[float] | None = None
    keypoints: Sequence[Path] = ()
    calibration: Path | None = None
    fov_deg: Sequence[float] = ()

    def fov(self, view: int) -> float | None:
        """The field of view that was given for a view."""
        return None if not self.fov_deg else self.fov_deg[view if len(self.fov_deg) > 1 else 0]

    def athlete(self, view: int) -> str:
        """What was asked for in a view."""
        return self.athletes[view] if view < len(self.athletes) else "auto"


def measure_views(clips: Sequence[Path], out: Path, options: Options, asked: SessionOptions, notes: Notes) -> Result:
    """Measures the people of the first clip from all clips, and writes the files of a single clip, with all views in
    the video, and NAME.session.npz. Raises KasfError; InputError if the cameras are not certain."""
    _check(clips, asked)
    outputs = plan_outputs(clips[0], out, options)
    for path in clips[1:]:
        if any(same_file(o, path) for o in outputs.all()):
            raise UsageError("the output would replace an input", "choose another name for --out", path=path)
    check_target(session_path(out), options.overwrite)
    if asked.calibration is not None:
        read_cameras(asked.calibration, len(clips))
        if same_file(session_path(out), asked.calibration):
            raise UsageError(
                "the output would replace an input", "choose another name for --out", path=session_path(out)
            )
    find_ffmpeg()
    with contextlib.ExitStack() as stack:
        files: Sequence[Path | None] = asked.keypoints or [None]
        engines = [stack.enter_context(Engine(replace(options, keypoints=f), notes.progress)) for f in files]
        everybody = replace(options, athlete="all", export=tuple(e for e in options.export if e != "feet"))
        lifted = []
        for number, clip in enumerate(clips):
            notes.say(f"view {number + 1}: {printable(clip.name)}")
            engine = engines[number % len(engines)]
            file = asked.keypoints[number] if asked.keypoints else None
            own = replace(everybody, keypoints=file, fov_deg=asked.fov(number))
            lifted.append(lift_view(clip, own, asked.athlete(number), engine, notes, keep=False))
        return _measured(lifted, engines[0], out, options, asked, notes)


def _check(clips: Sequence[Path], asked: SessionOptions) -> None:
    if not MIN_VIEWS <= len(clips) <= MAX_VIEWS:
        raise UsageError(
            f"{len(clips)} clip{'s' * (len(clips) != 1)}", f"give {MIN_VIEWS} to {MAX_VIEWS}, one of each camera"
        )
    for number, clip in enumerate(clips):
        check_clip(clip)
        if any(same_file(clip, other) for other in clips[:number]):
            raise UsageError("the clip is given twice", "give one clip of each camera", path=clip)
    if len(asked.athletes) > len(clips):
        raise UsageError("more --athlete than clips", "give one for each clip, in their order")
    for spec in asked.athletes:
        tracking.parse_spec(spec)
        if spec == "all":
            raise UsageError("--athlete all is not for views", "name one person in each view, or leave it out")
        if tracking.parse_spec(spec).time_s is not None:
            raise UsageError("--athlete X,Y@T is not for views", "give X,Y where the athlete is at the start")
    if asked.keypoints and len(asked.keypoints) != len(clips):
        raise UsageError(f"{len(asked.keypoints)} --keypoints for {len(clips)} clips", "give one for each clip")
    for path in asked.keypoints:
        check_keypoints(path)
    if len(asked.fov_deg) > 1 and len(asked.fov_deg) != len(clips):
        raise UsageError(f"{len(asked.fov_deg)} --fov for {len(clips)} clips", "give one for all, or one for each")
    if any(not 1 <= deg <= 170 for deg in asked.fov_deg):
        raise UsageError("--fov must be between 1 and 170", "give degrees along the longer side")
    if asked.offsets_s is not None and len(asked.offsets_s) != len(clips) - 1:
        what = f"{len(asked.offsets_s)} --sync-offset for {len(clips)} clips"
        raise UsageError(what, "give one for each clip after the first")


def _measured(
    lifted: Sequence[LiftedView], engine: Engine, out: Path, options: Options, asked: SessionOptions, notes: Notes
) -> Result:
    first, height_m = lifted[0], height_of(options)
    views = [v.seen for v in lifted]
    known = None if asked.calibration is None else read_cameras(asked.calibration, len(views))
    if known is not None:
        views = with_known_lenses(views, known)
    notes.say("looking for the cameras")
    check_people(views)
    wanted = [v.athlete for v in lifted]
    heard = heard_offsets(lifted)
    if known is None:
        sure = [None if h is None or not h.sure else h.offset_s for h in heard]
        session = solve(views, height_m, wanted=wanted, offsets_s=asked.offsets_s, heard_s=sure)
    else:
        session = solve_known(views, known.cameras, wanted=wanted, offsets_s=asked.offsets_s)
    check_session(views, session, offset_given=asked.offsets_s is not None, cameras_given=known is not None)
    found = session.calibration
    assert found is not None
    athlete = _athlete(first, session)
    for line in session_lines(lifted, session, cameras_given=known is not None):
        notes.say(line)
    for c, opinion in enumerate(heard):
        if opinion is not None and opinion.sure and session.rates[c].slowed == 1:
            notes.say(heard_line(c, opinion, float(found.offsets_s[c])))
    people = session_bodies(lifted, session.views, found, [athlete], options)
    if fingerprint(first.reader.path) != first.source:
        raise InputError("the file changed while it was read", "wait until it is complete", path=first.reader.path)
    clock, rows = first.clock, first.tracked.shot.frames
    shots = [fill_repeats(people.shot, clock.distinct[rows], clock.times_s[rows])]
    provenance = provenance_of(first.source, first.reader.truncated, engine, options)
    whole = join_shots(shots, first.reader.info, clock.times_s, clock.media_s, provenance, notes.warnings)
    for text in result_lines(whole.standing, options):
        notes.say(text)
    others = [[o for o in rest if o.id != athlete] for rest in first.followed.others]
    sources = ReportSources(
        options=options, engine=engine, shots=shots, others=others, second_look=first.followed.second_look,
        clock=clock, source=first.source, damaged=first.first.damaged, damaged_packets=first.reader.damaged_packets,
        truncated=first.reader.truncated, feet_from=first.followed.feet_from, samples=first.first.samples,
    )  # fmt: skip
    own = SessionFiles(
        out, whole, people, lifted, session, options, notes, asked.offsets_s is not None, known is not None, heard
    )
    outputs = plan_outputs(first.reader.path, out, options)
    write_files(outputs, whole, sources, first.reader, "", notes, own)
    return whole.result


def with_known_lenses(views: Sequence[SeenView], known: KnownCameras) -> list[SeenView]:
    """The views with the intrinsics of known cameras, and keypoints as lenses without distortion show them."""
    out = []
    for c, view in enumerate(views):
        people = tuple(replace(p, xy=known.undistorted(c, p.xy)) for p in view.people)
        out.append(replace(view, intrinsics=known.cameras.intrinsics[c], log_focal=0.0, people=people))
    return out


def _athlete(first: LiftedView, session: SolvedSession) -> int:
    """The id, in the first view, of the person to measure: the one asked for, else the first that others see too."""
    found = session.calibration
    assert found is not None
    seen = [m[0].id for m in found.matches if m[0] is not None]
    if first.athlete is not None:
        if first.athlete not in seen:
            what = f"person {first.athlete} is not seen by another view"
            raise InputError(what, "choose somebody else with --athlete", path=first.reader.path)
        return first.athlete
    order = [t.id for t in first.tracked.tracks]
    return min(seen, key=order.index)


def rate_lines(view: int, rate: ClockRate) -> list[str]:
    """What is said of a clock that runs at another rate."""
    out = []
    if rate.slowed != 1:
        out.append(f"view {view + 1} plays {rate.slowed:g} times slower than view 1: it is taken for slow motion")
    if rate.drifts:
        out.append(f"view {view + 1}: its clock is {100 * rate.drift:+.2f} % fast (within {200 * rate.sigma:.2f} %)")
    return out


def session_lines(lifted: Sequence[LiftedView], session: SolvedSession, *, cameras_given: bool) -> list[str]:
    """What was found, for the console."""
    found = session.calibration
    assert found is not None
    lines = []
    for c in range(1, len(lifted)):
        sigma = float(np.hypot(found.sigma_deg[c], found.spread_deg[c]))
        way = "direction given" if cameras_given else f"direction within {sigma:.1f} degrees"
        lines.append(
            f"view {c + 1}: {found.angle_deg[0, c]:.0f} degrees around the athlete from view 1, {way};"
            f" its clock is {1000 * found.offsets_s[c]:+.0f} ms"
            f" (within {2000 * found.offset_sigma_s[c]:.0f} ms); keypoints {found.residual_mm[c]:.0f} mm off"
        )
        lines += rate_lines(c, session.rates[c])
    return lines
