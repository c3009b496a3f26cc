"""Undo the camera's motion: pan, tilt and roll of 3D joints, zoom and roll of keypoints.

The motion itself is estimated in `camera.motion`. Axes: x right, y down, z forward.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Camera, CameraMotion
from kasf_demo.types.people import Keypoints2D

MIN_DEPTH_M = 0.1  # joints nearer to the camera are projected as if they were so far away


def undo_rotation(motion: CameraMotion, xyz: FloatArray, frames: slice = slice(None)) -> FloatArray:
    """(T, J, 3) joints, of all frames or of those `frames`: each frame's camera axes -> those of the first frame.

    Pan, tilt and roll are undone. If the camera does not rotate (kind other than `turns`), xyz itself is returned.
    """
    return np.asarray(np.einsum("tji,tnj->tni", motion.rotation[frames], xyz)) if motion.kind == "turns" else xyz


def apply_rotation(motion: CameraMotion, xyz: FloatArray) -> FloatArray:
    """(T, J, 3) joints: the first frame's camera axes -> each frame's own. The inverse of `undo_rotation`."""
    return np.asarray(np.einsum("tij,tnj->tni", motion.rotation, xyz)) if motion.kind == "turns" else xyz


def undo_zoom(keypoints: Keypoints2D, zoom: FloatArray, camera: Camera) -> Keypoints2D:
    """Keypoints as the camera would see them with its first frame's focal length; zoom (T,) relative to that frame."""
    middle = np.array([camera.cx_px, camera.cy_px])
    return replace(keypoints, xy=middle + (keypoints.xy - middle) / zoom[:, None, None])


def project(motion: CameraMotion, xyz: FloatArray, camera: Camera) -> FloatArray:
    """(T, J, 2) px where each frame shows joints (T, J, 3) m in the first frame's camera axes."""
    own = apply_rotation(motion, xyz)
    focal_px = camera.focal_px * motion.zoom[:, None, None]
    return np.asarray(own[..., :2] / np.maximum(own[..., 2:], MIN_DEPTH_M) * focal_px + [camera.cx_px, camera.cy_px])


def rotate_in_image(xy: FloatArray, deg: FloatArray, centre: FloatArray | float = 0.0) -> FloatArray:
    """(T, J, 2) or (T, J, 3): x and y, image axes, rotated clockwise about `centre` (2,) by deg (T,). A camera roll is
    undone by its negative angles."""
    cos, sin = np.cos(np.radians(deg))[:, None], np.sin(np.radians(deg))[:, None]
    out = np.array(xy, dtype=np.float64)
    x, y = np.moveaxis(xy[..., :2] - centre, -1, 0)
    out[..., :2] = np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1) + centre
    return out
