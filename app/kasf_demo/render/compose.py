"""Composes every output frame of one clip: the source frame with its skeleton, the 3D panel, time stamp, legend,
caption."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import cv2
import numpy as np

from kasf_demo.errors import UsageError, printable
from kasf_demo.render.layout import MIN_HEIGHT_PX, LayoutName, plan_layout
from kasf_demo.render.overlay import Overlay
from kasf_demo.render.panel import Panel3D
from kasf_demo.render.style import BACKGROUND, TextSizes
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.types.people import Person


@dataclass(frozen=True)
class RenderOptions:
    """How the output looks. `view` is elevation and azimuth in degrees around the athlete: azimuth -90 looks along +y,
    as the source camera does; one azimuth, or one for each frame (T,). `orbit_deg_per_s` turns the azimuth over the
    clip. Higher sources are scaled to `max_height_px`.
    """

    layout: LayoutName = "side"
    view: tuple[float, float | FloatArray] = (12.0, -60.0)
    orbit_deg_per_s: float = 0.0
    max_height_px: int = 2160

    def __post_init__(self) -> None:
        if self.layout not in get_args(LayoutName):
            raise UsageError(f"layout {self.layout!r} is not known", f"take one of {', '.join(get_args(LayoutName))}")
        elevation, azimuth = self.view
        if not (np.isfinite(azimuth).all() and math.isfinite(self.orbit_deg_per_s)) or not -90 <= elevation <= 90:
            raise UsageError(
                f"view {self.view} with orbit {self.orbit_deg_per_s} cannot be drawn",
                "elevation is within -90..90 degrees",
            )
        if self.max_height_px < MIN_HEIGHT_PX:
            raise UsageError(f"a height limit of {self.max_height_px} px is too small", f"take {MIN_HEIGHT_PX} or more")


class Composer:
    """Draws every output image of one clip on reused buffers.

    people: whose rows are frame numbers; times_s (T,): the frames' times; size: (width, height) of the output, both
    even. shots: the frames of each shot; the 3D view is fitted to each on its own.
    """

    def __init__(
        self,
        people: Sequence[Person],
        info: VideoInfo,
        times_s: FloatArray,
        options: RenderOptions | None = None,
        *,
        caption: str = "",
        shots: Sequence[slice] = (),
    ) -> None:
        options = options or RenderOptions()
        self._layout = plan_layout(options.layout, info.width, info.height, options.max_height_px)
        self.size = (self._layout.width, self._layout.height)
        self._canvas: Image = np.empty((self._layout.height, self._layout.width, 3), np.uint8)
        self._canvas[:] = BACKGROUND if self._layout.panel else (0, 0, 0)
        self._overlay: Overlay | None = None
        self._panel: Panel3D | None = None
        if picture := self._layout.picture:
            scale = np.array([picture.width / info.width, picture.height / info.height])
            sizes = TextSizes.of(picture.width, picture.height)
            self._overlay = Overlay(people, scale, (picture.width, picture.height), sizes.label)
        if panel := self._layout.panel:
            view = self._canvas[panel.slices]
            times = np.asarray(times_s, np.float64)
            self._panel = Panel3D(view, people, times, options.view, options.orbit_deg_per_s, printable(caption), shots)

    def draw(self, frame: Frame) -> Image:
        """(height, width, 3) RGB for `frame`. The buffer is the composer's own: the next call overwrites it."""
        if (picture := self._layout.picture) and self._overlay:
            target = self._canvas[picture.slices]
            place_image(frame.image, target)
            self._overlay.draw(target, frame.index)
        if self._panel:
            self._panel.draw(frame.index, frame.time_s)
        return self._canvas


def place_image(image: Image, target: Image) -> None:
    """Copies `image` to `target`, scaled where the sizes differ."""
    if image.shape == target.shape:
        np.copyto(target, image)
        return
    shrinks = target.shape[0] < image.shape[0]
    size = (target.shape[1], target.shape[0])
    target[:] = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
