"""Frames: the renderer's tables put together, linear light made into 8-bit images, motion blur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trace import first_pass, second_pass  # isort: skip

FloatArray = NDArray[np.floating[Any]]
SOBER = np.float32(0.14)  # how much of the colour is taken out


@dataclass(frozen=True)
class Stage:
    """Tables of everything that does not move: images, floor, panels, light, exposure."""

    tex: tuple[Any, Any, Any]
    floor: FloatArray
    panels: FloatArray
    light: FloatArray
    exposure: float = 1.0


@dataclass(frozen=True)
class Actors:
    """Tables of one moment: solids and how they are painted (palettes, styles, frames, numbers)."""

    solids: tuple[FloatArray, NDArray[np.int64], FloatArray]
    skins: tuple[FloatArray, FloatArray, FloatArray, FloatArray]


def view_row(k: FloatArray, rotation: FloatArray, translation: FloatArray) -> FloatArray:
    """Centre, rotation rows, focal length and principal point of one camera, as the tracer takes them (15,)."""
    return np.concatenate([-rotation.T @ translation, rotation.ravel(), [k[0, 0], k[0, 2], k[1, 2]]])


def render(view: FloatArray, size: tuple[int, int], actors: Actors, stage: Stage) -> FloatArray:
    """(H, W, 3) float64 linear light. size: width, height px."""
    width, height = size
    first, out = np.zeros((height, width, 3)), np.zeros((height, width, 3))
    what = np.zeros((height, width), np.int64)
    shared = (actors.solids, actors.skins, stage.tex, stage.floor, stage.panels, stage.light)
    first_pass(view, width, height, 0.5, 0.5, *shared, first, what)
    second_pass(view, *shared, first, what, out)
    return out


def render_blurred(moments: list[tuple[FloatArray, Actors]], size: tuple[int, int], stage: Stage) -> FloatArray:
    """The mean of images taken while the shutter is open, one ray per pixel each, at places spread over the pixel."""
    width, height = size
    total, one = np.zeros((height, width, 3)), np.zeros((height, width, 3))
    what = np.zeros((height, width), np.int64)
    for n, (view, actors) in enumerate(moments):
        x, y = (
            (n * 0.7548776662) % 1.0,
            (n * 0.5698402910) % 1.0,
        )  # a sequence that fills the square evenly (Roberts 2018)
        shared = (actors.solids, actors.skins, stage.tex, stage.floor, stage.panels, stage.light)
        first_pass(view, width, height, x, y, *shared, one, what)
        total += one
    return total / len(moments)


def develop(light: FloatArray, exposure: float) -> NDArray[np.uint8]:
    """Linear light (H, W, 3) as 8-bit sRGB, highlights rolled off (the curve that Narkowicz fitted to ACES, 2015)."""
    x = light.astype(np.float32) * (0.8 * exposure)
    x = x + (x @ np.float32([[0.2126], [0.7152], [0.0722]]) - x) * SOBER
    x = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    srgb = np.where(x <= 0.0031308, 12.92 * x, 1.055 * np.power(x, 1 / 2.4) - 0.055)
    return (srgb * 255 + 0.5).astype(np.uint8)
