"""The ground trajectory as a plot."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from kicks import kicking
from matplotlib.figure import Figure
from plotted import a_subject, drawn

from kasf_demo.plots.style import styled
from kasf_demo.plots.trajectory import draw_path
from kasf_demo.types.people import Pose3D


def test_what_cannot_be_trusted_is_not_drawn_solid() -> None:
    subject = a_subject()
    reliable = np.arange(60) < 20
    with styled():
        figure = Figure()
        draw_path(figure, replace(subject, reliable=reliable))
    solid = figure.axes[0].lines[1].get_xdata()
    assert np.isfinite(solid[:20]).all() and np.isnan(solid[20:]).all()
    assert any("not reliable" in t.get_text() for t in figure.legends[0].get_texts())


def test_times_along_a_way_do_not_cover_each_other() -> None:
    """The athlete hardly leaves the spot: the times would lie on top of each other, and on the marks of standing
    feet."""
    pose = kicking(frames=120)
    home = pose.xyz - pose.xyz[:, :1] + [0, 3, 0.9] + 0.15 * np.sin(np.arange(120) / 9)[:, None, None] * [1, 0.3, 0.2]
    subject = a_subject(Pose3D(home, pose.score, pose.valid, pose.interpolated, pose.times_s))
    figure = drawn(draw_path, subject, 2.2)
    for axes in figure.axes:
        boxes = [t.get_window_extent() for t in axes.texts if t.get_visible()]
        assert len(boxes) >= 2
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


def test_times_along_a_way_stand_beside_it() -> None:
    """A way that rises to the right: a text on the upper right of its point would be crossed out."""
    pose = kicking(frames=120)
    way = np.linspace([0, 7, 0.9], [2.5, 9, 0.9], 120)
    subject = a_subject(
        Pose3D(pose.xyz - pose.xyz[:, :1] + way[:, None], pose.score, pose.valid, pose.interpolated, pose.times_s)
    )
    axes = drawn(draw_path, subject, 2.2).axes[0]
    line = axes.transData.transform(np.linspace(way[0, :2], way[-1, :2], 5000))
    boxes = [t.get_window_extent().padded(-1) for t in axes.texts if t.get_visible()]
    assert len(boxes) >= 4
    assert not any(((line > box.min) & (line < box.max)).all(-1).any() for box in boxes)
