"""Key moments: which are chosen, and the crops around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feet import with_feet
from kicks import GAP, kicking
from plotted import a_person, a_subject, with_contacts, with_events

from kasf_demo.kinematics import measure
from kasf_demo.plots.key_moment_strip import draw_strip
from kasf_demo.plots.key_moments import MAX_MOMENTS, key_moments
from kasf_demo.plots.style import new_figure, styled
from kasf_demo.types.motion import Events
from kasf_demo.types.people import Pose3D


def test_moments_are_the_named_ones_in_order_and_apart() -> None:
    pose = kicking()
    moments = key_moments(a_person(pose), with_events())
    names, frames = [m.name for m in moments], [m.frame for m in moments]
    assert len(moments) == MAX_MOMENTS and frames == sorted(set(frames))
    assert {"kick, right", "take-off", "flight", "landing"} <= set(names)
    assert all(pose.valid[f] for f in frames) and all(m.time_s == pose.times_s[m.frame] for m in moments)
    assert min(np.diff([m.time_s for m in moments])) >= 0.08
    assert moments[names.index("flight")].time_s == pytest.approx(0.6, abs=0.02)


def test_moments_fill_up_where_nothing_happens() -> None:
    pose = kicking()
    quiet = replace(measure(pose), events=Events())
    moments = key_moments(a_person(pose), quiet)
    assert len(moments) == MAX_MOMENTS and np.ptp([m.time_s for m in moments]) > 0.9 * np.ptp(pose.times_s)
    assert not {m.frame for m in moments} & set(range(60)[GAP])
    nobody = Pose3D(
        np.full((5, 17, 3), np.nan), np.zeros((5, 17)), np.zeros(5, bool), np.zeros(5, bool), np.arange(5) / 30
    )
    assert key_moments(a_person(nobody), measure(nobody)) == ()


def test_boxes_are_of_one_size_and_hold_the_athlete() -> None:
    subject = a_subject()
    assert len({(m.box.x1 - m.box.x0, m.box.y1 - m.box.y0) for m in subject.moments}) == 1
    for m in subject.moments:
        uv = subject.person.h36m.xy[m.frame]
        assert (uv.min(0) > [m.box.x0, m.box.y0]).all() and (uv.max(0) < [m.box.x1, m.box.y1]).all()


def test_foot_strikes_are_moments() -> None:
    pose, motion = kicking(), with_contacts()
    contacts = tuple(replace(c, start_s=c.start_s + 0.6, end_s=c.end_s + 0.6) for c in motion.events.contacts)
    events = replace(motion.events, flights=(), strike=None, gait=None, contacts=contacts)
    names = [m.name for m in key_moments(a_person(pose), replace(motion, events=events))]
    assert "right foot lands,\nrearfoot" in names  # the left one is doubtful
    assert not any(name.startswith("left foot") for name in names)


def test_the_strip_draws_feet() -> None:
    footed = with_feet(kicking())
    with styled():
        lines = []
        for pose in (kicking(), footed):
            figure = new_figure(6, 3)
            draw_strip(figure, a_subject(pose))
            lines.append(sum(len(axes.lines) for axes in figure.axes))
    moments = len(a_subject(footed).moments)
    assert lines[1] - lines[0] == moments * 2 * 3 * 3  # two feet of three lines, each with its edge and its shadow
