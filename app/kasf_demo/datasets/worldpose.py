"""WorldPose, raw: poses/GAME.npz (SMPL parameters of all players) and cameras/GAME.npz. Source: Jiang et al.,
WorldPose, ECCV 2024, and the published conversion of its joints.

The SMPL model file is the user's. Footage, if there is any: GAME.mov or .mp4 under the folder of videos.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kasf_demo.datasets.geometry import PinholeCamera, coco_of_h36m, upright_world
from kasf_demo.datasets.imported import ImportedClip, filled
from kasf_demo.datasets.smpl import JOINTS, SmplModel
from kasf_demo.errors import InputError
from kasf_demo.files.npz import read_arrays
from kasf_demo.types.arrays import BoolArray, FloatArray

SIZE_PX, RATE_HZ = (1920, 1080), 50.0
LAYOUT = "ROOT/poses/GAME.npz and ROOT/cameras/GAME.npz expected, see docs/datasets.md"
FROM_SMPL = (0, 2, 5, 8, 1, 4, 7, 3, 9, 12, 15, 16, 18, 20, 17, 19, 21)
POSES = ("global_orient", "body_pose", "transl", "betas")
MIN_FIT = 24  # points of a frame that a pinhole is fitted to


def h36m_of_smpl(smpl: FloatArray) -> FloatArray:
    """(..., 17, 3) of SMPL's 24 joints: the published map. The head is SMPL's head joint, not the crown."""
    out = smpl[..., list(FROM_SMPL), :].copy()
    shoulders = (smpl[..., 16, :] + smpl[..., 17, :]) / 2
    out[..., 0, :] = (smpl[..., 1, :] + smpl[..., 2, :]) / 2
    out[..., 7, :] = smpl[..., [1, 2, 16, 17], :].mean(-2)
    out[..., 8, :] = shoulders + (smpl[..., 15, :] - shoulders) / 4
    return out


def distorted(points: FloatArray, K: FloatArray, k: FloatArray) -> FloatArray:
    """Px (..., 2) of points (..., 3) in camera axes through a lens with OpenCV's k1, k2, p1, p2, k3; NaN behind."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x, y = (points[..., i] / np.where(points[..., 2] > 0, points[..., 2], np.nan) for i in (0, 1))
    k1, k2, p1, p2, k3 = k
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.stack([u * K[0, 0] + K[0, 2], v * K[1, 1] + K[1, 2]], -1)


def read_worldpose(root: Path, model: SmplModel, *, videos: Path | None) -> Iterator[ImportedClip]:
    """Each game with all its players. Raises InputError."""
    files = sorted((root / "poses").glob("*.npz"))
    if not files:
        raise InputError("is not WorldPose's folder", LAYOUT, path=root)
    for file in files:
        poses = read_arrays(file, POSES, "the poses", LAYOUT)
        cameras = read_arrays(root / "cameras" / file.name, ("K", "k", "R", "t"), "the cameras", LAYOUT)
        try:
            joints, seen, stature = _players({n: np.asarray(poses[n], np.float64) for n in POSES}, model)
            video = next((p for s in ("mov", "mp4") if videos and (p := videos / f"{file.stem}.{s}").is_file()), None)
            yield _clip(
                file.stem, joints, seen, stature, {n: np.asarray(a, np.float64) for n, a in cameras.items()}, video
            )
        except (KeyError, ValueError, IndexError) as e:
            raise InputError(f"{type(e).__name__}: {e}", LAYOUT, path=file) from None


def _players(poses: dict[str, FloatArray], model: SmplModel) -> tuple[FloatArray, BoolArray, FloatArray]:
    """Joints (A, T, 17, 3) m, seen (A, T) and stature (A,) of the players who are labelled in any frame."""
    p, t = poses["global_orient"].shape[:2]
    shapes = {"global_orient": (p, t, 3), "body_pose": (p, t, 69), "transl": (p, t, 3)}
    for name, shape in shapes.items():
        if poses[name].shape != shape:
            raise ValueError(f"{name} is {poses[name].shape}, not {shape}")
    found: list[tuple[FloatArray, BoolArray, float]] = []
    for player in range(p):
        rotations = np.concatenate([poses["global_orient"][player], poses["body_pose"][player]], -1)
        seen = np.asarray(np.isfinite(rotations).all(-1) & np.isfinite(poses["transl"][player]).all(-1))
        betas = poses["betas"][player]
        if not seen.any() or not np.isfinite(betas).all():
            continue
        turns, place = filled(rotations, seen).reshape(t, JOINTS, 3), filled(poses["transl"][player], seen)
        found.append((h36m_of_smpl(model.joints(turns, place, betas)), seen, model.stature(betas)))
    if not found:
        raise ValueError("no player is labelled")
    joints, all_seen, stature = zip(*found, strict=True)
    return np.array(joints), np.array(all_seen), np.clip(np.array(stature), 0.5, 2.8)


def _clip(
    name: str, joints: FloatArray, seen: BoolArray, stature: FloatArray, cameras: dict[str, FloatArray],
    video: Path | None,
) -> ImportedClip:  # fmt: skip
    t = joints.shape[1]
    for key, shape in {"K": (t, 3, 3), "k": (t, 5), "R": (t, 3, 3), "t": (t, 3)}.items():
        if cameras[key].shape != shape:
            raise ValueError(f"{key} is {cameras[key].shape}, not {shape}")
    turn, lift = upright_world(joints)
    at_home = [
        PinholeCamera(K, R, place, *SIZE_PX)
        for K, R, place in zip(cameras["K"], cameras["R"], cameras["t"], strict=True)
    ]
    coco = coco_of_h36m(joints)
    px = np.stack([distorted(c.to_camera(coco[:, i]), c.K, cameras["k"][i]) for i, c in enumerate(at_home)], axis=1)
    moved = [c.in_world(turn, lift) for c in at_home]
    K = np.array([_fitted(c, coco[:, i], px[:, i], seen[:, i]) for i, c in enumerate(at_home)])
    return ImportedClip(
        name, joints @ turn.T + lift, px, seen, K, np.array([c.R for c in moved]), np.array([c.t for c in moved]),
        np.arange(t) / RATE_HZ, SIZE_PX, video=video, stature_m=stature,
        note="K is the pinhole nearest to the distorted image; 50 frames per second are assumed",
    )  # fmt: skip


def _fitted(camera: PinholeCamera, points: FloatArray, px: FloatArray, seen: BoolArray) -> FloatArray:
    """(3, 3): focal lengths and centre that send the players' points nearest to their distorted px, in the least
    squares; the file's where too few are in the image."""
    inside = ((px >= 0) & (px < SIZE_PX)).all(-1) & seen[:, None]
    if inside.sum() < MIN_FIT:
        return camera.K
    at = camera.to_camera(points[inside])
    K = np.eye(3)
    for axis in (0, 1):
        design = np.stack([at[:, axis] / at[:, 2], np.ones(len(at))], -1)
        K[axis, axis], K[axis, 2] = np.linalg.lstsq(design, px[inside][:, axis], rcond=None)[0]
    return K if (np.diag(K) > 0).all() else camera.K
