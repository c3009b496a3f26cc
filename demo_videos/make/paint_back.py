"""Backgrounds painted with numpy and OpenCV: skies, trees, stands, advertising boards, hall walls. Linear light."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from looks import linear
from paint_floor import cloudy

FloatArray = NDArray[np.floating[Any]]
Colour = tuple[float, float, float]


def rgb(*colour: float) -> FloatArray:
    """sRGB 0 to 1 to linear, (3,)."""
    return linear(np.array(colour))


def sky(top: Colour, horizon: Colour, clouds: float, seed: int) -> FloatArray:
    """(1024, 2048, 3): once around, from 10 degrees below the horizon (last row) to the zenith (first row)."""
    h, w = 1024, 2048
    up = np.clip(1 - np.arange(h) / (h * 0.9), 0, 1)[:, None, None]
    base = linear(np.array(horizon)) * (1 - up**0.55) + linear(np.array(top)) * up**0.55
    noise = sum(_stretched((h, w), s, seed + i) / (i + 1) for i, s in enumerate((70.0, 32.0, 14.0, 6.0)))
    cover = np.clip((noise / noise.std() - 1.2 + 1.7 * clouds) * 0.55, 0, 1)[..., None] * np.clip(up * 9, 0, 1)
    shade = np.clip(1.02 - 0.16 * np.roll(cover, -14, axis=0), 0, 1.1)
    return (base * (1 - 0.85 * cover) + linear(np.array([0.97, 0.97, 0.98])) * shade * 0.85 * cover).astype(np.float32)


def _stretched(shape: tuple[int, int], scale: float, seed: int) -> FloatArray:
    """Noise three times as wide as high."""
    rng = np.random.default_rng(seed)
    layer = gaussian_filter(
        rng.standard_normal(shape).astype(np.float32), (scale / 2.2, scale * 1.4), mode=("nearest", "wrap")
    )
    return layer / layer.std()


def trees(width: int, height: int, seed: int, colour: Colour = (0.19, 0.27, 0.13)) -> FloatArray:
    """(H, W, 4) a row of leafy crowns, out of focus; alpha 0 above them."""
    rng = np.random.default_rng(seed)
    mask, light = np.zeros((height, width), np.float32), np.full((height, width), 0.55, np.float32)
    for depth in range(3):
        x = 0.0
        while x < width:
            crown = rng.uniform(0.10, 0.22) * height
            top = height * (rng.uniform(0.10, 0.45) + 0.14 * depth)
            for _ in range(150):
                cx, cy = x + rng.normal(0, crown * 0.8), top + crown + rng.normal(0, crown * 0.7)
                r = rng.uniform(0.06, 0.22) * crown
                tone = rng.uniform(0.35, 1.15) * (1.15 - 0.5 * (cy - top) / (3 * crown)) * (0.8 + 0.15 * depth)
                cv2.circle(mask, (int(cx), int(cy)), int(r), 1.0, -1, cv2.LINE_AA)
                cv2.circle(light, (int(cx), int(cy)), int(r), float(tone), -1, cv2.LINE_AA)
            cv2.rectangle(mask, (int(x - crown), int(top + crown)), (int(x + crown), height), 1.0, -1)
            x += crown * rng.uniform(0.7, 1.3)
    _, parts = cv2.connectedComponents((mask > 0.5).astype(np.uint8))
    mask = (parts == parts[-1, width // 2]).astype(np.float32)  # no leaves in the air
    light *= 1 + 0.25 * cloudy((height, width), (3.0, 12.0), seed + 1)
    picture = linear(np.array(colour)) * np.clip(gaussian_filter(light, 3.0), 0.08, 2)[..., None]
    return np.concatenate([picture, np.clip(gaussian_filter(mask, 7.0) * 2.6 - 1.1, 0, 1)[..., None]], axis=2).astype(
        np.float32
    )


def boards(
    width_m: float,
    height_m: float,
    panels: list[tuple[str, Colour, Colour]],
    density: float = 90.0,
    blur_m: float = 0.012,
) -> FloatArray:
    """(H, W, 3) a row of advertising boards, repeated to fill the width: (text, colour, text colour) each 6 m wide."""
    h, w = int(height_m * density), int(width_m * density)
    picture = np.zeros((h, w, 3), np.float32)
    each = int(6.0 * density)
    for n, x in enumerate(range(0, w, each)):
        text, back, front = panels[n % len(panels)]
        tile = np.broadcast_to(linear(np.array(back)), (h, each, 3)).astype(np.float32).copy()
        ink = np.zeros((h, each), np.uint8)
        scale = h / 46.0
        (tw, th), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, max(int(scale * 3.2), 1))
        cv2.putText(
            ink,
            text,
            ((each - tw) // 2, (h + th) // 2),
            cv2.FONT_HERSHEY_DUPLEX,
            scale,
            255,
            max(int(scale * 3.2), 1),
            cv2.LINE_AA,
        )
        a = ink[..., None].astype(np.float32) / 255
        tile = tile * (1 - a) + linear(np.array(front)) * a
        tile[:, :3] *= 0.4
        picture[:, x : x + each] = tile[:, : w - x]
    picture[: max(h // 30, 1)] = rgb(0.75, 0.76, 0.78)
    shade = np.linspace(1.0, 0.78, h)[:, None, None]
    return np.stack([gaussian_filter(picture[..., c], blur_m * density) for c in range(3)], axis=2) * shade


def stands(width_m: float, height_m: float, seats: Colour, aisle_m: float = 11.0, density: float = 26.0) -> FloatArray:
    """(H, W, 3) rows of empty seats under a roof's shade, out of focus."""
    h, w = int(height_m * density), int(width_m * density)
    y, x = np.arange(h)[:, None] / density, np.arange(w)[None] / density
    row = (y / 0.42) % 1.0
    seat = (x / 0.50) % 1.0
    tone = np.where(row < 0.55, 1.0, 0.35) * np.where(seat < 0.82, 1.0, 0.6)
    rng = np.random.default_rng(5)
    tone = (
        tone
        * rng.uniform(0.8, 1.1, (int(h / (0.42 * density)) + 1, int(w / (0.5 * density)) + 1))[
            (y / 0.42).astype(int), (x / 0.50).astype(int)
        ]
    )
    picture = linear(np.array(seats)) * tone[..., None]
    aisle = (np.abs(x % aisle_m - aisle_m / 2) < 0.6) & (y >= 0)
    picture[np.broadcast_to(aisle, (h, w))] = rgb(0.55, 0.55, 0.54)
    depth = (0.35 + 0.65 * np.clip(y / height_m * 1.6, 0, 1))[..., None]
    picture = picture * depth
    picture[y[:, 0] < 0.10 * height_m] = rgb(0.16, 0.17, 0.19)
    picture[(y[:, 0] > 0.94 * height_m)] = rgb(0.62, 0.62, 0.60)
    return np.stack([gaussian_filter(picture[..., c], 1.6) for c in range(3)], axis=2).astype(np.float32)


