"""Labels for one camera from what all cameras measured: NAME.session.npz as frames that a network can learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.files.npz import read_arrays
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.skeleton import N_JOINTS

REMEDY = "give NAME.session.npz files of `kasf-demo views`"
NAMES = ("times_s", "xyz_m", "keypoints_px", "scores", "reprojection_px", "K", "R", "t", "person")
MAX_RATE_HZ = 60.0  # as kasf_demo.lift.lifter: faster clips are several slower ones
AGREE_M = 0.06  # of a keypoint to the measured joint, at the athlete's distance
MIN_VIEWS = 2  # that agree on a joint
LEVEL_DEG = 3.0  # a camera that rolls more is turned level, as at inference


@dataclass(frozen=True)
class LabelledView:
    """What one camera saw of one person at T times, and where all cameras have the joints. xy (T, 17, 2) px and score
    (T, 17); pose (T, 17, 3) px at the root's depth, relative to the root, as seen by a camera in the same place that
    looks at it; metres_per_px (T,) there; trusted (T, 17): joints on which two views agree; usable (T,): frames with
    keypoints and a pose."""

    xy: FloatArray
    score: FloatArray
    pose: FloatArray
    metres_per_px: FloatArray
    trusted: BoolArray
    usable: BoolArray
    rate_hz: float


@dataclass(frozen=True)
class LabelledSession:
    """A session's people as each camera saw them: views of person p are views[p], one for each camera."""

    path: Path
    seconds: float
    views: Sequence[Sequence[LabelledView]]


def read_session(path: Path) -> LabelledSession:
    """Raises InputError: no session, or damaged."""
    arrays = read_arrays(path, NAMES, "the session", REMEDY)
    missing = [n for n in NAMES if n not in arrays]
    if missing:
        raise InputError(f"is not a session: it has no {missing[0]}", REMEDY, path=path)
    people, cameras, frames = len(arrays["person"]), len(arrays["K"]), len(arrays["times_s"])
    every = (people, cameras, frames, N_JOINTS)
    shapes = {
        "times_s": (frames,), "xyz_m": (people, frames, N_JOINTS, 3), "keypoints_px": (*every, 2), "scores": every,
        "reprojection_px": every, "K": (cameras, 3, 3), "R": (cameras, 3, 3), "t": (cameras, 3), "person": (people,),
    }  # fmt: skip
    for name, shape in shapes.items():
        if arrays[name].shape != shape or arrays[name].dtype.kind not in "fiu":
            raise InputError(f"is damaged: {name} has the shape {arrays[name].shape}", REMEDY, path=path)
    values = {n: arrays[n].astype(float) for n in NAMES}
    times_s = values["times_s"]
    if frames < 2 or cameras < MIN_VIEWS or not np.isfinite(times_s).all() or (np.diff(times_s) <= 0).any():
        raise InputError("is damaged: its times do not increase, or it has one camera", REMEDY, path=path)
    if not all(np.isfinite(values[n]).all() for n in ("K", "R", "t")) or (values["K"][:, 0, 0] <= 0).any():
        raise InputError("is damaged: its cameras are no cameras", REMEDY, path=path)
    views = [[_labelled(values, p, c) for c in range(cameras)] for p in range(people)]
    return LabelledSession(path, float(times_s[-1] - times_s[0]), views)


def _labelled(values: dict[str, FloatArray], person: int, camera: int) -> LabelledView:
    k, rotation, translation = values["K"][camera], values["R"][camera], values["t"][camera]
    points = values["xyz_m"][person] @ rotation.T + translation
    xy, score = values["keypoints_px"][person, camera], values["scores"][person, camera]
    turn = level_turn(rotation[:, 2])
    points[..., :2] = points[..., :2] @ turn.T
    xy = (xy - k[:2, 2]) @ turn.T + k[:2, 2]
    focal = float(k[0, 0])
    known = np.isfinite(points).all((1, 2)) & (np.nan_to_num(points[:, 0, 2]) > 0.2)
    safe = np.where(known[:, None, None], points, [0.0, 0.0, 1.0])
    pose = seen_straight(safe) * focal
    depth = safe[:, 0, 2]
    usable = known & np.isfinite(xy).all((1, 2)) & (np.nan_to_num(score).max(1) > 0)
    trusted = agreed(values, person) & usable[:, None]
    trusted &= trusted[:, :1]  # everything is relative to the root
    xy = np.where(usable[:, None, None], xy, 0.0)
    score = np.where(usable[:, None], np.clip(np.nan_to_num(score), 0, 1), 0.0)
    rate = (len(points) - 1) / (values["times_s"][-1] - values["times_s"][0])
    return LabelledView(xy, score, pose, depth / focal, trusted, usable, float(rate))


def agreed(values: dict[str, FloatArray], person: int) -> BoolArray:
    """(T, 17) joints whose keypoints in at least MIN_VIEWS views are within AGREE_M of where they are measured. A view
    whose own keypoint is wrong learns from such a joint."""
    points = values["xyz_m"][person]
    close = np.zeros(points.shape[:2], int)
    for c, k in enumerate(values["K"]):
        depth = points @ values["R"][c][2] + values["t"][c][2]
        off_m = values["reprojection_px"][person, c] * depth / k[0, 0]
        close += np.nan_to_num(off_m, nan=np.inf) < AGREE_M
    return np.asarray(close >= MIN_VIEWS)


def level_turn(up: FloatArray) -> FloatArray:
    """(2, 2) rotation of the image that lets the vertical `up` (3,), in the camera's axes, point up in it; none for a
    roll below LEVEL_DEG or a camera that looks straight up or down."""
    size = float(np.hypot(up[0], up[1]))
    if size < 0.2 or abs(np.degrees(np.arctan2(up[0], -up[1]))) < LEVEL_DEG:
        return np.eye(2)
    c, s = -up[1] / size, -up[0] / size
    return np.array([[c, -s], [s, c]])


def seen_straight(points: FloatArray) -> FloatArray:
    """(T, 17, 3) in focal lengths at the root's depth, of Human3.6M joints (T, 17, 3) m in camera axes: x and y as a
    camera in the same place shows them that looks at the root, z the depth beyond it. Source: as
    kasportsformer.training.dataset.label, with the joints themselves."""
    distance = np.linalg.norm(points[:, 0], axis=-1)
    x, y, z = np.moveaxis(points[:, 0] / distance[:, None], -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, zero, x, zero, zero, y, -x, -y, zero], axis=-1).reshape(-1, 3, 3)
    turn: Any = np.eye(3) + cross + cross @ cross / (1 + z)[:, None, None]  # takes (0, 0, 1) to the ray
    straight = np.matmul(points, turn)
    depth = np.maximum(straight[..., 2:], 0.1)
    pose = np.concatenate([straight[..., :2] / depth, straight[..., 2:] / distance[:, None, None] - 1], axis=-1)
    return np.asarray((pose - pose[:, :1]) * (distance / points[:, 0, 2])[:, None, None])
