"""A runner and a walker on a treadmill with known contact times, at 30 to 240 frames/s."""

from __future__ import annotations

import numpy as np
import pytest
from athlete import countermovement, leaning, on_treadmill, recorded

from body import FORWARD
from kasf_demo.assess import Assessment, assess
from kasf_demo.assess.values import NotShownError


def ran(fps: float, contact_s: float, step_s: float, test: str = "sprint", **more: float) -> Assessment:
    xyz, feet = on_treadmill(fps, contact_s=contact_s, step_s=step_s, **more)
    return assess(test, recorded(xyz, fps, feet))


RATES = [30.0, 60.0, *(pytest.param(fps, marks=pytest.mark.slow) for fps in (120.0, 240.0))]


@pytest.mark.parametrize("fps", RATES)
def test_a_runner_on_a_treadmill(fps: float) -> None:
    found = ran(fps, 0.22, 0.35)
    assert found["cadence"].value == pytest.approx(60 / 0.35, rel=0.01) and found["cadence"].trust == "good"
    assert found["contact_time"].value == pytest.approx(0.22, abs=max(1.5 / fps, 0.03))
    assert found["flight_phase"].value == pytest.approx(0.13, abs=max(1.5 / fps, 0.03))
    assert found["speed"].value == pytest.approx(3.0, rel=0.05)
    assert found["step_length"].value == pytest.approx(3.0 * 0.35, rel=0.05)
    assert found["path_speed"].value == pytest.approx(0, abs=0.05) and "treadmill" in found["path_speed"].note
    assert found["overstride"].value == pytest.approx(0.33, abs=3.0 / fps + 0.02)
    assert found["oscillation"].value == pytest.approx(0.06, abs=0.01)
    with pytest.raises(NotShownError, match="running, not walking"):
        ran(fps, 0.22, 0.35, "gait")


@pytest.mark.parametrize("contact_s", [0.12, 0.18, 0.28])
@pytest.mark.parametrize("fps", [60.0, 240.0])
def test_known_contact_times(fps: float, contact_s: float) -> None:
    """To a frame and a half, or 2 cm of the heel's height either side; both sides alike."""
    found = ran(fps, contact_s, 0.35)
    sides = [v for v in found.values if v.key == "contact_time"]
    assert {v.side for v in sides} == {"r", "l"}
    for value in sides:
        assert value.value == pytest.approx(contact_s, abs=max(1.5 / fps, 0.03))
        assert value.interval is not None and value.interval[0] < contact_s + 0.03


def test_a_walker() -> None:
    found = ran(60, 0.62, 0.5, "gait", speed=1.2, bounce_m=0.03)
    assert found["cadence"].value == pytest.approx(120, rel=0.01)
    assert found["contact_time"].value == pytest.approx(0.62, abs=0.04)
    assert found["double_support"].value == pytest.approx(24, abs=8)
    assert found["step_length"].value == pytest.approx(0.6, rel=0.06)
    with pytest.raises(NotShownError, match="walking, not running"):
        ran(60, 0.62, 0.5, "sprint", speed=1.2, bounce_m=0.03)


@pytest.mark.parametrize(("contact_s", "step_s", "runs"), [(0.22, 0.35, True), (0.62, 0.5, False)])
def test_without_feet_the_pelvis_tells_running_from_walking(contact_s: float, step_s: float, runs: bool) -> None:
    xyz, _ = on_treadmill(60, contact_s=contact_s, step_s=step_s, speed=3.0 if runs else 1.2, bounce_m=0.05)
    recording = recorded(xyz, 60)
    found = assess("sprint" if runs else "gait", recording)
    assert found["contact_time"].value is None and "heels and toes" in found["contact_time"].note
    assert found["cadence"].value == pytest.approx(60 / step_s, rel=0.01)
    with pytest.raises(NotShownError):
        assess("gait" if runs else "sprint", recording)


def test_a_moving_camera_leaves_the_path_open() -> None:
    xyz, feet = on_treadmill(60, contact_s=0.22, step_s=0.35)
    found = assess("sprint", recorded(xyz, 60, feet, reliable=False))
    assert found["path_speed"].value is None and found["speed"].value == pytest.approx(3.0, rel=0.05)


def test_who_jumps_does_not_run() -> None:
    for test in ("sprint", "gait"):
        with pytest.raises(NotShownError, match="even, alternating steps"):
            assess(test, recorded(countermovement(30), 30))


def test_over_ground_the_path_gives_the_step_length() -> None:
    """The runner of the treadmill is moved along at another speed than the belt's: the two are told apart."""
    for belt, ground, trusted in ((3.0, 3.0, "rough"), (2.2, 3.0, "no")):
        xyz, feet = on_treadmill(60, contact_s=0.22, step_s=0.35, speed=belt)
        way = ground * np.arange(len(xyz))[:, None, None] / 60 * FORWARD
        found = assess("sprint", recorded(xyz + way, 60, feet + way))
        assert found["path_speed"].value == pytest.approx(ground, rel=0.03)
        assert found["step_length"].value == pytest.approx(ground * 0.35, rel=0.03)
        assert found["speed"].trust == trusted and "over the ground" in found["step_length"].note


def test_contacts_that_come_out_short_make_no_runner() -> None:
    """Contacts of 0.87 of a step, as estimated of walkers: the pelvis decides, and nothing is called good."""
    walks = ran(60, 0.53, 0.61, "gait", speed=1.2, bounce_m=0.05, runs=False)
    assert any("alone" in note for note in walks.notes) and walks["cadence"].trust == "rough"
    runs = ran(60, 0.53, 0.61, "sprint", speed=2.0, bounce_m=0.05, runs=True)
    assert "called running by the pelvis alone" in runs.notes[1]
    sure = ran(60, 0.22, 0.35)
    assert sure["cadence"].trust == "good" and not any("alone" in note for note in sure.notes)
    with pytest.raises(NotShownError, match="walking, not running"):
        ran(60, 0.53, 0.61, "sprint", speed=1.2, bounce_m=0.05, runs=False)


def test_steps_of_a_body_bent_over_are_no_gait() -> None:
    xyz, feet = on_treadmill(30, contact_s=0.22, step_s=0.35)
    bent_over = recorded(np.array([leaning(pose, 60) for pose in xyz]), 30, feet)
    with pytest.raises(NotShownError, match="neither walking nor running"):
        assess("sprint", bent_over)
