"""A strip of key moments: image crop above, skeleton below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from kasf_demo.plots.skeleton import draw_body, draw_keypoints, project
from kasf_demo.plots.style import no_plot
from kasf_demo.plots.subject import Cut, Moment, Subject
from kasf_demo.render.foot_points import foot_points
from kasf_demo.types.arrays import BoolArray, FloatArray


def draw_strip(figure: Figure | SubFigure, subject: Subject) -> None:
    """The key moments of the clip."""
    draw_moments(figure, subject, subject.moments, subject.cuts)


def draw_moments(
    figure: Figure | SubFigure, subject: Subject, moments: Sequence[Moment], cuts: Mapping[int, Cut]
) -> None:
    """One column per moment; all crops share one scale, and all skeletons share one. cuts: image crops by frame."""
    pose = subject.person.pose
    if not moments:
        no_plot(figure.subplots(), "no pose")
        return
    grid = figure.subplots(2 if cuts else 1, len(moments), squeeze=False)
    across, up = _limits(pose.xyz[[m.frame for m in moments]])
    feet, feet_px = pose.feet, foot_points(subject.person)
    for column, moment in zip(grid.T, moments, strict=True):
        column[0].set_title(f"{moment.time_s:.2f} s\n{moment.name}", loc="center", fontsize=7, linespacing=1.3)
        doubtful = pose.in_doubt[moment.frame]
        if cuts:
            uv = subject.person.h36m.xy[moment.frame]
            seen = None if feet_px is None else feet_px[moment.frame]
            _picture(column[0], cuts.get(moment.frame), moment, uv, doubtful, seen)
        draw_body(column[-1], pose.xyz[moment.frame], doubtful, None if feet is None else feet.xyz[moment.frame])
        column[-1].set(xlim=across, ylim=up)


def _picture(
    axes: Axes, cut: Cut | None, moment: Moment, uv: FloatArray, doubtful: BoolArray, feet: FloatArray | None
) -> None:
    axes.set_axis_off()
    box = moment.box
    if cut is not None:
        height, width = cut.image.shape[:2]
        axes.imshow(
            cut.image, extent=(cut.x_px, cut.x_px + width, cut.y_px + height, cut.y_px), interpolation="antialiased"
        )
        draw_keypoints(axes, uv, doubtful, feet)
    axes.set(xlim=(box.x0, box.x1), ylim=(box.y1, box.y0))


def _limits(xyz: FloatArray) -> tuple[tuple[float, float], tuple[float, float]]:
    """Bounds of all skeletons (M, 17, 3), each around its own pelvis, with some floor."""
    points, _ = project(xyz - xyz[:, :1] * [1.0, 1.0, 0.0])
    low, high = points.min((0, 1)) - 0.12, points.max((0, 1)) + 0.16
    half = float(max(-low[0], high[0], 0.6))
    return (-half, half), (float(np.minimum(low[1], -0.35)), float(high[1]))
