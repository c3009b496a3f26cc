"""From the keypoints of the newest frame to a body in metres on the floor, by what was seen before it only.

The steps are those of `reconstruct.person.place`, for one frame: lift, fuse the detector's depth, scale by the known
height, place before the camera. In place of the body fit, which needs later frames, there is a causal filter.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from kasf_demo.lift.lifter import Lifter
from kasf_demo.live.history import LOST_S, History
from kasf_demo.live.one_euro import OneEuro, share
from kasf_demo.reconstruct import placement
from kasf_demo.reconstruct.fusion import fuse_depth
from kasf_demo.reconstruct.world import to_world
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, Orientation
from kasf_demo.types.people import Detections, Keypoints2D

LIFT_RATE_HZ = 30.0  # of the window's samples; the network was trained with clips of 24 to 60 frames/s
SCALE_CUTOFF_HZ = 0.5  # size in the image changes slowly; faster changes are errors of the lifted pose
# Constants of the one-euro filter: docs/decisions.md, "Live camera". Distances from the camera come from the size in
# the image, and have much more noise than any other value
JOINTS = {"min_cutoff_hz": 1.5, "beta_hz_per_m_s": 6.0, "speed_cutoff_hz": 1.0}
DEPTH = {"min_cutoff_hz": 0.7, "beta_hz_per_m_s": 0.7, "speed_cutoff_hz": 1.0}
FLOOR_S, FLOOR_PERCENTILE = 4.0, 25.0  # the floor is under the lowest joints of so long; who jumps lands within it
FLOOR_CUTOFF_HZ = 0.5


@dataclass(frozen=True)
class LivePose:
    """The newest frame's person. xyz (17, 3) m in world axes on the floor, Human3.6M-17; keypoints: of this frame, one
    row. coco: the row of the detections they come from."""

    time_s: float
    xyz: FloatArray
    h36m: Keypoints2D
    coco: Keypoints2D


class LiveBody:
    """One person, frame by frame. orientation: of the camera, which stands still."""

    def __init__(
        self, lifter: Lifter, camera: Camera, orientation: Orientation, *, height_m: float, limb_ratio: float
    ) -> None:
        self._lifter, self._camera, self._orientation = lifter, camera, orientation
        self._height_m, self._limb_ratio = height_m, limb_ratio
        self._frames = lifter.facts.max_frames
        self._history = History(self._frames / LIFT_RATE_HZ)
        self._joints, self._across, self._depth = OneEuro(**JOINTS), OneEuro(**JOINTS), OneEuro(**DEPTH)
        self.forget()

    def forget(self) -> None:
        """The next person is another one."""
        self._history.forget()
        for smoother in (self._joints, self._across, self._depth):
            smoother.forget()
        self._last_s: float | None = None
        self._scale = self._floor_m = 0.0
        self._lowest: deque[tuple[float, float]] = deque()

    def pass_over(self, found: Detections, time_s: float) -> None:
        """Keeps the keypoints of a frame whose pose is not wanted."""
        self._history.add(found, time_s)

    def update(self, found: Detections, time_s: float) -> LivePose | None:
        """The pose of the followed person among those `found` in the newest frame; None if they are not there."""
        if self._last_s is not None and time_s - self._last_s > LOST_S:
            self.forget()
        row = self._history.add(found, time_s)
        if row is None:
            return None
        step_s = time_s - self._last_s if self._last_s is not None else None
        self._last_s = time_s
        xy, score = self._history.window(self._frames, LIFT_RATE_HZ)
        h36m = _one(xy[-1], score[-1], "h36m")
        pose = self._lifter.lift_window(xy, score)[-1:]
        if found.world is not None:
            pose = fuse_depth(pose, found.world[row : row + 1])
        pose = placement.straighten(pose, h36m, self._camera)
        scale = self._smooth_scale(pose, step_s)
        placed = placement.place(pose, h36m, np.array([scale]), self._camera)[0]
        world = to_world(placed, self._orientation)
        joints = self._joints.smooth(world - world[:1], time_s) + self._smooth_pelvis(world[0], time_s)
        joints[:, 2] -= self._floor(float(joints[:, 2].min()), time_s, step_s)
        return LivePose(time_s, joints, h36m, _one(found.xy[row], found.score[row], "coco"))

    def _smooth_pelvis(self, pelvis: FloatArray, time_s: float) -> FloatArray:
        """(3,) m: what the image shows directly as fast as joints, the distance from the camera slowly."""
        x, z = self._across.smooth(pelvis[[0, 2]], time_s)
        (y,) = self._depth.smooth(pelvis[[1]], time_s)
        return np.array([x, y, z])

    def _smooth_scale(self, pose: FloatArray, step_s: float | None) -> float:
        """Metres per pixel at the pelvis, slowly varying."""
        own = placement.metres_per_pixel(
            pose, np.ones(1, bool), height_m=self._height_m, fps=LIFT_RATE_HZ, limb_ratio=self._limb_ratio
        )[0]
        self._scale = float(own) if step_s is None else _toward(self._scale, float(own), SCALE_CUTOFF_HZ, step_s)
        return self._scale

    def _floor(self, lowest_m: float, time_s: float, step_s: float | None) -> float:
        """Height of the floor, m: it follows the lowest joints of the last seconds."""
        self._lowest.append((time_s, lowest_m))
        while self._lowest[0][0] < time_s - FLOOR_S:
            self._lowest.popleft()
        low = float(np.percentile([z for _, z in self._lowest], FLOOR_PERCENTILE))
        low -= placement.ANKLE_HEIGHT * self._height_m
        self._floor_m = low if step_s is None else _toward(self._floor_m, low, FLOOR_CUTOFF_HZ, step_s)
        return self._floor_m


def _toward(before: float, now: float, cutoff_hz: float, step_s: float) -> float:
    return before + float(share(cutoff_hz, step_s)) * (now - before)


def _one(xy: FloatArray, score: FloatArray, skeleton: str) -> Keypoints2D:
    """Keypoints of one frame."""
    yes = np.ones(1, bool)
    return Keypoints2D(xy[None], score[None], yes, ~yes, skeleton)  # type: ignore[arg-type]
