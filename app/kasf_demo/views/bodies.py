"""From a session's cameras to the people of its first clip: joints by all views, smooth, on the floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kasf_demo import kinematics
from kasf_demo.multiview.bodies import MeasuredBody, measure_body
from kasf_demo.multiview.calibrate import ViewCalibration
from kasf_demo.multiview.cameras import project
from kasf_demo.multiview.moments import Match
from kasf_demo.multiview.seen import SeenView
from kasf_demo.options import Options
from kasf_demo.reconstruct.feet import fit_feet
from kasf_demo.reconstruct.orientation import find_orientation
from kasf_demo.reconstruct.person import Placed, as_seen, height_of, settle, stand, stand_feet
from kasf_demo.reconstruct.shot import ShotBodies
from kasf_demo.reconstruct.uncertainty import with_angle_sigma
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, Orientation
from kasf_demo.types.people import Keypoints2D, Person
from kasf_demo.views.lifted import LiftedView
from kasportsformer.skeleton import COCO, H36M_NAMES


@dataclass(frozen=True)
class SessionBodies:
    """shot: the people in the first clip's frames. measured: by id of a person, before smoothing. to_world (3, 3) and
    floor_m take the first camera's axes to the world: x_world = to_world x - (0, 0, floor_m)."""

    shot: ShotBodies
    measured: dict[int, MeasuredBody]
    matches: dict[int, Match]
    to_world: FloatArray
    floor_m: float


def session_bodies(
    lifted: Sequence[LiftedView],
    views: Sequence[SeenView],
    found: ViewCalibration,
    people: Sequence[int],
    options: Options,
) -> SessionBodies:
    """The people whose ids in the first view are `people`."""
    first = lifted[0]
    times_s, fps = np.asarray(first.tracked.times_s, float), first.tracked.fps
    camera = replace(first.camera, focal_px=float(found.cameras.intrinsics[0, 0, 0]), source="estimated")
    chosen = [(p, n) for n, p in enumerate(found.matches) if p[0] is not None and p[0].id in people]
    measured: dict[int, MeasuredBody] = {}
    placed: list[Placed] = []
    for match, row in chosen:
        assert match[0] is not None
        body = measure_body(views, match, found.cameras, found.offsets_s, found.lengths_m[row], found.lean, times_s)
        own = next(p for p in first.placed if p.id == match[0].id)
        measured[own.id] = body
        placed.append(_placed(own, body, found))
    given = {"tilt": options.tilt_deg, "roll": options.roll_deg}
    poses = [(p.xyz, p.coco.valid) for p in placed]
    orientation = find_orientation(first.evidence, first.motion, poses, times_s, fps, given, first.orientation)
    plain = replace(options, refine=False)  # the joints already are one body's
    smooth = [settle(p, plain, camera, first.motion, fps, before=orientation) for p in placed]
    shot = _stood(first, smooth, measured, camera, orientation, options)
    floor_m = float(np.median(shot.floors[0].height_m))
    return SessionBodies(shot, measured, {m[0].id: m for m, _ in chosen if m[0]}, orientation.to_world, floor_m)


def _placed(own: Placed, body: MeasuredBody, found: ViewCalibration) -> Placed:
    """The first view's person with the joints by all views. Frames that only other views see have keypoints where the
    joints are projected."""
    valid = body.valid
    seen = own.coco.valid & valid
    projected = project(found.cameras.only([0]), np.where(valid[:, None, None], body.xyz, 1.0))[0]
    score = np.where(valid[:, None], body.score, 0.0)
    xy = np.where(seen[:, None, None], own.h36m.xy, np.where(valid[:, None, None], projected, np.nan))
    filled = own.h36m.interpolated & seen
    h36m = Keypoints2D(xy, score, valid, filled, "h36m")
    coco_xy = np.where(seen[:, None, None], own.coco.xy, np.nan)
    coco_score = np.where(seen[:, None], own.coco.score, 0.0)
    missing = valid & ~seen
    for name, at in COCO.items():  # of a face that this view does not see, the head
        side, _, part = name.partition("_")
        same = f"{side[0]}_{part}" if part and f"{side[0]}_{part}" in H36M_NAMES else "head"
        coco_xy[missing, at] = projected[missing, H36M_NAMES.index(same)]
    coco = Keypoints2D(coco_xy, coco_score, valid, filled, "coco", feet=own.coco.feet)
    return replace(own, coco=coco, h36m=h36m, xyz=np.where(valid[:, None, None], body.xyz, np.nan), spread_m=None)


def _stood(
    first: LiftedView, placed: Sequence[Placed], measured: dict[int, MeasuredBody], camera: Camera,
    orientation: Orientation, options: Options,
) -> ShotBodies:  # fmt: skip
    tracked, motion = first.tracked, first.motion
    times_s, fps = tracked.times_s, tracked.fps
    people: list[Person] = []
    seen: list[Person] = []
    floors, motions = [], []
    for p in placed:
        person, floor = stand(p, options, orientation, times_s, fps, motion)
        feet = fit_feet(p.xyz, p.coco, camera, motion, orientation, floor, height_m=height_of(options), fps=fps,
                        untrusted=person.pose.in_doubt)  # fmt: skip
        p = replace(p, feet=feet)
        person, floor = stand_feet(person, feet, orientation, floor, options, fps)
        sigma = measured[p.id].sigma_m.astype(np.float32)
        person = replace(person, pose=replace(person.pose, sigma_m=sigma))
        measure = kinematics.measure(person.pose, jumps=False)
        side = np.zeros(len(times_s), np.float32)  # angles are seen from all sides
        measure = kinematics.with_jumps(
            with_angle_sigma(measure, person.pose, side, orientation), person.pose, np.ones(len(times_s), bool)
        )
        people.append(person)
        seen.append(as_seen(p, motion, times_s, person.pose) if options.axes == "camera" else person)
        floors.append(floor)
        motions.append(measure)
    return ShotBodies(tracked.shot, camera, motion, orientation, people, seen, floors, motions, content=tracked.content)
