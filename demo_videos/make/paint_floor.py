"""Floors painted with numpy and OpenCV: grass with mowing stripes and lines, a wooden court, a running track, mats."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from looks import linear

FloatArray = NDArray[np.floating[Any]]


def cloudy(shape: tuple[int, int], scales: tuple[float, ...], seed: int) -> FloatArray:
    """(H, W) noise, mean 0, deviation 1, the sum of blurs of the given widths (px); wraps at the borders."""
    rng = np.random.default_rng(seed)
    total = np.zeros(shape, np.float32)
    for n, scale in enumerate(scales):
        layer = gaussian_filter(rng.standard_normal(shape).astype(np.float32), scale, mode="wrap")
        total += layer / layer.std() / (n + 1)
    return total / total.std()


class Ground:
    """A floor image of `size_m` (x, y) metres whose corner lies at `corner_m`; lines are drawn in metres."""

    def __init__(
        self,
        corner_m: tuple[float, float],
        size_m: tuple[float, float],
        pixels_per_m: float,
        colour: tuple[float, float, float],
    ) -> None:
        self.corner, self.size, self.density = corner_m, size_m, pixels_per_m
        shape = (round(size_m[1] * pixels_per_m), round(size_m[0] * pixels_per_m), 3)
        self.picture = np.broadcast_to(linear(np.array(colour)), shape).astype(np.float32)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Image position (column, row) of a floor point."""
        return (x - self.corner[0]) * self.density, (self.size[1] - (y - self.corner[1])) * self.density

    def metres(self) -> tuple[FloatArray, FloatArray]:
        """x (1, W) and y (H, 1) metres of the image's columns and rows."""
        h, w = self.picture.shape[:2]
        return (np.arange(w) + 0.5)[None] / self.density + self.corner[0], (
            self.size[1] - (np.arange(h) + 0.5) / self.density
        )[:, None] + self.corner[1]

    def line(
        self,
        points: list[tuple[float, float]],
        width_m: float,
        colour: tuple[float, float, float],
        *,
        closed: bool = False,
        worn: int = 0,
    ) -> None:
        """A painted line through floor points, a little worn where the noise of seed `worn` is low."""
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        path = np.array([[self.pixel(*p) for p in points]]) * 16
        cv2.polylines(mask, path.astype(np.int32), closed, 255, max(round(width_m * self.density), 1), cv2.LINE_AA, 4)
        self.cover(mask.astype(np.float32) / 255, colour, worn)

    def circle(
        self, x: float, y: float, radius: float, width_m: float, colour: tuple[float, float, float], *, worn: int = 0
    ) -> None:
        """A painted circle."""
        angle = np.linspace(0, 2 * np.pi, 240)
        self.line([(x + radius * np.cos(a), y + radius * np.sin(a)) for a in angle], width_m, colour, worn=worn)

    def area(
        self, points: list[tuple[float, float]], colour: tuple[float, float, float], strength: float = 1.0
    ) -> None:
        """A filled polygon."""
        mask = np.zeros(self.picture.shape[:2], np.uint8)
        path = np.array([[self.pixel(*p) for p in points]]) * 16
        cv2.fillPoly(mask, path.astype(np.int32), 255, cv2.LINE_AA, 4)
        self.cover(mask.astype(np.float32) / 255 * strength, colour)

    def cover(self, mask: FloatArray, colour: tuple[float, float, float], worn: int = 0) -> None:
        """Paint over where mask (H, W) is 1."""
        if worn:
            mask = mask * np.clip(0.86 + 0.10 * cloudy(mask.shape, (2.0, 9.0), worn), 0, 1)
        self.picture = (self.picture * (1 - mask[..., None]) + linear(np.array(colour)) * mask[..., None]).astype(
            np.float32
        )


