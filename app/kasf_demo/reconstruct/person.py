"""From a person's keypoints to a body in world axes on the floor: the steps between tracking and kinematics."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from kasf_demo import kinematics
from kasf_demo.camera import compensate
from kasf_demo.lift.lifter import Lifter
from kasf_demo.lift.squares import SourceImage
from kasf_demo.options import Options
from kasf_demo.reconstruct import foot_lock, placement, smoothing, world
from kasf_demo.reconstruct.floor import find_floor, floor_under_feet, on_floor
from kasf_demo.reconstruct.fusion import fuse_depth
from kasf_demo.types.arrays import BoolArray, FloatArray, chunks
from kasf_demo.types.camera import Camera, CameraMotion, Floor, Orientation
from kasf_demo.types.clip import ContentArea
from kasf_demo.types.feet import FootPose
from kasf_demo.types.people import Keypoints2D, Person, Pose3D, Track
from kasportsformer.skeleton import LIMB_JOINTS, coco_to_h36m

SMALL_ROLL_DEG = 3.0  # a smaller roll is not undone for the lifting network
GIVEN_SIGMA_DEG = 1.0  # standard deviation of --tilt and --roll


@dataclass(frozen=True)
class Placed:
    """A person in metres: xyz (T, 17, 3) in the axes of the camera at the first frame; 2D as seen, COCO and Human3.6M.
    rough: xyz before smoothing, if asked for."""

    id: int
    coco: Keypoints2D
    h36m: Keypoints2D
    xyz: FloatArray
    rough: FloatArray | None = None
    lengths_m: dict[str, float] = field(default_factory=dict)  # of the fitted body's segments
    feet: FootPose | None = None  # in the axes of xyz
    spread_m: FloatArray | None = None  # (T, 17, 2) how far passes and windows disagree, see lift.lifter.Lifted
    of_hypotheses: bool = False  # the first of these is the spread of hypotheses


def place(
    track: Track,
    options: Options,
    lifter: Lifter,
    limb_ratio: float,
    camera: Camera,
    motion: CameraMotion,
    fps: float,
    *,
    before: Orientation | None = None,
    keep_rough: bool = False,
    area: ContentArea | None = None,
) -> Placed:
    """2D to 3D for one person: remap, lift, scale, place, undo the camera's turning and zooming. Not yet fitted or
    smooth. before: what is known of the camera's orientation; the network was trained on nearly level cameras, so a
    roll is undone for it. area: the content of the frames, for networks that take whole images."""
    coco = track.keypoints
    xy, score = coco_to_h36m(coco.xy, coco.score)
    h36m = Keypoints2D(xy, score, coco.valid, coco.interpolated, "h36m")
    lens = None if camera.source == "assumed" else camera.focal_px * motion.zoom
    view = None if area is None else SourceImage(area, lens)
    # `pose` is first in px, then in metres. It is overwritten in place: a copy would be large for a clip of hours
    if before is not None and is_rolled(before, motion):
        rolls = before.rolls_deg(motion)
        centre = np.array([camera.cx_px, camera.cy_px])
        upright, given = (replace(k, xy=compensate.rotate_in_image(k.xy, -rolls, centre)) for k in (h36m, coco))
        lifted = lifter.lift_with_spread(upright, fps=fps, coco=given, view=view)
        pose = compensate.rotate_in_image(lifted.pose, rolls)
    else:
        lifted = lifter.lift_with_spread(h36m, fps=fps, coco=coco, view=view)
        pose = lifted.pose
    for b in chunks(len(pose)):
        if options.fusion and coco.world is not None:
            pose[b] = fuse_depth(pose[b], coco.world[b])
        seen = compensate.undo_zoom(h36m[b], motion.zoom[b], camera)
        pose[b] = placement.straighten(pose[b] / motion.zoom[b, None, None], seen, camera)
    scale = placement.metres_per_pixel(pose, coco.valid, height_m=height_of(options), fps=fps, limb_ratio=limb_ratio)
    for b in chunks(len(pose)):
        seen = compensate.undo_zoom(h36m[b], motion.zoom[b], camera)
        pose[b] = compensate.undo_rotation(motion, placement.place(pose[b], seen, scale[b], camera), b)
    rough = pose.copy() if keep_rough else None
    spread_m = np.stack([lifted.mirror, lifted.windows], axis=-1)
    spread_m *= (scale / motion.zoom).astype(np.float32)[:, None, None]
    return Placed(track.id, coco, h36m, pose, rough, spread_m=spread_m, of_hypotheses=lifted.of_hypotheses)


def is_rolled(orientation: Orientation, motion: CameraMotion) -> bool:
    """True if the camera rolls so much in any frame that it matters to the network and to the foot lock."""
    return bool((np.abs(orientation.rolls_deg(motion)) > SMALL_ROLL_DEG).any())


def settle(
    placed: Placed,
    options: Options,
    camera: Camera,
    motion: CameraMotion,
    fps: float,
    *,
    before: Orientation | None = None,
    untrusted: BoolArray | None = None,
) -> Placed:
    """The person as one body over the whole shot, smooth, with feet that stand held. before: what is known of the
    camera's orientation. untrusted (T, 17): joints whose keypoints are ignored."""
    h36m = placed.h36m
    if options.refine:
        pose, lengths_m = _refined(placed, camera, motion, fps, untrusted, before, smooth=options.smooth != "none")
    else:
        pose, lengths_m = placed.xyz.copy(), placed.lengths_m
    if not (options.refine and options.smooth == "one-euro"):  # the fit is as smooth as that
        smoothing.smooth_body(pose, h36m.score, h36m.valid, fps=fps, method=options.smooth, cutoff_hz=options.cutoff_hz)
    if options.constant_bones:
        pose = smoothing.constant_bones(pose, h36m.score, h36m.valid)
    if options.smooth != "none" and motion.kind != "moves":
        if before is not None and is_rolled(before, motion):
            pose = pose @ before.level.T
            foot_lock.hold_feet(pose, h36m.valid, fps)
            pose = pose @ before.level
        else:
            foot_lock.hold_feet(pose, h36m.valid, fps)
    return replace(placed, xyz=pose, lengths_m=lengths_m)


