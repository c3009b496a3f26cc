"""The people of all shots as those of one clip, each with a row for every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.reconstruct.shot import ShotBodies
from kasf_demo.shots import Shot, spread
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import CameraMotion
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.motion import Angles, FootAngles, Motion
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasf_demo.types.result import Provenance, Result, Scene


@dataclass(frozen=True)
class ClipBodies:
    """A clip of T frames analysed, before anything is written. standing: the people of `result` in world axes, whatever
    axes its tables have. rough: angles before smoothing by person, if they were kept."""

    result: Result
    standing: list[Person]
    rough: dict[int, Angles]
    shots: list[ShotBodies]


def join_shots(
    shots: list[ShotBodies],
    info: VideoInfo,
    times_s: FloatArray,
    media_s: FloatArray,
    provenance: Provenance,
    warnings: list[str],
) -> ClipBodies:
    """times_s, media_s (T,): real time and the time stamps of the clip as played. warnings: the result's list, which
    those of writing are added to."""
    standing = [spread_person(p, s.shot, times_s) for s in shots for p in s.people]
    people = [spread_person(p, s.shot, times_s) for s in shots for p in s.seen]
    measured = [spread_motion(m, s.shot, times_s) for s in shots for m in s.motion]
    rough = {i: spread_angles(a, s.shot, times_s) for s in shots for i, a in s.rough.items()}
    main = main_shot(shots)
    camera = join_cameras(shots, main, len(times_s))
    scene = Scene(
        main.camera,
        camera,
        main.orientation,
        floors={p.id: floor for s in shots for p, floor in zip(s.people, s.floors, strict=True)},
        orientations={p.id: s.orientation for s in shots for p in s.people},
        insets={i: box for s in shots for i, box in s.insets.items()},
    )
    result = Result(
        info,
        times_s,
        [replace(person, motion=motion) for person, motion in zip(people, measured, strict=True)],
        warnings=warnings,
        motion=measured,
        camera=camera,
        shots=tuple(s.shot for s in shots),
        media_s=media_s,
        scene=scene,
        provenance=provenance,
    )
    return ClipBodies(result, standing, rough, shots)


def main_shot(shots: Sequence[ShotBodies]) -> ShotBodies:
    """The shot that values of a whole clip are taken from: the first with a person of the result, else the first. At
    least one."""
    return next((s for s in shots if s.people), shots[0])


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
        None if pose.sigma_m is None else spread(pose.sigma_m, shot, t),
        None if pose.feet is None else pose.feet.with_rows(lambda values, empty: spread(values, shot, t, empty)),
        None if pose.spread_m is None else spread(pose.spread_m, shot, t),
    )
    return Person(person.id, _spread_keypoints(person.coco, shot, t), _spread_keypoints(person.h36m, shot, t), poses)


def _spread_keypoints(k: Keypoints2D, shot: Shot, frames: int) -> Keypoints2D:
    valid, filled = spread(k.valid, shot, frames, False), spread(k.interpolated, shot, frames, False)
    feet = k.feet
    if feet is not None:
        feet = FootPoints(spread(feet.xy, shot, frames), spread(feet.score, shot, frames, 0))
    return Keypoints2D(
        spread(k.xy, shot, frames), spread(k.score, shot, frames, 0), valid, filled, k.skeleton, feet=feet,
        other_side=None if k.other_side is None else spread(k.other_side, shot, frames, False),
    )  # fmt: skip


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
        *(None if v is None else spread(v, shot, t) for v in (angles.sigma_deg, angles.sigma_m_per_s)),
    )


def spread_motion(motion: Motion, shot: Shot, times_s: FloatArray) -> Motion:
    """A motion with a row for each frame of the clip."""
    if len(shot) == len(times_s):
        return motion
    feet = motion.foot_angles
    if feet is not None:
        sigma_deg = None if feet.sigma_deg is None else spread(feet.sigma_deg, shot, len(times_s))
        feet = FootAngles(times_s, spread(feet.deg, shot, len(times_s)), sigma_deg)
    return replace(motion, angles=spread_angles(motion.angles, shot, times_s), foot_angles=feet)


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
