"""What is true of a clip: COCO-17 points, heels and toes on the body, their pixels and visibility, and the Human3.6M-17 joints that belong to them.

The Human3.6M joints follow the remap that the network expects (`coco_to_h36m`): pelvis, spine, thorax, neck and head are built from the
COCO points, in the image, exactly as for detected keypoints; their depth is the remap's horizontal formula applied to depths. So
the 3D truth projects onto what the remap makes of perfect keypoints. All other joints are the COCO points themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from body import Frame
from camera import Camera
from head import FACE_POINTS
from limbs import foot_skin
from looks import Look
from kasportsformer.skeleton import COCO, coco_to_h36m
from rig import Pose
from sdf import MAX_NEAR, list_near, walk

FloatArray = NDArray[np.floating[Any]]

OUTSIDE, OCCLUDED, VISIBLE = 0, 1, 2

# How deep a point lies under the nearest skin or cloth, metres at scale 1, with some room: what hides it must lie farther before it
DEPTH_M = {
    "nose": 0.03,
    "eye": 0.03,
    "ear": 0.04,
    "shoulder": 0.12,
    "elbow": 0.075,
    "wrist": 0.06,
    "hip": 0.155,
    "knee": 0.085,
    "ankle": 0.08,
    "heel": 0.03,
    "toe": 0.03,
}
LIMB_JOINTS = {
    "shoulder": "shoulder",
    "elbow": "elbow",
    "wrist": "wrist",
    "hip": "thigh",
    "knee": "knee",
    "ankle": "ankle",
}


def coco_world(pose: Pose) -> FloatArray:
    """(T, 17, 3) COCO points in world metres: face points on the skin, limb points at the joints' centres."""
    out = np.empty((len(pose), 17, 3))
    for name, i in COCO.items():
        if name in FACE_POINTS:
            out[:, i] = pose.place["head"] + pose.axes["head"] @ (np.array(FACE_POINTS[name]) * pose.scale)
        else:
            side, part = name.split("_")
            out[:, i] = pose.place[f"{side[0]}_{LIMB_JOINTS[part]}"]
    return out


FEET = ("l_heel", "l_toe", "r_heel", "r_toe")


def feet_world(pose: Pose, look: Look) -> FloatArray:
    """(T, 4, 3) in the order of FEET, world metres, on the shoe or skin: see limbs.foot_skin."""
    frames = [Frame(pose, t) for t in range(len(pose))]
    return np.array([[point for side in "lr" for point in foot_skin(frame, look, side)] for frame in frames])


def h36m_world(points: FloatArray, camera: Camera) -> FloatArray:
    """(T, 17, 3) Human3.6M joints in world metres, for COCO points (T, 17, 3) before a camera."""
    px, depth = camera.project(points)
    ones = np.ones(depth.shape)
    xy, _ = coco_to_h36m(px, ones)
    # the formulas treat x and y apart; depth goes in as x and comes out as x
    z = coco_to_h36m(np.stack([depth, px[..., 1]], axis=-1), ones)[0][..., 0]
    k = camera.k[:, None]
    seen = np.stack(
        [(xy[..., 0] - k[..., 0, 2]) / k[..., 0, 0] * z, (xy[..., 1] - k[..., 1, 2]) / k[..., 1, 1] * z, z], axis=-1
    )
    return np.einsum("tji,tnj->tni", camera.rotation, seen - camera.translation[:, None])


def visibility(
    points: FloatArray, names: tuple[str, ...], scale: float, camera: Camera, solids: tuple[Any, Any, Any]
) -> NDArray[np.uint8]:
    """(N,) OUTSIDE the image, OCCLUDED by a body or a thing, or VISIBLE. points (N, 3) world metres, by their names; camera: one frame."""
    px, depth = (found[0] for found in camera.project(points[None]))
    inside = (depth > 0) & (px >= 0).all(-1) & (px < [camera.width, camera.height]).all(-1)
    limits = np.array([DEPTH_M[name.split("_")[-1]] for name in names]) * scale
    hidden = _hidden(solids[0], solids[1], solids[2], camera.centre()[0], points, limits)
    return np.where(inside, np.where(hidden, OCCLUDED, VISIBLE), OUTSIDE).astype(np.uint8)


@njit(cache=True)
def _hidden(rows, labels, balls, eye, points, limits):
    """Is something on the way from the eye to each point, farther before it than its limit?"""
    out = np.zeros(len(points), np.bool_)
    near = np.empty(MAX_NEAR, np.int64)
    for i in range(len(points)):
        d = points[i] - eye
        length = np.sqrt((d * d).sum())
        d = d / length
        count, start, stop = list_near(rows, balls, eye[0], eye[1], eye[2], d[0], d[1], d[2], 0.03, 0.0, near)
        if count:
            t = walk(rows, labels, near, count, eye[0], eye[1], eye[2], d[0], d[1], d[2], start, min(stop, length))
            out[i] = t >= 0.0 and t < length - limits[i]
    return out
