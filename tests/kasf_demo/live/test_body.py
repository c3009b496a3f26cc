"""The causal body, with a network that is always right: metres, floor and sides must come out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pytest

from kasf_demo.lift.lifter import Lifter
from kasf_demo.live import body as live_body
from kasf_demo.live.body import LiveBody
from kasf_demo.reconstruct import placement
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, Orientation
from kasf_demo.types.people import Detections
from kasportsformer.skeleton import H36M

CAMERA = Camera(1000.0, 640.0, 360.0)
HEIGHT_M = 1.8


def standing() -> FloatArray:
    """(17, 3) m, a standing person who faces the camera: x to the image's right, y away, z up, on the floor. Limbs are
    as long as their share of the height says."""
    xyz = np.zeros((17, 3))
    ways = [(0, 0, -1)] * 4 + [(0.6, 0, -0.8)] * 2 + [(-0.6, 0, -0.8)] * 2
    for (_, b, share), way in zip(placement.LIMBS, ways, strict=True):
        xyz[b] = np.array(way) * share * HEIGHT_M  # relative to its parent
    leg = sum(share for _, _, share in placement.LIMBS[:2]) * HEIGHT_M
    pelvis = np.array([0, 0, leg + placement.ANKLE_HEIGHT * HEIGHT_M])
    xyz[H36M["r_hip"]], xyz[H36M["l_hip"]] = [-0.1, 0, 0], [0.1, 0, 0]
    for name, up in (("spine", 0.25), ("thorax", 0.5), ("neck", 0.6), ("head", 0.75)):
        xyz[H36M[name]] = [0, 0, up]
    xyz[H36M["l_shoulder"]], xyz[H36M["r_shoulder"]] = [0.18, 0, 0.5], [-0.18, 0, 0.5]
    for a, b, _ in placement.LIMBS:
        xyz[b] += xyz[a]
    return xyz + pelvis


@dataclass
class TrueLifter:
    """Answers with the pose that it was told, as seen by CAMERA."""

    truth: FloatArray  # (17, 3) camera axes, m

    @property
    def facts(self) -> Any:
        return type("Facts", (), {"max_frames": 27})

    def lift_window(self, xy: FloatArray, score: FloatArray) -> FloatArray:
        scale = CAMERA.focal_px / self.truth[0, 2]
        seen = xy[-1] - xy[-1][0]  # as projected
        depth = (self.truth[:, 2] - self.truth[0, 2]) * scale
        return np.repeat(np.column_stack([seen, depth])[None], len(xy), 0)


def to_camera(world: FloatArray, away_m: float, camera_height_m: float, side_m: float = 0.0) -> FloatArray:
    return np.column_stack([world[:, 0] + side_m, camera_height_m - world[:, 2], world[:, 1] + away_m])


def seen(camera_m: FloatArray) -> Detections:
    """The person as COCO-17 whose limbs are at the right places."""
    px = CAMERA.focal_px * camera_m[:, :2] / camera_m[:, 2:] + [CAMERA.cx_px, CAMERA.cy_px]
    coco = np.repeat(px[[H36M["head"]]], 17, 0)
    for k, name in enumerate(("shoulder", "elbow", "wrist", "hip", "knee", "ankle")):
        coco[5 + 2 * k], coco[6 + 2 * k] = px[H36M[f"l_{name}"]], px[H36M[f"r_{name}"]]
    box = np.concatenate([coco.min(0), coco.max(0)])[None]
    return Detections(coco[None], np.full((1, 17), 0.9), box, np.ones(1))


def run(world: FloatArray, frames: int = 120, **where: float) -> list[FloatArray]:
    """What the body makes of poses (T, 17, 3) or of one that stays, at 30 frames/s."""
    poses = np.broadcast_to(world, (frames, 17, 3))
    lifter = TrueLifter(np.zeros((17, 3)))
    body = LiveBody(cast(Lifter, lifter), CAMERA, Orientation.of(), height_m=HEIGHT_M, limb_ratio=1.0)
    out = []
    for k, pose in enumerate(poses):
        lifter.truth = to_camera(pose, where.get("away_m", 5.0), 1.0, where.get("side_m", 0.0))
        found = body.update(seen(lifter.truth), k / 30)
        assert found is not None
        out.append(found.xyz)
    return out


@pytest.mark.parametrize("side_m", [0.0, 1.0])
def test_stands_on_the_floor_at_its_place(side_m: float) -> None:
    found = run(standing(), away_m=5.0, side_m=side_m)[-1]
    limbs = [j for name, j in H36M.items() if name.partition("_")[0] in ("l", "r")]
    wanted = standing()[limbs] + [side_m, 5.0, 0.0]
    off = np.abs(found[limbs] - wanted).max(0)
    assert (
        off[[0, 2]].max() < 0.02 and off[1] < 0.15
    )  # the answer does not know that the camera sees them from the side
    assert found[:, 2].min() == pytest.approx(placement.ANKLE_HEIGHT * HEIGHT_M, abs=0.01)
    assert found[H36M["l_wrist"], 0] > found[H36M["r_wrist"], 0]  # not mirrored


def test_a_jump_leaves_the_floor() -> None:
    t = np.arange(120) / 30
    up = np.where((t > 2) & (t < 2.6), 0.4 * (1 - ((t - 2.3) / 0.3) ** 2), 0.0)
    found = run(standing() + up[:, None, None] * [0, 0, 1.0])
    lowest = np.array([xyz[:, 2].min() for xyz in found]) - placement.ANKLE_HEIGHT * HEIGHT_M
    assert lowest[69:72].max() == pytest.approx(0.4, abs=0.06)
    assert abs(lowest[-10:]).max() < 0.03


def test_a_still_person_does_not_pulse() -> None:
    found = np.stack(run(standing()))
    assert np.ptp(found[10:], axis=0).max() < 0.002


def test_without_a_person_there_is_no_pose_and_the_next_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    lifter = TrueLifter(to_camera(standing(), 5.0, 1.0))
    body = LiveBody(cast(Lifter, lifter), CAMERA, Orientation.of(), height_m=HEIGHT_M, limb_ratio=1.0)
    assert body.update(seen(lifter.truth), 0.0) is not None
    assert body.update(Detections.empty(), 0.03) is None
    lifter.truth = to_camera(standing(), 8.0, 1.0, 2.0)
    found = body.update(seen(lifter.truth), 1 + live_body.LOST_S)
    assert found is not None and found.xyz[0, 1] == pytest.approx(8.0, abs=0.2)  # not on the way from 5 m
