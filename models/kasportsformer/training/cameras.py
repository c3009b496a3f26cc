"""Random virtual cameras, as people film sport: by hand or on a tripod, panning or not, wide at the field's edge or
long from the stands.

Camera axes: x right, y down, z forward. The image is measured in focal lengths (f = 1): keypoints are normalised in a
crop around the athlete, so the focal length itself leaves no trace, only the distance and the angle off the axis do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .forward_kinematics import FloatArray

NEAREST_M = 1.5  # of the athlete's middle to the camera, beyond what he moves in the window


@dataclass(frozen=True)
class CameraConfig:
    """How cameras are drawn. Angles in degrees."""

    fov_deg: tuple[float, float] = (8.0, 75.0)  # vertical, log-uniform: telephoto to phone
    # share of the image's height that a standing athlete takes: sets the distance
    fill: tuple[float, float] = (0.2, 0.9)
    farthest_m: float = 60.0
    elevation_deg: tuple[float, float] = (4.0, 8.0)  # mean and deviation of the usual camera, seen from the athlete
    stands: float = 0.15  # share of cameras high up, 12 to 45 degrees
    low: float = 0.05  # near the ground, or the athlete high up: -5 degrees to `lowest_deg`
    lowest_deg: float = -25.0
    off_axis: float = 0.35  # deviation of the athlete's place in the image, in half images
    roll_deg: float = 2.5
    tilted: float = 0.05  # share of cameras with roll up to 20 degrees
    following: float = 0.55  # share of cameras that pan with the athlete; 0.25 stand still; the rest lag behind
    still: float = 0.25
    dolly: float = 0.1  # share that travels along
    # share of calm, upright windows seen from the front or the back: where depth along the view is lost
    frontal: float = 0.0
    frontal_deg: float = 20.0  # deviation of such a view's azimuth from straight ahead or straight behind
    shake_deg: float = 0.15


@dataclass(frozen=True)
class Cameras:
    """B cameras over T frames: rotation (B, T, 3, 3), rows right, down, forward in world axes; place (B, T, 3) m."""

    rotation: FloatArray
    place: FloatArray

    def view(self, points: FloatArray) -> FloatArray:
        """World points (B, T, K, 3) in camera axes, metres."""
        seen: FloatArray = np.matmul(points - self.place[:, :, None], np.swapaxes(self.rotation, -1, -2))
        return seen


def project(points: FloatArray) -> FloatArray:
    """Camera-axes points (..., 3) to the image (..., 2), in focal lengths, x right, y down."""
    return points[..., :2] / points[..., 2:]


def random_cameras(
    rng: np.random.Generator, middle: FloatArray, config: CameraConfig, facing_rad: FloatArray | None = None
) -> Cameras:
    """A camera for each window; middle (B, T, 3) m: the athlete's middle, which it films.

    facing_rad (B,): direction from x toward y that the athlete faces, in windows of which the share `frontal` is seen
    from the front or the back; NaN in all others.
    """
    b, t = middle.shape[:2]
    centre = middle.mean(1, keepdims=True)
    travel = middle - centre
    along = np.where(rng.random((b, 1, 1)) < config.dolly, rng.uniform(0.5, 1.0, (b, 1, 1)), 0.0)

    half = np.tan(np.radians(_log_uniform(rng, config.fov_deg, b)) / 2)
    distance = np.minimum(1.75 / (2 * half * rng.uniform(*config.fill, b)), config.farthest_m)
    reach = np.linalg.norm(travel * (1 - along), axis=-1).max(1)
    distance = np.maximum(distance, NEAREST_M + reach)

    azimuth = _azimuth(rng, b, config, facing_rad)
    elevation = np.radians(_elevation(rng, b, config))
    from_athlete = np.stack(
        [np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)], -1
    )
    place = centre + distance[:, None, None] * from_athlete[:, None] + along * travel

    aim = centre + _pan(rng, b, config) * travel - place
    heading = np.arctan2(aim[..., 1], aim[..., 0])
    pitch = np.arctan2(aim[..., 2], np.hypot(aim[..., 0], aim[..., 1]))
    aspect = np.where(rng.random(b) < 0.8, 16 / 9, 9 / 16)
    place_x, place_y = np.clip(rng.standard_normal((2, b)) * config.off_axis, -0.8, 0.8)
    shake = _smooth(rng, (2, b, t)) * np.radians(config.shake_deg)
    heading = heading + np.arctan(place_x * half * aspect)[:, None] + shake[0]
    pitch = pitch + np.arctan(place_y * half * 0.5)[:, None] + shake[1]
    tilted = rng.random(b) < config.tilted
    roll = np.radians(np.where(tilted, rng.uniform(-20, 20, b), rng.standard_normal(b) * config.roll_deg))
    return Cameras(_rotations(heading, pitch, roll[:, None]).astype(np.float32), place.astype(np.float32))


def _rotations(heading: FloatArray, pitch: FloatArray, roll: FloatArray) -> FloatArray:
    """(..., 3, 3), rows right, down, forward, of cameras that look along heading (from x toward y) and pitch (up),
    radians."""
    cos, sin = np.cos(heading), np.sin(heading)
    forward = np.stack([np.cos(pitch) * cos, np.cos(pitch) * sin, np.sin(pitch)], -1)
    right = np.stack([sin, -cos, np.zeros_like(sin)], -1)
    down = np.cross(forward, right)
    c, s = np.cos(roll)[..., None], np.sin(roll)[..., None]
    return np.stack([c * right + s * down, c * down - s * right, forward], axis=-2)


def _azimuth(rng: np.random.Generator, b: int, config: CameraConfig, facing_rad: FloatArray | None) -> FloatArray:
    """(B,) direction from the athlete to the camera, radians from x toward y. Draws no more numbers than before without
    `frontal`."""
    anywhere = rng.uniform(-np.pi, np.pi, b)
    if facing_rad is None or not config.frontal:
        return anywhere
    behind = np.pi * np.less(rng.random(b), 0.35)
    ahead = facing_rad + behind + rng.standard_normal(b) * np.radians(config.frontal_deg)
    chosen = np.isfinite(facing_rad) & np.less(rng.random(b), config.frontal)
    return np.asarray(np.where(chosen, ahead, anywhere))


def _elevation(rng: np.random.Generator, b: int, config: CameraConfig) -> FloatArray:
    mean, deviation = config.elevation_deg
    usual = np.clip(mean + deviation * rng.standard_normal(b), -20, 40)
    kind = rng.random(b)
    high = np.where(kind < config.stands, rng.uniform(12, 45, b), usual)
    return np.asarray(np.where(kind > 1 - config.low, rng.uniform(config.lowest_deg, -5, b), high))


def _pan(rng: np.random.Generator, b: int, config: CameraConfig) -> FloatArray:
    """(B, 1, 1) how much of the athlete's travel the camera follows."""
    kind = rng.random(b)
    follow = np.where(kind < config.following, 1 + 0.06 * rng.standard_normal(b), rng.uniform(0, 1, b))
    return np.asarray(np.where(kind > 1 - config.still, 0.0, follow)[:, None, None])


def _smooth(rng: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    """Noise that wanders along the last axis, deviation about 1."""
    walk: FloatArray = np.cumsum(rng.standard_normal(shape), axis=-1) / np.sqrt(shape[-1])
    return walk


def _log_uniform(rng: np.random.Generator, limits: tuple[float, float], count: int) -> FloatArray:
    out: FloatArray = np.exp(rng.uniform(np.log(limits[0]), np.log(limits[1]), count))
    return out
