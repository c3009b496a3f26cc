"""Curves of angles and speeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from feet import with_feet
from kicks import kicking
from matplotlib.figure import Figure
from plotted import a_subject, drawn, with_events

from kasf_demo.kinematics import measure, measure_angles
from kasf_demo.plots.curves import draw_curves
from kasf_demo.plots.style import new_figure, styled
from kasf_demo.types.motion import ANGLES, Events, Gait, Strike
from kasf_demo.types.people import Pose3D


def test_the_raw_curve_and_the_events_are_drawn() -> None:
    raw = measure_angles(kicking(seed=1))
    with styled():
        figure, without = Figure(), Figure()
        draw_curves(figure, a_subject(motion=with_events(), raw=raw))
        draw_curves(without, a_subject(motion=replace(with_events(), events=Events())))
    knee, plain = figure.axes[0], without.axes[0]
    lines = [line.get_ydata() for line in knee.lines]
    assert any(np.allclose(y, raw["r_knee_flexion"], equal_nan=True) for y in lines if len(y) == 60)
    at = sorted(line.get_xdata()[0] for line in knee.lines if len(line.get_xdata()) == 2)
    assert at == [time_s for time_s, _, _ in with_events().events.marks()]
    assert len(plain.lines) == 4 and "Foot Strike" in [t.get_text() for t in knee.texts]


def test_a_step_is_named_once_for_each_foot() -> None:
    steps = tuple((0.1 + 0.3 * k, "rl"[k % 2]) for k in range(6))
    motion = replace(measure(kicking()), events=Events(gait=Gait(steps, 200.0)))  # type: ignore[arg-type]
    figure = drawn(draw_curves, a_subject(motion=motion), 7.4)
    assert [t.get_text() for t in figure.axes[0].texts] == ["Foot Strike"] * 2


def test_a_kick_keeps_its_name_beside_a_step() -> None:
    events = Events(gait=Gait(((0.1, "r"), (1.3, "l")), 170.0), strike=Strike("kick", "r", 1.35, 9.0, 8.0))
    figure = drawn(draw_curves, a_subject(motion=replace(measure(kicking()), events=events)), 7.4)
    assert sorted(t.get_text() for t in figure.axes[0].texts) == ["Foot Strike", "Kick"]


def test_an_angle_that_passes_half_a_turn_is_no_upright_line() -> None:
    pose = kicking()
    angles = measure(pose).angles
    wrapped = angles.deg.copy()
    wrapped[:, ANGLES.index("r_hip_flexion")] = (np.linspace(100, 260, 60) + 180) % 360 - 180
    figure = drawn(draw_curves, a_subject(motion=replace(measure(pose), angles=replace(angles, deg=wrapped))), 7.4)
    ends = [
        np.abs(np.diff(np.asarray(line.get_ydata(), float)))
        for line in figure.axes[1].lines
        if len(line.get_xdata()) == 60
    ]
    assert max(np.nanmax(step) for step in ends) < 90


def test_curves_of_frames_filled_in_and_speeds_along_a_doubtful_way_are_pale() -> None:
    pose = kicking()
    filled = Pose3D(pose.xyz, pose.score, pose.valid, np.arange(60) < 10, pose.times_s)
    subject = replace(a_subject(filled), reliable=np.arange(60) < 40)
    with styled():
        figure = Figure()
        draw_curves(figure, subject)
    knee, foot = (axes.lines[1].get_ydata() for axes in (figure.axes[0], figure.axes[6]))
    seen = pose.valid & (np.arange(60) >= 10)
    assert (np.isfinite(knee) == seen).all() and (np.isfinite(foot) == seen & (np.arange(60) < 40)).all()
    assert [t.get_text() for t in figure.legends[0].get_texts()].count("doubtful") == 1


def test_feet_have_curves_of_their_own() -> None:
    pose = with_feet(kicking())
    motion = measure(pose)
    figure = drawn(draw_curves, a_subject(pose, motion=motion), 7.4)
    panels = {axes.get_title(loc="left"): axes for axes in figure.axes}
    assert {"ankle flexion, °", "foot against the floor, °"} <= set(panels)
    assert motion.foot_angles is not None
    curves = [np.asarray(line.get_ydata(), float) for line in panels["ankle flexion, °"].lines]
    assert any(np.allclose(y, motion.foot_angles["r_ankle_flexion"], equal_nan=True) for y in curves if len(y) == 60)
    plain = drawn(draw_curves, a_subject(motion=measure(kicking())), 7.4)
    assert "ankle flexion, °" not in [axes.get_title(loc="left") for axes in plain.axes]


def test_hypotheses_get_two_panels() -> None:
    plain, pose = a_subject(), kicking()
    titles = []
    for subject in (plain, a_subject(replace(pose, spread_m=np.full((len(pose), 17), 0.05)))):
        with styled():
            figure = new_figure(7.4)
            draw_curves(figure, subject)
        titles.append([axes.get_title("left") for axes in figure.axes])
    assert titles[1][: len(titles[0])] == titles[0]
    assert titles[1][len(titles[0]) :] == [f"spread of hypotheses, {part}, mm" for part in ("legs", "arms")]
