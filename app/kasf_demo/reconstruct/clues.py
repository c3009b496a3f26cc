"""What tells how far off an estimated joint may be: numbers by frame and joint, from steps that were taken anyway.

All are symmetric: a mirrored clip has mirrored clues. T is the number of frames; lengths in metres.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from kasf_demo.camera.compensate import MIN_DEPTH_M, apply_rotation
from kasf_demo.reconstruct.person import Placed
from kasf_demo.types.arrays import BoolArray, FloatArray, chunks
from kasf_demo.types.camera import Camera, CameraMotion
from kasportsformer.skeleton import BONES, H36M, H36M_NAMES

MIN_M = 0.005  # lengths below it tell nothing more
MIN_M_PER_S = 0.2
KINDS = tuple(dict.fromkeys(name.removeprefix("r_").removeprefix("l_") for name in H36M_NAMES))  # left is as right
KIND = np.array([KINDS.index(name.removeprefix("r_").removeprefix("l_")) for name in H36M_NAMES])  # (17,)
CLUES = (
    "one",  # 1
    "mirror",  # log m: half the distance of the network's pass and its mirrored pass
    "windows",  # log m: standard deviation of overlapping windows
    "residual",  # log m: from the keypoint to the fitted joint as projected, at the pelvis' depth
    "moved",  # log m: from the lifted joint to the fitted one
    "body_mirror", "body_windows", "body_residual", "body_moved",  # means of these over the joints
    "unsure",  # 1 - score
    "doubtful", "filled",  # 0 or 1: see Pose3D
    "along",  # m: distance from the pelvis along the line of sight
    "behind",  # m: the same with its sign, away from the camera
    "foreshortened",  # share of the bone to the joint that is along the line of sight
    "side", "side_abs",  # 0 seen from the front or back, 1 from the side: square, and share, of the hip line's depth
    "speed",  # log m/s: relative to the pelvis
    "inverted",  # 0 upright in the image, 1 upside down
)  # fmt: skip
_PARENT = np.zeros(17, int)
for _parent, _child in BONES:
    _PARENT[_child] = _parent


@dataclass(frozen=True)
class Clues:
    """values (T, 17, C) by joint, columns as CLUES; side (T,) the hip line's share along the line of sight. Frames that
    are not valid hold anything."""

    values: FloatArray
    side: FloatArray


def find_clues(
    lifted: Placed, fitted: Placed, doubtful: BoolArray, camera: Camera, motion: CameraMotion, fps: float
) -> Clues:
    """`lifted` before the body fit, with the detector's keypoints; `fitted` after it; doubtful (T, 17)."""
    assert lifted.spread_m is not None
    own = apply_rotation(motion, fitted.xyz)
    depth = np.maximum(own[..., 2], MIN_DEPTH_M)
    focal = camera.focal_px * motion.zoom[:, None]
    seen = (lifted.h36m.xy - [camera.cx_px, camera.cy_px]) / focal[..., None]
    residual = np.linalg.norm(own[..., :2] / depth[..., None] - seen, axis=-1) * depth[:, :1]
    moved = np.linalg.norm(_from_pelvis(fitted.xyz) - _from_pelvis(lifted.xyz), axis=-1)
    lengths = [_log(v, MIN_M) for v in (lifted.spread_m[..., 0], _filled(lifted.spread_m), residual, moved)]
    body = [np.repeat(v[:, 1:].mean(1, keepdims=True), 17, axis=1) for v in lengths]

    places = _from_pelvis(own)
    sight = own[:, 0] / np.maximum(np.linalg.norm(own[:, 0], axis=-1, keepdims=True), 1e-6)
    behind = np.einsum("tjk,tk->tj", places, sight)
    bone = places - places[:, _PARENT]
    short = np.abs(np.einsum("tjk,tk->tj", bone, sight)) / np.maximum(np.linalg.norm(bone, axis=-1), 1e-6)
    hips = behind[:, H36M["l_hip"]] - behind[:, H36M["r_hip"]]
    width = np.linalg.norm(places[:, H36M["l_hip"]] - places[:, H36M["r_hip"]], axis=-1)
    side = np.abs(hips) / np.maximum(width, 1e-6)
    trunk = places[:, [H36M["l_shoulder"], H36M["r_shoulder"]]].mean(1)
    inverted = (1 + trunk[:, 1] / np.maximum(np.linalg.norm(trunk, axis=-1), 1e-6)) / 2
    speed = np.linalg.norm(np.gradient(places, 1 / fps, axis=0), axis=-1) if len(places) > 1 else np.zeros(moved.shape)

    def each(by_frame: FloatArray) -> FloatArray:
        return np.broadcast_to(by_frame[:, None], moved.shape)

    filled = each(lifted.h36m.interpolated.astype(float))
    values = [
        np.ones(moved.shape), *lengths, *body, 1 - np.clip(lifted.h36m.score, 0, 1), doubtful, filled,
        np.abs(behind), behind, short, each(side**2), each(side), _log(speed, MIN_M_PER_S), each(inverted),
    ]  # fmt: skip
    return Clues(np.nan_to_num(np.stack(values, axis=-1)), np.nan_to_num(side))


def clues_by_chunk(
    lifted: Placed, fitted: Placed, doubtful: BoolArray, camera: Camera, motion: CameraMotion, fps: float
) -> Iterator[tuple[slice, Clues]]:
    """`find_clues` some minutes at a time, since they take 3 kB a frame."""
    assert lifted.spread_m is not None
    windows = _filled(lifted.spread_m).astype(np.float32)
    whole = replace(lifted, spread_m=np.stack([lifted.spread_m[..., 0], windows], axis=-1))
    for rows in chunks(len(doubtful)):
        around = slice(max(rows.start - 1, 0), rows.stop + 1)  # a speed needs both neighbours
        moves = CameraMotion(motion.kind, motion.rotation[around], motion.zoom[around], motion.reliable[around])
        found = find_clues(_part(whole, around), _part(fitted, around), doubtful[around], camera, moves, fps)
        own = slice(rows.start - around.start, rows.stop - around.start)
        yield rows, Clues(found.values[own], found.side[own])


def _part(p: Placed, frames: slice) -> Placed:
    """Some of the frames, as far as clues need them."""
    spread_m = None if p.spread_m is None else p.spread_m[frames]
    return replace(p, coco=p.coco[frames], h36m=p.h36m[frames], xyz=p.xyz[frames], spread_m=spread_m)


def _from_pelvis(xyz: FloatArray) -> FloatArray:
    return xyz - xyz[:, :1]


def _log(values: FloatArray, least: float) -> FloatArray:
    return np.asarray(np.log(values + least))


def _filled(spread_m: FloatArray) -> FloatArray:
    """(T, 17) how far windows disagree, of (T, 17, 2) disagreement of passes and of windows: interpolated where one
    window alone sees a frame; that of the passes if no frame is seen by two."""
    frames = np.arange(len(spread_m))
    out = np.array(spread_m[..., 1], float)
    known = np.isfinite(out).all(1)
    if not known.any():
        return np.asarray(spread_m[..., 0], float)
    for joint in range(out.shape[1]):
        out[:, joint] = np.interp(frames, frames[known], out[known, joint])
    return out