def _refined(
    placed: Placed,
    camera: Camera,
    motion: CameraMotion,
    fps: float,
    untrusted: BoolArray | None,
    before: Orientation | None,
    *,
    smooth: bool,
) -> tuple[FloatArray, dict[str, float]]:
    """The body fitted to the whole track, (T, 17, 3) m, and its segment lengths. Filled frames follow from their
    neighbours."""
    from kasf_demo.reconstruct.body_fit import fit_body
    from kasf_demo.reconstruct.level_feet import Vertical

    k = placed.h36m
    seen = compensate.undo_zoom(k, motion.zoom, camera)
    score = np.where(k.interpolated[:, None], 0.0, k.score)
    fit = fit_body(
        placed.xyz, seen.xy, score, k.valid, rotation=motion.rotation, focal_px=camera.focal_px,
        centre=np.array([camera.cx_px, camera.cy_px]), fps=fps, smooth=smooth,
        steady=motion.kind != "moves", untrusted=untrusted, vertical=Vertical.of(before) if before else None,
    )  # fmt: skip
    return fit.xyz, fit.lengths_m


def keypoints_of_body(placed: Placed, doubtful: BoolArray, camera: Camera, motion: CameraMotion) -> Placed:
    """`placed` with the keypoints of doubtful (T, 17) limb joints where the body is seen; scores stay."""
    seen = compensate.project(motion, placed.xyz, camera)
    h36m, coco = placed.h36m.xy.copy(), placed.coco.xy.copy()
    for in_coco, in_h36m in LIMB_JOINTS:
        rows = doubtful[:, in_h36m]
        h36m[rows, in_h36m] = coco[rows, in_coco] = seen[rows, in_h36m]
    return replace(placed, h36m=replace(placed.h36m, xy=h36m), coco=replace(placed.coco, xy=coco))


def stand(
    placed: Placed,
    options: Options,
    orientation: Orientation,
    times_s: FloatArray,
    fps: float,
    motion: CameraMotion | None = None,
    *,
    doubtful: BoolArray | None = None,
) -> tuple[Person, Floor]:
    """The person in world axes on the floor, and the estimated floor. Without `motion` the camera motion is unknown.
    doubtful (T, 17): joints that are not to be trusted, if that is known."""
    upright = np.empty_like(placed.xyz)
    for b in chunks(len(upright)):
        upright[b] = world.to_world(placed.xyz[b], orientation)
    floor = find_floor(
        upright, placed.coco.valid, height_m=height_of(options), fps=fps,
        camera_known=motion is not None and motion.known,
        tilt_sigma_deg=GIVEN_SIGMA_DEG if orientation.tilt.source == "given" else orientation.tilt.sigma_deg,
        roll_sigma_deg=GIVEN_SIGMA_DEG if orientation.roll.source == "given" else orientation.roll.sigma_deg,
    )  # fmt: skip
    k = placed.h36m
    pose = Pose3D(on_floor(upright, floor, out=upright), k.score, k.valid, k.interpolated, times_s, "world")
    if placed.of_hypotheses and placed.spread_m is not None:
        pose = replace(pose, spread_m=placed.spread_m[..., 0])
    pose = replace(pose, doubtful=kinematics.find_doubtful(pose, k) if doubtful is None else doubtful)
    return Person(placed.id, placed.coco, k, pose), floor


def stand_feet(
    person: Person, feet: FootPose | None, orientation: Orientation, floor: Floor, options: Options, fps: float
) -> tuple[Person, Floor]:
    """The person with feet, which are given in the axes of `Placed`, on the floor of heels and toes, and that floor. A
    person without feet stays on the floor of the ankles."""
    if feet is None:
        return person, floor
    upright = on_floor(world.to_world(feet.xyz, orientation), floor)
    rise_m = floor_under_feet(upright[..., 2], feet.valid, height_m=height_of(options), fps=fps)
    upright[..., 2] -= rise_m
    pose = person.pose if rise_m == 0 else replace(person.pose, xyz=person.pose.xyz - [0.0, 0.0, rise_m])
    floor = replace(floor, height_m=floor.height_m + rise_m)
    return replace(person, pose=replace(pose, feet=replace(feet, xyz=upright))), floor


def before_smoothing(placed: Placed, orientation: Orientation, times_s: FloatArray) -> Pose3D:
    """World-axes pose before smoothing and floor alignment; requires `keep_rough`."""
    assert placed.rough is not None
    k = placed.h36m
    return Pose3D(world.to_world(placed.rough, orientation), k.score, k.valid, k.interpolated, times_s, "world")


def as_seen(placed: Placed, motion: CameraMotion, times_s: FloatArray, world: Pose3D) -> Person:
    """The person in the axes that the camera has in each frame; doubtful joints and uncertainties are those of the pose
    in world axes."""
    k = placed.h36m
    feet = world.feet
    if feet is not None and placed.feet is not None:
        feet = replace(feet, xyz=compensate.apply_rotation(motion, placed.feet.xyz))
    xyz = compensate.apply_rotation(motion, placed.xyz)
    pose = replace(world, xyz=xyz, times_s=times_s, axes="camera", feet=feet)
    return Person(placed.id, placed.coco, k, pose)


def height_of(options: Options) -> float:
    """The standing height that sets the scale, metres."""
    return options.height_m or placement.ASSUMED_HEIGHT_M
