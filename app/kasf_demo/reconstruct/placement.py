"""From pixels to metres: the athlete's size gives the distance, which gives the position.

A pinhole camera of focal length f px sees one metre at depth Z as f / Z px. The lifted pose is in pixels at the root's
depth, so the athlete's known size gives metres per pixel s, and s gives the depth: Z = s f.
"""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.camera import Camera
from kasf_demo.types.people import Keypoints2D
from kasportsformer.anthropometry import FOREARM, SHANK, THIGH, UPPER_ARM

ASSUMED_HEIGHT_M = 1.75

# Segments with their fractions of stature. Limbs only: a detector's hip and shoulder points are not the joints that
# Winter measures between.
LIMBS = ((1, 2, THIGH), (2, 3, SHANK), (4, 5, THIGH), (5, 6, SHANK),
         (11, 12, UPPER_ARM), (12, 13, FOREARM), (14, 15, UPPER_ARM), (15, 16, FOREARM))  # fmt: skip
# height of the lowest Human3.6M joint of a standing athlete above the ground, relative to stature; same source
ANKLE_HEIGHT = 0.039
# a keypoint this far from the fitted pose counts half: about what a detector and a network are off (Cauchy's weights)
OFF_M = 0.06
PLACE_ROUNDS = 5
SCALE_SIGMA_S = 0.35  # size in the image changes slowly; faster changes are errors of the lifted pose


def straighten(pose_px: FloatArray, keypoints: Keypoints2D, camera: Camera) -> FloatArray:
    """(T, 17, 3) px at the root's depth, in the camera's axes and without perspective, of lifted poses (T, 17, 3) px.

    The network sees a crop without its position in the image, so its poses are as if the camera pointed at the athlete,
    with x and y as projected. Joints farther away than the root are scaled up by their distance, and the pose is
    rotated by the angle between the optical axis and the ray to the pelvis (else an athlete in the lower half of the
    image leans).
    """
    ray = np.concatenate(
        [(keypoints.xy[:, 0] - [camera.cx_px, camera.cy_px]) / camera.focal_px, np.ones((len(pose_px), 1))], axis=-1
    )
    ray /= np.linalg.norm(ray, axis=-1, keepdims=True)
    # z px at the root's depth Z is z Z / f metres, the root Z / cos away: their ratio knows neither Z nor the scale
    farther = np.maximum(1 + pose_px[..., 2:] * ray[:, None, 2:] / camera.focal_px, 0.1)
    flat = np.concatenate([pose_px[..., :2] * farther, pose_px[..., 2:]], axis=-1)
    out: FloatArray = np.einsum("tij,tnj->tni", turn_to(ray), flat)
    return out


def turn_to(ray: FloatArray) -> FloatArray:
    """(T, 3, 3) the smallest rotations that take (0, 0, 1) to unit rays (T, 3), z > 0 (Rodrigues' formula)."""
    x, y, z = np.moveaxis(ray, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, zero, x, zero, zero, y, -x, -y, zero], axis=-1).reshape(-1, 3, 3)
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + z)[:, None, None])


def limb_length_px(pose_px: FloatArray) -> FloatArray:
    """(T,) summed length of the eight limb bones of (T, 17, 3) poses."""
    lengths: FloatArray = np.stack([np.linalg.norm(pose_px[:, a] - pose_px[:, b], axis=-1) for a, b, _ in LIMBS])
    total: FloatArray = lengths.sum(0)
    return total


def metres_per_pixel(
    pose_px: FloatArray, valid: BoolArray, *, height_m: float, fps: float, limb_ratio: float = 1.0
) -> FloatArray:
    """(T,) scale at the root's depth, smooth over time; NaN where not valid. pose_px (T, 17, 3) root-relative px.

    limb_ratio: predicted / true limb length. A network that is unsure of depth predicts a mean pose with short limbs,
    which would make the scale and the distance too large.
    """
    out = np.full(len(pose_px), np.nan)
    body_m = height_m * sum(fraction for _, _, fraction in LIMBS) * limb_ratio
    for a, b in runs(valid):
        raw = body_m / np.maximum(limb_length_px(pose_px[a:b]), 1e-6)
        # the scale goes with the depth, so a steady approach is a straight line; never below what a rare poor fit could
        # give
        out[a:b] = np.maximum(smooth_trend(raw, SCALE_SIGMA_S * fps), raw.min())
    return out


def smooth_trend(y: FloatArray, sigma: float, rounds: int = 3) -> FloatArray:
    """Robust local straight-line fit of (T,) values with a Gaussian kernel of `sigma` samples (LOESS with Tukey's
    bisquare, Cleveland 1979). A line, not a mean, so that steady growth is not flattened at the ends."""
    half = max(1, int(3 * sigma))
    x = np.arange(-half, half + 1)
    kernel = np.exp(-0.5 * (x / max(sigma, 1e-6)) ** 2)
    weights = np.ones(len(y))
    fit = y
    for _ in range(rounds):
        s0, s1, s2 = (_correlate(weights, kernel * x**k) for k in range(3))
        t0, t1 = (_correlate(weights * y, kernel * x**k) for k in range(2))
        det = s0 * s2 - s1 * s1
        line = (s2 * t0 - s1 * t1) / np.where(det > 1e-9, det, 1.0)
        fit = np.where(det > 1e-9, line, t0 / np.maximum(s0, 1e-9))
        residual = np.abs(y - fit)
        spread = 6 * max(float(np.median(residual)), 1e-9)
        weights = np.maximum((1 - np.minimum(residual / spread, 1) ** 2) ** 2, 1e-3)
    return fit


def _correlate(values: FloatArray, kernel: FloatArray) -> FloatArray:
    """sum_x kernel(x) values(t + x), values beyond the ends missing."""
    half = len(kernel) // 2
    out: FloatArray = np.correlate(np.pad(values, half), kernel, mode="valid")
    return out


def place(pose_px: FloatArray, keypoints: Keypoints2D, scale: FloatArray, camera: Camera) -> FloatArray:
    """(T, 17, 3) joints in metres, camera axes (x right, y down, z forward, the camera at the origin).

    The root's depth is scale times focal length; its x and y are the robust least-squares fit of the projected pose to
    the 2D keypoints, each weighted by its score, and less the more it is off: u_j - cx = f (X + x_j) / (Z + z_j) is
    linear in X once Z is known.
    """
    pose = pose_px * scale[:, None, None]
    depth = scale * camera.focal_px
    ray = (keypoints.xy - [camera.cx_px, camera.cy_px]) / camera.focal_px
    # joints nearer the camera than a tenth of the root's depth would be behind it: keep the division sound
    z = np.maximum(depth[:, None] + pose[..., 2], 0.1 * depth[:, None])
    roots = ray * z[..., None] - pose[..., :2]  # (T, 17, 2): where each joint would have the root
    sure = np.maximum(keypoints.score, 1e-3) / z**2
    weight = sure
    for _ in range(PLACE_ROUNDS):
        xy = np.sum(weight[..., None] * roots, axis=1) / np.sum(weight, axis=1)[:, None]
        weight = sure / (1 + (np.linalg.norm(roots - xy[:, None], axis=-1) / OFF_M) ** 2)
    root = np.concatenate([xy, depth[:, None]], axis=-1)
    placed: FloatArray = pose + root[:, None]
    return placed
