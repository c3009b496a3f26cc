"""Synthetic ground truth with a perfect result: athletes standing in front of a camera and swinging their arms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import LIMBS_COCO, LIMBS_H36M, VISIBLE, Truth
from kasf_demo.export.csv_joints import write_csv
from kasf_demo.reconstruct.floor import on_floor
from kasf_demo.reconstruct.world import to_world
from kasf_demo.results.json_file import write_json
from kasf_demo.types.camera import Floor, Orientation
from kasf_demo.types.people import Keypoints2D, Person, Pose3D
from kasportsformer.skeleton import H36M

Array = NDArray[np.float64]
FPS, FOCAL_PX, CAMERA_HEIGHT_M = 30, 1000.0, 1.6
STANDING = {
    "pelvis": (0, 0, 0.95),
    "r_hip": (-0.1, 0, 0.93),
    "r_knee": (-0.1, -0.05, 0.5),
    "r_ankle": (-0.1, 0, 0.08),
    "l_hip": (0.1, 0, 0.93),
    "l_knee": (0.1, -0.05, 0.5),
    "l_ankle": (0.1, 0, 0.08),
    "spine": (0, 0, 1.15),
    "thorax": (0, 0, 1.4),
    "neck": (0, 0, 1.5),
    "head": (0, 0, 1.75),
    "l_shoulder": (0.18, 0, 1.4),
    "l_elbow": (0.18, 0, 1.1),
    "l_wrist": (0.18, 0, 0.85),
    "r_shoulder": (-0.18, 0, 1.4),
    "r_elbow": (-0.18, 0, 1.1),
    "r_wrist": (-0.18, 0, 0.85),
}


def a_truth(frames: int = 20, athletes: int = 1, *, distance_m: float = 6.0, apart_m: float = 1.5) -> Truth:
    """`athletes` side by side, `distance_m` before a camera that looks 25 degrees off the world's y, 4 degrees down,
    and pans."""
    times_s = np.arange(frames) / FPS
    angle = np.sin(2 * np.pi * times_s)
    R = np.stack([_looking(25 + 10 * time, 4) for time in times_s])
    t = -np.einsum("tij,j->ti", R, [0, 0, CAMERA_HEIGHT_M])
    joints = np.stack([_standing(angle) + _place(i - (athletes - 1) / 2, distance_m, apart_m) for i in range(athletes)])
    K = np.tile(np.array([[FOCAL_PX, 0, 640], [0, FOCAL_PX, 360], [0, 0, 1]]), (frames, 1, 1))
    coco = np.repeat(joints[:, :, [H36M["neck"]]], 17, axis=2)
    coco[:, :, LIMBS_COCO] = joints[:, :, LIMBS_H36M]
    for i in range(5):
        coco[:, :, i, 2] += 0.02 * i
    visible = np.full(coco.shape[:3], VISIBLE, np.uint8)
    truth = Truth(joints, np.zeros((*coco.shape[:3], 2)), visible, K, R, t, times_s, np.full(athletes, 1.8), coco)
    return replace(truth, coco_px=project(truth, coco))


def _place(step: float, distance_m: float, apart_m: float) -> Array:
    forward, right = _looking(25, 0)[2], _looking(25, 0)[0]
    return np.asarray(distance_m * forward + step * apart_m * right)


def _standing(angle: Array) -> Array:
    pose = np.tile(np.array(list(STANDING.values())), (len(angle), 1, 1))
    for side in "lr":
        shoulder = pose[:, H36M[f"{side}_shoulder"]]
        for name in (f"{side}_elbow", f"{side}_wrist"):
            arm = shoulder[:, 2] - pose[:, H36M[name], 2]
            pose[:, H36M[name], 1:] = shoulder[:, 1:] + np.stack([-arm * np.sin(angle), -arm * np.cos(angle)], 1)
    return pose


def _looking(heading_deg: float, down_deg: float) -> Array:
    """World -> camera: x right, y down, z forward."""
    h, d = np.radians([heading_deg, down_deg])
    forward = np.array([np.sin(h) * np.cos(d), np.cos(h) * np.cos(d), -np.sin(d)])
    right = np.array([np.cos(h), -np.sin(h), 0])
    return np.stack([right, np.cross(forward, right), forward])


def project(truth: Truth, points_world: Array) -> Array:
    """(A, T, J, 3) world -> px."""
    camera = np.einsum("tij,atkj->atki", truth.R, points_world) + truth.t[:, None]
    seen = np.einsum("tij,atkj->atki", truth.K, camera)
    return np.asarray(seen[..., :2] / seen[..., 2:])


def perfect(truth: Truth) -> Estimate:
    """The result without any error."""
    a, t = truth.athletes, len(truth.times_s)
    uv = project(truth, truth.joints_world_m)
    ids = tuple(str(i + 1) for i in range(a))
    return Estimate(
        ids, np.ones((a, t), bool), truth.joints_camera_m, uv, truth.times_s, 1.8, "given", "made-up", "made-up"
    )


def without(estimate: Estimate, person: int, frames: slice) -> Estimate:
    """The estimate with a gap."""
    valid, xyz, uv = estimate.valid.copy(), estimate.xyz.copy(), estimate.uv.copy()
    valid[person, frames] = False
    xyz[person, frames] = uv[person, frames] = np.nan
    return replace(estimate, valid=valid, xyz=xyz, uv=uv)


def save_truth(path: Path, truth: Truth, **changes: Any) -> Path:
    """NAME.gt.npz as the demo clips have it; a value of None leaves the array out."""
    arrays = {n: np.asarray(v) for n, v in vars(truth).items() if v is not None}
    if truth.athletes == 1:
        arrays |= {n: arrays[n][0] for n in ("joints_world_m", "coco_px", "visibility", "coco_world_m") if n in arrays}
    arrays |= changes
    with open(path, "wb") as file:
        np.savez(file, **{n: v for n, v in arrays.items() if v is not None})
    return path


def write_result(
    stem: Path,
    estimate: Estimate,
    *,
    axes: Literal["world", "camera"] = "world",
    layout: Literal["tidy", "wide"] = "tidy",
    tilt_deg: float = 0.0,
    **report: Any,
) -> Path:
    """STEM.csv and STEM.json as a run writes them; `report` is laid over the JSON. Returns the path of the table."""
    floor = Floor("constant", np.array([-1.234]))
    people = []
    for i, valid, xyz, uv in zip(estimate.ids, estimate.valid, estimate.xyz, estimate.uv, strict=True):
        score = np.where(valid[:, None], 0.9, 0.0) * np.ones(17)
        keypoints = Keypoints2D(uv, score, valid, np.zeros_like(valid), "h36m")
        table = on_floor(to_world(xyz, Orientation.of(tilt_deg)), floor) if axes == "world" else xyz
        people.append(
            Person(
                int(i), keypoints, keypoints, Pose3D(table, score, valid, np.zeros_like(valid), estimate.times_s, axes)
            )
        )
    path = stem.with_suffix(".csv")
    write_csv(path, people, estimate.times_s, layout=layout)
    write_json(
        stem.with_suffix(".json"),
        {
            "schema": 1,
            "counts": {"frames": len(estimate.times_s)},
            "unit": "m",
            "axes": {"kind": axes},
            "people": [{"id": p.id, "floor": {"kind": "constant", "camera_height_m": 1.234}} for p in people],
            "detector": {"name": "mediapipe", "weights": None},
            "lifter": {"name": "net"},
            "scale": {"kind": estimate.scale_kind, "height_m": estimate.height_m},
            "camera": {"tilt_deg": tilt_deg},
        }
        | report,
    )
    return path
