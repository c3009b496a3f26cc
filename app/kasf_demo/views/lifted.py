"""One view of a session: its clip detected, tracked and lifted, and what the other views need of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from kasf_demo import tracking
from kasf_demo.camera.estimate import estimate_camera
from kasf_demo.camera.orientation import Evidence, combine
from kasf_demo.camera.vanishing import from_lines
from kasf_demo.engine import Engine
from kasf_demo.errors import InputError
from kasf_demo.multiview.cameras import intrinsics_of
from kasf_demo.multiview.seen import SeenPerson, SeenView
from kasf_demo.options import Options
from kasf_demo.passes.first_pass import FirstPass, without_repeats
from kasf_demo.passes.people import Followed, follow_people
from kasf_demo.pipeline import detect_people, find_real_time, open_clip
from kasf_demo.progress import Notes
from kasf_demo.reconstruct.orientation import find_orientation
from kasf_demo.reconstruct.person import Placed, place
from kasf_demo.reconstruct.shot import TrackedShot
from kasf_demo.timing.real_time import RealTime
from kasf_demo.types.camera import Camera, CameraMotion, Orientation
from kasf_demo.types.clip import ContentArea
from kasf_demo.video.reader import VideoReader
from kasf_demo.video.source import fingerprint

ASSUMED_LENS = 0.1  # standard deviation of the logarithm of an assumed focal length: phones film with 58 to 70 degrees
ESTIMATED_LENS = 0.05
UNKNOWN_DEG = 15.0  # of the vertical, if nothing shows it
MAX_TURN_DEG = 1.5  # a camera on a tripod that was touched, or a steady hand
BORDER_SHARE = 0.008  # of the image's longer side
MIN_SECONDS = 0.8
MAX_PEOPLE = 4  # in a view, those seen best; more would be compared with each other for long


@dataclass(frozen=True)
class LiftedView:
    """A view with its people lifted. athlete: id of the one that --athlete asks for, None with `auto`. evidence: of the
    camera's orientation by the image."""

    reader: VideoReader
    first: FirstPass
    clock: RealTime
    followed: Followed
    tracked: TrackedShot
    camera: Camera
    motion: CameraMotion
    evidence: Sequence[Evidence]
    orientation: Orientation
    placed: Sequence[Placed]
    athlete: int | None
    source: tuple[int, int, str]

    def _long(self, placed: Placed) -> bool:
        """Whether somebody is seen long enough to be compared, or was asked for."""
        return placed.id == self.athlete or int(placed.coco.valid.sum()) >= MIN_SECONDS * self.tracked.fps

    @property
    def seen(self) -> SeenView:
        """What the calibration takes."""
        o, camera = self.orientation, self.camera
        given_or_not = [1.0 if a.source == "given" else UNKNOWN_DEG for a in (o.tilt, o.roll)]
        known = [a.sigma_deg or other for a, other in zip((o.tilt, o.roll), given_or_not, strict=True)]
        sigma = np.radians(np.hypot(known[0], known[1]))
        lens = {"given": 0.0, "estimated": ESTIMATED_LENS, "assumed": ASSUMED_LENS}[camera.source]
        return SeenView(
            str(self.reader.path), intrinsics_of(camera.focal_px, camera.cx_px, camera.cy_px), lens,
            -o.level[1], float(sigma / np.sqrt(2)), np.asarray(self.tracked.times_s, float),
            tuple(_seen(p, self.reader.info.content) for p in self.placed if self._long(p)),
        )  # fmt: skip


def lift_view(clip: Path, options: Options, athlete: str, engine: Engine, notes: Notes, *, keep: bool) -> LiftedView:
    """Detects and lifts everybody in `clip`. Raises InputError for a camera that moves, a clip with cuts, and no
    people. keep: its frames will be wanted again."""
    source = fingerprint(clip)
    reader = open_clip(clip, options, keep=keep)
    first = detect_people(reader, engine, options, notes)
    clock = find_real_time(first, reader.info, options, notes)
    first = without_repeats(first, clock.distinct, clock.lost)
    if len(first.shots) != 1:
        raise InputError("the clip has cuts", "give one take of each camera, with --start and --end", path=clip)
    followed = follow_people(first, reader, clock, engine.kept_detector, options, notes, engine.open_crops)
    tracked = followed.shots[0]
    info = replace(reader.info, bars_around=tracked.content)
    camera, motion = estimate_camera(info, tracked.links, len(tracked.times_s), options)
    _check_static(motion, clip)
    if not tracked.tracks:
        raise InputError("no person was found in this view", "leave the view out, or try --quality best", path=clip)
    wanted = None
    if athlete != "auto":
        wanted = next(iter(tracking.choose(list(tracked.tracks), athlete, info.width, info.height))).id
    best = [t for t in tracked.tracks if t.id == wanted] + [t for t in tracked.tracks if t.id != wanted]
    tracked = replace(tracked, tracks=best[:MAX_PEOPLE])
    still = CameraMotion.none(len(tracked.times_s), "still" if motion.kind == "turns" else motion.kind)
    lines = from_lines(tracked.lines, camera, still, max(info.content.width, info.content.height))
    evidence = [e for e in (lines,) if e is not None]
    given = {"tilt": options.tilt_deg, "roll": options.roll_deg}
    before = combine(evidence, given)
    placed = [
        place(t, options, engine.lifter, engine.lifter_weights.limb_ratio, camera, still, tracked.fps, before=before,
              area=info.content) for t in tracked.tracks
    ]  # fmt: skip
    poses = [(p.xyz, p.coco.valid) for p in placed]
    orientation = find_orientation(evidence, still, poses, tracked.times_s, tracked.fps, given, before)
    return LiftedView(
        reader, first, clock, followed, tracked, camera, still, evidence, orientation, placed, wanted, source
    )


def _check_static(motion: CameraMotion, clip: Path) -> None:
    moved = motion.kind == "moves"
    if motion.kind == "turns":
        zoom = float(np.ptp(np.log(motion.zoom)))
        moved = motion.turned_deg > MAX_TURN_DEG or zoom > 0.02
    if moved:
        what = "the camera moves"
        raise InputError(what, "put every camera on a tripod, or lean it against something", path=clip)


def _seen(placed: Placed, area: ContentArea) -> SeenPerson:
    """Joints at the border are out of the image: detectors put them where it ends."""
    valid = placed.coco.valid
    border = BORDER_SHARE * max(area.width, area.height)
    corner = np.array([area.left, area.top]) + border, np.array([area.right, area.bottom]) - border
    inside = ((placed.h36m.xy > corner[0]) & (placed.h36m.xy < corner[1])).all(-1)
    at = valid[:, None, None]
    return SeenPerson(
        placed.id,
        np.where(at, placed.h36m.xy, np.nan),
        np.where(valid[:, None] & inside, placed.h36m.score, 0.0),
        np.where(at, placed.xyz, np.nan),
    )
