"""One moment as a picture: the image with the skeleton over it, and the skeleton in 3D beside it."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np

from kasf_demo.plots.skeleton import draw_body, draw_keypoints, project
from kasf_demo.plots.style import new_figure, save
from kasf_demo.plots.subject import Box, Cut
from kasf_demo.types.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Picture:
    """A moment to show. uv (17, 2) px; xyz (17, 3) world metres; doubtful (17,). cut: part of the image, None without
    the clip; box: where it is."""

    time_s: float
    name: str
    uv: FloatArray
    xyz: FloatArray
    doubtful: BoolArray
    box: Box
    cut: Cut | None = None


def picture_uri(picture: Picture, height_in: float = 2.4) -> str:
    """A PNG as a data URI; call within `style.styled()`."""
    figure = new_figure(height_in, height_in * (1.5 if picture.cut is not None else 0.8))
    axes = figure.subplots(1, 2 if picture.cut is not None else 1, squeeze=False)[0]
    if picture.cut is not None:
        cut, box = picture.cut, picture.box
        height, width = cut.image.shape[:2]
        axes[0].imshow(cut.image, extent=(cut.x_px, cut.x_px + width, cut.y_px + height, cut.y_px))
        draw_keypoints(axes[0], picture.uv, picture.doubtful)
        axes[0].set(xlim=(box.x0, box.x1), ylim=(box.y1, box.y0))
        axes[0].set_axis_off()
    draw_body(axes[-1], picture.xyz, picture.doubtful)
    points, _ = project(picture.xyz - picture.xyz[:1] * [1.0, 1.0, 0.0])
    low, high = points.min(0) - 0.12, points.max(0) + 0.16
    half = float(max(-low[0], high[0], 0.6))
    axes[-1].set(xlim=(-half, half), ylim=(float(np.minimum(low[1], -0.35)), float(high[1])))
    data = io.BytesIO()
    save(figure, data, "png")
    return f"data:image/png;base64,{base64.b64encode(data.getvalue()).decode()}"
