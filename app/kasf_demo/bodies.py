"""From a person's keypoints to a body that stands on the floor: the steps between following people and measuring them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kasf_demo import ground, metric, refine, tilt, world
from kasf_demo.camera_motion import CameraMotion
from kasf_demo.lift import Lifter
from kasf_demo.options import Options
from kasf_demo.types import FloatArray, Keypoints2D, Person, Pose3D, Track
from kasportsformer.skeleton import coco_to_h36m


@dataclass(frozen=True)
class Placed:
    """A person in metres: xyz (T, 17, 3) in the axes of the camera at the first frame, and before smoothing; 2D as seen, COCO and
    Human3.6M."""

    id: int
    coco: Keypoints2D
    h36m: Keypoints2D
    xyz: FloatArray
    rough: FloatArray


def place(track: Track, options: Options, lifter: Lifter, limb_ratio: float, camera: metric.Camera, motion: CameraMotion, fps: float
          ) -> Placed:  # fmt: skip
    """2D to 3D for one person: remap, lift, scale, place, undo the camera's turning and zooming, smooth, hold feet that stand."""
    coco = track.keypoints
    xy, score = coco_to_h36m(coco.xy, coco.score)
    h36m = Keypoints2D(xy, score, coco.valid, coco.interpolated, "h36m")
    seen = metric.without_zoom(h36m, motion.zoom, camera)
    pose_px = metric.straighten(lifter.lift(h36m, fps=fps) / motion.zoom[:, None, None], seen, camera)
    scale = metric.metres_per_pixel(pose_px, coco.valid, height_m=height_of(options), fps=fps, limb_ratio=limb_ratio)
    rough = motion.to_first(metric.place(pose_px, seen, scale, camera))
    xyz = refine.smooth_body(rough, score, coco.valid, fps=fps, method=options.smooth, cutoff_hz=options.cutoff_hz)
    if options.constant_bones:
        xyz = refine.constant_bones(xyz, score, coco.valid)
    if options.smooth != "none" and motion.kind != "moves":
        xyz = ground.hold_feet(xyz, coco.valid, fps)
    return Placed(track.id, coco, h36m, xyz, rough)


def find_tilt(placed: Sequence[Placed], options: Options, camera: metric.Camera, motion: CameraMotion, fps: float) -> tilt.Tilt:
    """What --tilt says, else what the clip tells."""
    if options.tilt_deg is not None:
        return tilt.Tilt(options.tilt_deg, "given")
    return tilt.find_tilt(motion, [(p.xyz, p.coco.valid) for p in placed], fps, lens_known=camera.source != "assumed")


def stand(placed: Placed, options: Options, looks_down: tilt.Tilt, times_s: FloatArray, fps: float) -> tuple[Person, world.Floor]:
    """The person in world axes, upright on the floor, and where that was."""
    upright = world.to_world(placed.xyz, looks_down.deg)
    floor = world.find_floor(upright, placed.coco.valid, height_m=height_of(options), fps=fps)
    k = placed.h36m
    pose = Pose3D(world.on_floor(upright, floor), k.score, k.valid, k.interpolated, times_s, "world")
    return Person(placed.id, placed.coco, k, pose), floor


def before_smoothing(placed: Placed, looks_down: tilt.Tilt, times_s: FloatArray) -> Pose3D:
    """The pose in world axes as it was placed, not on the floor."""
    k = placed.h36m
    return Pose3D(world.to_world(placed.rough, looks_down.deg), k.score, k.valid, k.interpolated, times_s, "world")


def as_seen(placed: Placed, motion: CameraMotion, times_s: FloatArray) -> Person:
    """The person in the axes that the camera has in each frame."""
    k = placed.h36m
    return Person(placed.id, placed.coco, k, Pose3D(motion.to_own(placed.xyz), k.score, k.valid, k.interpolated, times_s, "camera"))


def height_of(options: Options) -> float:
    """The standing height that sets the scale, metres."""
    return options.height_m or metric.ASSUMED_HEIGHT_M
