"""A body that walks in place with known feet, before a level camera."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from body import LEFT, Array, bent, standing, turn
from kasf_demo.reconstruct.feet import SHAPE, shank_of
from kasf_demo.types.camera import Camera, CameraMotion, Floor, Orientation
from kasf_demo.types.feet import FEET_MIRROR, HEEL_AND_TOE, FootPoints, FootPose
from kasf_demo.types.people import Keypoints2D
from kasportsformer.skeleton import H36M_MIRROR

FPS, HEIGHT_M, CAMERA_M = 30.0, 1.75, 1.0
CAMERA = Camera(1200.0, 640.0, 360.0)
LEVEL = Orientation.of()
FLOOR = Floor("constant", np.array([-CAMERA_M - 0.1]))  # toes that point down do not touch it


@dataclass(frozen=True)
class Scene:
    """Everything that `fit_feet` gets, and the true feet: xyz (T, 17, 3), feet (T, 4, 3), in camera axes."""

    xyz: Array
    feet: Array
    keypoints: Keypoints2D
    motion: CameraMotion

    def mirrored(self) -> Scene:
        """The scene in a mirror: x to -x about the image's middle, left and right exchanged."""
        flip = np.array([-1.0, 1, 1])
        feet = self.keypoints.feet
        assert feet is not None
        xy = np.stack([2 * CAMERA.cx_px - feet.xy[..., 0], feet.xy[..., 1]], axis=-1)[:, FEET_MIRROR]
        keypoints = replace(self.keypoints, feet=FootPoints(xy, feet.score[:, FEET_MIRROR]))
        return Scene((self.xyz * flip)[:, H36M_MIRROR], (self.feet * flip)[:, FEET_MIRROR], keypoints, self.motion)

    def with_feet(self, xy: Array | None = None, score: Array | None = None) -> Scene:
        """Other foot points."""
        feet = self.keypoints.feet
        assert feet is not None
        new = FootPoints(feet.xy if xy is None else xy, feet.score if score is None else score)
        return replace(self, keypoints=replace(self.keypoints, feet=new))


def walking(frames: int = 60, heading_deg: float = 50.0) -> Scene:
    """Thighs and knees swing, ankles flex by -25 to 15 degrees, toes point 5 to 15 degrees outward."""
    t = np.arange(frames) / FPS
    world = []
    for phase in 2 * np.pi * 0.8 * t:
        pose = standing()
        for side, own in (("l", phase), ("r", phase + np.pi)):
            pose = bent(pose, f"{side}_hip", LEFT, -25 * np.sin(own))
            pose = bent(pose, f"{side}_knee", LEFT, 25 - 20 * np.cos(own))
        world.append(pose @ turn(np.array([0.0, 0, 1]), heading_deg).T)
    xyz = np.stack(world) @ LEVEL.to_world + [0.0, CAMERA_M, 4.0]
    feet = np.empty((frames, 4, 3))
    for side, own in HEEL_AND_TOE.items():
        shank = shank_of(xyz, side)
        angle = 2 * np.pi * 0.8 * t + (np.pi if side == "r" else 0)
        turns = shank.foot(-5 + 20 * np.sin(angle + 1), 10 + 5 * np.cos(angle))
        for row, (ahead, up) in zip(range(own.start, own.stop), (SHAPE * HEIGHT_M).reshape(2, 2), strict=True):
            feet[:, row] = shank.ankle + ahead * turns[..., 0] + up * turns[..., 2]
    return seen(xyz, feet, CameraMotion.none(frames, "still"))


def seen(xyz: Array, feet: Array, motion: CameraMotion) -> Scene:
    """The scene as a camera with this motion sees it."""
    own = np.einsum("tij,tnj->tni", motion.rotation, feet)
    xy = own[..., :2] / own[..., 2:] * CAMERA.focal_px * motion.zoom[:, None, None] + [CAMERA.cx_px, CAMERA.cy_px]
    frames = len(xyz)
    keypoints = Keypoints2D(
        np.zeros((frames, 17, 2)), np.full((frames, 17), 0.9), np.ones(frames, bool), np.zeros(frames, bool), "coco",
        feet=FootPoints(xy, np.full((frames, 4), 0.9)),
    )  # fmt: skip
    return Scene(xyz, feet, keypoints, motion)


def errors_mm(found: FootPose | None, scene: Scene) -> Array:
    """(T, 4) distance from the true feet, NaN where unknown."""
    assert found is not None
    return np.asarray(1000 * np.linalg.norm(found.xyz - scene.feet, axis=-1))