def grass(
    corner: tuple[float, float], size: tuple[float, float], stripe_m: float, along: str = "x", density: float = 50.0
) -> Ground:
    """A lawn mown in stripes square to `along`."""
    ground = Ground(corner, size, density, (0.28, 0.385, 0.18))
    x, y = ground.metres()
    stripes = np.tanh(np.sin(np.pi * (x if along == "x" else y) / stripe_m) * 12)
    shade = 1 + 0.13 * stripes + 0.055 * cloudy(ground.picture.shape[:2], (6.0, 40.0, 160.0), 3)
    ground.picture = (ground.picture * shade[..., None]).astype(np.float32)
    dry = np.clip(cloudy(ground.picture.shape[:2], (25.0, 110.0), 4) - 1.0, 0, 1)[..., None] * 0.25
    ground.picture = (ground.picture * (1 - dry) + linear(np.array([0.52, 0.52, 0.25])) * dry).astype(np.float32)
    return ground


def grass_blades(n: int = 768, seed: int = 7) -> FloatArray:
    """A tile (n, n, 3) of short strokes, mean 0.25: multiplies a lawn's colour. Wraps."""
    rng = np.random.default_rng(seed)
    tile = np.full((n, n, 3), 0.30, np.float32)
    for _ in range(26000):
        x, y = rng.uniform(0, n, 2)
        angle, length = rng.normal(np.pi / 2, 0.75), rng.uniform(6, 17)
        tone = rng.uniform(0.10, 0.78) * np.array([rng.uniform(0.86, 1.12), 1.0, rng.uniform(0.75, 1.05)])
        dx, dy = length * np.cos(angle), length * np.sin(angle)
        for ox in (-n, 0, n):
            for oy in (-n, 0, n):
                a, b = (x + ox, y + oy), (x + dx + ox, y + dy + oy)
                if max(a[0], b[0]) < 0 or min(a[0], b[0]) > n or max(a[1], b[1]) < 0 or min(a[1], b[1]) > n:
                    continue
                cv2.line(
                    tile,
                    (int(a[0] * 16), int(a[1] * 16)),
                    (int(b[0] * 16), int(b[1] * 16)),
                    tuple(map(float, tone)),
                    1,
                    cv2.LINE_AA,
                    4,
                )
    tile *= 1 + 0.12 * cloudy((n, n), (10.0, 50.0), 5)[..., None]
    return np.clip(tile * (0.25 / tile.mean(axis=(0, 1))), 0.01, 0.95)


def planks(ground: Ground, width_m: float, length_m: float, grain: float, seed: int) -> None:
    """Turn the floor into boards that run along x: each of its own tone, with grain and dark joints."""
    rng = np.random.default_rng(seed)
    x, y = ground.metres()
    row = np.floor((y - ground.corner[1]) / width_m).astype(int)
    shift = rng.uniform(0, length_m, row.max() + 2)[row]
    col = np.floor((x - ground.corner[0] + shift) / length_m).astype(int)
    tone = rng.normal(1.0, 0.09, (row.max() + 2, int(col.max()) + 2))[np.broadcast_to(row, col.shape), col]
    h, w = ground.picture.shape[:2]
    streaks = gaussian_filter(rng.standard_normal((h, w)).astype(np.float32), (0.8, 14.0), mode="wrap")
    tone = tone * (1 + grain * streaks / streaks.std())
    joint = (np.abs((y - ground.corner[1]) / width_m % 1.0) * width_m < 1.2 / ground.density) | (
        (x - ground.corner[0] + shift) % length_m < 1.0 / ground.density
    )
    tone = tone * np.where(joint, 0.72, 1.0)
    ground.picture = (ground.picture * np.clip(tone, 0.3, 1.6)[..., None]).astype(np.float32)


def mottled(ground: Ground, amount: float, seed: int) -> None:
    """Large faint stains, as on every used floor."""
    shape = ground.picture.shape[:2]
    ground.picture = (ground.picture * (1 + amount * cloudy(shape, (8.0, 60.0, 200.0), seed))[..., None]).astype(
        np.float32
    )


def grain(n: int, seed: int, coarse_px: float = 1.0) -> FloatArray:
    """A tile (n, n, 3) of even grain, mean 0.25, for rubber, asphalt and cloth. Wraps."""
    noise = 0.7 * cloudy((n, n), (coarse_px,), seed) + 0.5 * cloudy((n, n), (coarse_px * 4,), seed + 1)
    tile = np.repeat(np.clip(0.25 * (1 + 0.20 * noise), 0.05, 0.9)[..., None], 3, axis=2)
    return tile * (0.25 / tile.mean())
