"""One shot analysed: from the tracks that were chosen in it to people in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kasf_demo import kinematics
from kasf_demo.camera import FrameLines, Link, inset_of
from kasf_demo.camera.estimate import estimate_camera
from kasf_demo.camera.orientation import Evidence, combine
from kasf_demo.camera.vanishing import from_lines
from kasf_demo.kinematics.slow_motion import find_slow_motion
from kasf_demo.lift.lifter import Lifter
from kasf_demo.options import Options
from kasf_demo.reconstruct.feet import fit_feet
from kasf_demo.reconstruct.limb_hypotheses import LimbJudge
from kasf_demo.reconstruct.orientation import find_orientation, from_pan
from kasf_demo.reconstruct.person import (
    Placed,
    as_seen,
    before_smoothing,
    height_of,
    keypoints_of_body,
    place,
    settle,
    stand,
    stand_feet,
)
from kasf_demo.reconstruct.uncertainty import with_angle_sigma, with_sigma
from kasf_demo.shots import Shot
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion, Floor, Orientation
from kasf_demo.types.cards import Sport
from kasf_demo.types.clip import ContentArea, VideoInfo
from kasf_demo.types.motion import Angles, Motion
from kasf_demo.types.people import Person, Track


@dataclass(frozen=True)
class TrackedShot:
    """A shot before its people are lifted: the tracks chosen in it, with a row for each of its D frames with a new
    image.

    times_s (D,) real seconds; fps: their mean rate. links: between the backgrounds of its frames. insets (N, 4): boxes,
    px, of other videos shown in the frame, for whose people camera motion is not compensated. content: the part of the
    frames that shows video, if there are bars. lines: segments of the background in some frames.
    """

    shot: Shot
    tracks: Sequence[Track]
    times_s: FloatArray
    fps: float
    links: Sequence[Link]
    insets: FloatArray
    content: ContentArea | None = None
    lines: Sequence[FrameLines] = ()


# people are lifted again if they show that the camera rolls by so much more than was known before
ROUNDS, AGAIN_DEG = 2, 5.0


@dataclass(frozen=True)
class ShotBodies:
    """A shot of n frames with its own camera, orientation and people; all arrays have n rows.

    people: in world axes; seen: the same in the axes asked for (--axes). rough: angles before smoothing by person, if
    asked for. content: the part of the frames that shows video, if there are bars.
    insets: by person who is in an inset of the frame, the box of it, x0, y0, x1, y1 px.
    """

    shot: Shot
    camera: Camera
    camera_motion: CameraMotion
    orientation: Orientation
    people: list[Person]
    seen: list[Person]
    floors: list[Floor]
    motion: list[Motion]
    rough: dict[int, Angles] = field(default_factory=dict)
    insets: dict[int, tuple[int, ...]] = field(default_factory=dict)
    content: ContentArea | None = None

    def motion_for(self, person: int) -> CameraMotion:
        """The motion of the camera that was undone for a person."""
        return CameraMotion.none(len(self.shot)) if person in self.insets else self.camera_motion


@dataclass(frozen=True)
class _Scene:
    """A shot with its camera. own_moves: by person, the motion of the camera that is undone for them; inside: by person
    who is in an inset of the frame, its number."""

    tracked: TrackedShot
    camera: Camera
    moves: CameraMotion
    own_moves: dict[int, CameraMotion]
    inside: dict[int, int]


@dataclass(frozen=True)
class _Solved:
    """People as lifted and as placed by the body fit; the camera's orientation with them, and what was known of it
    before, by person (None in an inset)."""

    lifted: list[Placed]
    placed: list[Placed]
    orientation: Orientation
    before: dict[int, Orientation | None]


def shot_bodies(
    tracked: TrackedShot,
    info: VideoInfo,
    options: Options,
    lifter: Lifter,
    limb_ratio: float,
    *,
    keep_rough: bool = False,
    detector: str = "",
) -> ShotBodies:
    """Places the people of a shot in the world; info: of the clip. keep_rough: keep the angles before smoothing.
    detector: its name, for the stated uncertainty.

    The people are lifted, and lifted again if they show that the camera rolls."""
    info = replace(info, bars_around=tracked.content)
    fps, scene = tracked.fps, _scene_of(tracked, info, options)
    seen = _shown_by_image(scene, info.content)
    orientation = combine(seen, _given(options))
    judge = LimbJudge(options, lifter, limb_ratio, scene.camera, tracked.times_s, fps, info.content)
    tracks = [
        judge.judged(t, scene.own_moves[t.id], None if t.id in scene.inside else orientation) for t in tracked.tracks
    ]
    for _ in range(ROUNDS):
        before = {t.id: None if t.id in scene.inside else orientation for t in tracks}
        lifted = [
            place(
                t, options, lifter, limb_ratio, scene.camera, scene.own_moves[t.id], fps,
                before=before[t.id], keep_rough=keep_rough, area=info.content,
            )
            for t in tracks
        ]  # fmt: skip
        solved = _settled(scene, options, seen, lifted, orientation, before)
        known, orientation = orientation, solved.orientation
        if abs(orientation.roll.deg - known.roll.deg) < AGAIN_DEG:
            break
    return _measured(scene, options, solved, keep_rough, detector)


def _scene_of(tracked: TrackedShot, info: VideoInfo, options: Options) -> _Scene:
    frames = len(tracked.times_s)
    camera, moves = estimate_camera(info, tracked.links, frames, options)
    inside = {t.id: inset for t in tracked.tracks if (inset := inset_of(t.box, tracked.insets)) is not None}
    own_moves = {t.id: CameraMotion.none(frames) if t.id in inside else moves for t in tracked.tracks}
    return _Scene(tracked, camera, moves, own_moves, inside)


def _given(options: Options) -> dict[str, float | None]:
    return {"tilt": options.tilt_deg, "roll": options.roll_deg}


def _settled(
    scene: _Scene,
    options: Options,
    seen: list[Evidence],
    lifted: list[Placed],
    orientation: Orientation,
    before: dict[int, Orientation | None],
) -> _Solved:
    """The body fit of people who were lifted with `orientation`, and the orientation that they show."""
    times_s, fps = scene.tracked.times_s, scene.tracked.fps
    placed = [settle(p, options, scene.camera, scene.own_moves[p.id], fps, before=before[p.id]) for p in lifted]
    poses = [(p.xyz, p.coco.valid) for p in placed if p.id not in scene.inside]
    found = find_orientation(seen, scene.moves, poses, times_s, fps, _given(options), orientation)
    return _Solved(lifted, placed, found, before)


def _measured(scene: _Scene, options: Options, solved: _Solved, keep_rough: bool, detector: str) -> ShotBodies:
    """The people on the floor, with angles and uncertainties."""
    tracked, orientation, own_moves = scene.tracked, solved.orientation, scene.own_moves
    times_s, fps = tracked.times_s, tracked.fps
    believed = [
        _stand_believed(a, b, options, scene.camera, own_moves[b.id], orientation, solved.before[b.id], times_s, fps)
        for a, b in zip(solved.lifted, solved.placed, strict=True)
    ]
    placed = [p for p, _, _ in believed]
    stated = [
        with_sigma(person, before_fit, after, scene.camera, own_moves[person.id], fps, detector)
        for before_fit, (after, person, _) in zip(solved.lifted, believed, strict=True)
    ]
    people = [p for p, _ in stated]
    own = people
    if options.axes == "camera":
        own = [as_seen(p, own_moves[p.id], times_s, person.pose) for p, person in zip(placed, people, strict=True)]
    rough = {}
    if keep_rough:
        rough = {p.id: kinematics.measure_angles(before_smoothing(p, orientation, times_s)) for p in placed}
    return ShotBodies(
        tracked.shot,
        scene.camera,
        scene.moves,
        orientation,
        people,
        own,
        [floor for _, _, floor in believed],
        [_motion(p, side, orientation, own_moves[p.id], options.sport) for p, side in stated],
        rough,
        {i: tuple(round(float(v)) for v in tracked.insets[inset]) for i, inset in scene.inside.items()},
        tracked.content,
    )


def _motion(
    person: Person, side: FloatArray, orientation: Orientation, moves: CameraMotion, sport: Sport | None
) -> Motion:
    """What is measured of a person; side (T,): see uncertainty.Clues; moves: the motion of the camera that is undone
    for them."""
    measured = kinematics.measure(person.pose, jumps=False, sport=sport)
    motion = with_angle_sigma(measured, person.pose, side, orientation)
    carried = np.zeros(len(person.pose), bool) if moves.kind == "moves" else moves.reliable | (moves.kind == "unknown")
    return kinematics.with_jumps(motion, person.pose, carried)


def _stand_believed(
    lifted: Placed,
    placed: Placed,
    options: Options,
    camera: Camera,
    motion: CameraMotion,
    orientation: Orientation,
    before: Orientation | None,
    times_s: FloatArray,
    fps: float,
) -> tuple[Placed, Person, Floor]:
    """The person on the floor. If joints are doubtful, the body is fitted again without their keypoints."""
    person, floor = stand(placed, options, orientation, times_s, fps, motion)
    doubtful = person.pose.in_doubt
    if options.refine and doubtful.any():
        placed = settle(lifted, options, camera, motion, fps, before=before, untrusted=doubtful)
        placed = keypoints_of_body(placed, doubtful, camera, motion)
        person, floor = stand(placed, options, orientation, times_s, fps, motion, doubtful=doubtful)
    feet = fit_feet(
        placed.xyz, placed.coco, camera, motion, orientation, floor,
        height_m=height_of(options), fps=fps, untrusted=doubtful,
    )  # fmt: skip
    return replace(placed, feet=feet), *stand_feet(person, feet, orientation, floor, options, fps)


def _shown_by_image(scene: _Scene, area: ContentArea) -> list[Evidence]:
    """The camera's orientation, estimated from the background."""
    lines = from_lines(scene.tracked.lines, scene.camera, scene.moves, max(area.width, area.height))
    pan = from_pan(scene.moves, lens_known=scene.camera.source != "assumed")
    return [e for e in (lines, pan) if e is not None]


def slow_motion_warning(bodies: ShotBodies) -> str | None:
    """A line on the first person of a shot who moves as in slow motion."""
    for person in bodies.people:
        found = find_slow_motion(person.pose, heights_known=bodies.motion_for(person.id).kind != "moves")
        if found is not None:
            return found.warning(person.id)
    return None
