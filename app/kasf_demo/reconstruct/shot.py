"""One shot analysed: from the tracks that were chosen in it to people in metres; and the people of all shots as those
of one clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kasf_demo import kinematics
from kasf_demo.camera import FrameLines, Link, inset_of
from kasf_demo.camera.estimate import tell_camera
from kasf_demo.camera.vanishing import from_lines
from kasf_demo.kinematics.slow_motion import find_slow_motion
from kasf_demo.lift.lifter import Lifter
from kasf_demo.options import Options
from kasf_demo.reconstruct.orientation import find_orientation, from_pan
from kasf_demo.reconstruct.person import as_seen, before_smoothing, place, stand
from kasf_demo.shots import Shot, spread
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion, Floor, Orientation
from kasf_demo.types.clip import ContentArea, VideoInfo
from kasf_demo.types.motion import Angles, Motion
from kasf_demo.types.people import Keypoints2D, Person, Pose3D, Track


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


def shot_bodies(
    shot: Shot,
    links: Sequence[Link],
    tracks: Sequence[Track],
    times_s: FloatArray,
    fps: float,
    info: VideoInfo,
    options: Options,
    lifter: Lifter,
    limb_ratio: float,
    *,
    keep_rough: bool = False,
    insets: FloatArray | None = None,
    lines: Sequence[FrameLines] = (),
) -> ShotBodies:
    """Places the people of `tracks` (n rows) in the world; times_s (n,), fps and links are those of the shot. insets
    (N, 4) px: camera motion is not compensated for people who stay in one of them. lines: of some frames."""
    camera, moves = tell_camera(info, links, len(times_s), options)
    boxes = np.zeros((0, 4)) if insets is None else insets
    inside = {t.id: inset for t in tracks if (inset := inset_of(t.box, boxes)) is not None}
    own_moves = {t.id: CameraMotion.none(len(times_s)) if t.id in inside else moves for t in tracks}
    placed = [
        place(t, options, lifter, limb_ratio, camera, own_moves[t.id], fps, keep_rough=keep_rough) for t in tracks
    ]
    area = info.content
    seen = [from_lines(lines, camera, moves, max(area.width, area.height)),
            from_pan(moves, lens_known=camera.source != "assumed")]  # fmt: skip
    orientation = find_orientation(
        [e for e in seen if e is not None], moves, [(p.xyz, p.coco.valid) for p in placed if p.id not in inside],
        times_s, fps, tilt_deg=options.tilt_deg, roll_deg=options.roll_deg,
    )  # fmt: skip
    stood = [stand(p, options, orientation, times_s, fps, own_moves[p.id]) for p in placed]
    people = [person for person, _ in stood]
    own = people
    if options.axes == "camera":
        own = [
            as_seen(p, own_moves[p.id], times_s, person.pose.doubtful) for p, person in zip(placed, people, strict=True)
        ]
    rough = (
        {p.id: kinematics.measure_angles(before_smoothing(p, orientation, times_s)) for p in placed}
        if keep_rough
        else {}
    )
    measured = [kinematics.measure(person.pose) for person in people]
    return ShotBodies(
        shot,
        camera,
        moves,
        orientation,
        people,
        own,
        [floor for _, floor in stood],
        measured,
        rough,
        {i: tuple(round(float(v)) for v in boxes[inset]) for i, inset in inside.items()},
        info.bars_around,
    )


def slow_motion_warning(bodies: ShotBodies) -> str | None:
    """A line on the first person of a shot who moves as in slow motion."""
    for person in bodies.people:
        found = find_slow_motion(person.pose, heights_known=bodies.motion_for(person.id).kind != "moves")
        if found is not None:
            return found.warning(person.id)
    return None


def spread_person(person: Person, shot: Shot, times_s: FloatArray) -> Person:
    """The person with a row for each frame of the clip; rows outside the shot are not valid. times_s (T,) of the
    clip."""
    if len(shot) == len(times_s):
        return person
    pose, t = person.pose, len(times_s)
    valid, filled = spread(pose.valid, shot, t, False), spread(pose.interpolated, shot, t, False)
    doubtful = spread(pose.in_doubt, shot, t, False)
    poses = Pose3D(
        spread(pose.xyz, shot, t),
        spread(pose.score, shot, t, 0),
        valid,
        filled,
        times_s,
        pose.axes,
        pose.unit,
        doubtful,
    )
    return Person(person.id, _spread_keypoints(person.coco, shot, t), _spread_keypoints(person.h36m, shot, t), poses)


def _spread_keypoints(k: Keypoints2D, shot: Shot, frames: int) -> Keypoints2D:
    valid, filled = spread(k.valid, shot, frames, False), spread(k.interpolated, shot, frames, False)
    return Keypoints2D(spread(k.xy, shot, frames), spread(k.score, shot, frames, 0), valid, filled, k.skeleton)


def spread_angles(angles: Angles, shot: Shot, times_s: FloatArray) -> Angles:
    """Angles and speeds with a row for each frame of the clip, NaN outside the shot."""
    t = len(times_s)
    if len(shot) == t:
        return angles
    return Angles(
        times_s,
        spread(angles.deg, shot, t),
        spread(angles.deg_per_s, shot, t),
        spread(angles.doubtful, shot, t, False),
        spread(angles.m_per_s, shot, t),
        spread(angles.doubtful_points, shot, t, False),
    )


def spread_motion(motion: Motion, shot: Shot, times_s: FloatArray) -> Motion:
    """A motion with a row for each frame of the clip."""
    return motion if len(shot) == len(times_s) else replace(motion, angles=spread_angles(motion.angles, shot, times_s))


def join_cameras(shots: Sequence[ShotBodies], main: ShotBodies | None, frames: int) -> CameraMotion:
    """The motions of the cameras of all shots as one of `frames` frames, of the kind of `main`: rotation and zoom from
    the first frame of each frame's shot; 1, and not reliable, between shots."""
    if len(shots) == 1 and len(shots[0].shot) == frames:
        return shots[0].camera_motion
    rotation, zoom, reliable = np.tile(np.eye(3), (frames, 1, 1)), np.ones(frames), np.zeros(frames, bool)
    for s in shots:
        rotation[s.shot.frames], zoom[s.shot.frames] = s.camera_motion.rotation, s.camera_motion.zoom
        reliable[s.shot.frames] = s.camera_motion.reliable
    kind = main.camera_motion.kind if main is not None else "unknown"
    return CameraMotion(kind, rotation, zoom, reliable)