class Wall:
    """A wall image of size_m (width, height) metres; positions in metres from its lower left corner."""

    def __init__(self, size_m: tuple[float, float], colour: Colour, density: float = 55.0, seed: int = 1) -> None:
        self.size, self.density = size_m, density
        shape = (round(size_m[1] * density), round(size_m[0] * density))
        shade = 1 + 0.03 * cloudy(shape, (20.0, 90.0), seed)
        self.picture = (linear(np.array(colour)) * shade[..., None]).astype(np.float32)

    def box(self, x: float, y: float, w: float, h: float, colour: Colour | FloatArray) -> None:
        """A filled rectangle; an array (3,) is a linear colour, which may be brighter than 1."""
        rows = slice(
            max(round((self.size[1] - y - h) * self.density), 0), max(round((self.size[1] - y) * self.density), 0)
        )
        columns = slice(max(round(x * self.density), 0), max(round((x + w) * self.density), 0))
        self.picture[rows, columns] = colour if isinstance(colour, np.ndarray) else linear(np.array(colour))

    def window(
        self, x: float, y: float, w: float, h: float, panes: tuple[int, int], frame: Colour, light: float
    ) -> None:
        """A window with daylight behind it."""
        self.box(x - 0.08, y - 0.08, w + 0.16, h + 0.16, frame)
        rows = np.linspace(1.15, 0.85, max(round(h * self.density), 1))[:, None, None]
        top = max(round((self.size[1] - y - h) * self.density), 0)
        left = max(round(x * self.density), 0)
        area = self.picture[top : top + len(rows), left : left + round(w * self.density)]
        area[:] = rgb(0.80, 0.89, 0.97) * light * rows[: len(area)]
        for i in range(1, panes[0]):
            self.box(x + w * i / panes[0] - 0.025, y, 0.05, h, frame)
        for i in range(1, panes[1]):
            self.box(x, y + h * i / panes[1] - 0.025, w, 0.05, frame)

    def bricks(self, seed: int) -> None:
        """Painted brickwork over the whole wall."""
        h, w = self.picture.shape[:2]
        y, x = np.arange(h)[:, None] / self.density, np.arange(w)[None] / self.density
        row = np.floor(y / 0.075).astype(int)
        along = x / 0.24 + 0.5 * (row % 2)
        tone = np.random.default_rng(seed).normal(1.0, 0.10, (row.max() + 1, int(along.max()) + 1))[
            np.broadcast_to(row, along.shape), along.astype(int)
        ]
        joint = (y % 0.075 < 0.010) | (along % 1.0 < 0.05)
        self.picture = (self.picture * np.where(joint, 1.12, tone)[..., None]).astype(np.float32)

    def text(self, x: float, y: float, height: float, words: str, colour: Colour) -> None:
        """Words whose capitals are `height` metres high, the lower left corner at (x, y)."""
        ink = np.zeros(self.picture.shape[:2], np.uint8)
        scale = height * self.density / 22.0
        place = (round(x * self.density), round((self.size[1] - y) * self.density))
        cv2.putText(ink, words, place, cv2.FONT_HERSHEY_DUPLEX, scale, 255, max(round(scale * 3), 1), cv2.LINE_AA)
        a = ink[..., None].astype(np.float32) / 255
        self.picture = (self.picture * (1 - a) + linear(np.array(colour)) * a).astype(np.float32)

    def finish(self, blur_m: float = 0.03) -> FloatArray:
        """The image, darker toward the floor and the ceiling, out of focus by `blur_m`."""
        height = np.linspace(1, 0, self.picture.shape[0])[:, None, None]
        shade = 1 - 0.25 * np.exp(-height * 14) - 0.15 * np.exp(-(1 - height) * 8)
        sigma = blur_m * self.density
        return np.stack([gaussian_filter(self.picture[..., c], sigma) for c in range(3)], axis=2) * shade
