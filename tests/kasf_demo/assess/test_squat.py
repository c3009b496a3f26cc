"""Squats of known depth and tempo."""

from __future__ import annotations

import numpy as np
import pytest
from athlete import chair_rises, countermovement, on_treadmill, recorded, squatting

from kasf_demo.assess import assess
from kasf_demo.assess.seated import uprighting_deg
from kasf_demo.assess.values import NotShownError


@pytest.mark.parametrize("fps", [25.0, 60.0, pytest.param(240.0, marks=pytest.mark.slow)])
def test_depth_tempo_and_number(fps: float) -> None:
    found = assess("squat", recorded(squatting(fps), fps))
    assert found["repetitions"].value == 3 and found["squat_depth"].value == pytest.approx(110, abs=1)
    # half a cosine goes from 10 to 90 % in 0.295 of its time
    assert found["descent_time"].value == pytest.approx(0.59, abs=2 / fps)
    assert found["ascent_time"].value == pytest.approx(0.59, abs=2 / fps)
    assert found["pause_time"].value == pytest.approx(0.41, abs=2 / fps)
    assert found["hip_below_knee"].value == pytest.approx(-0.43 * 0.574, abs=0.02)  # cos 55 degrees
    assert found["knee_difference"].value == pytest.approx(0, abs=0.5)


def test_jumps_and_runs_are_no_squats() -> None:
    xyz, feet = on_treadmill(60, contact_s=0.22, step_s=0.35)
    for recording in (recorded(countermovement(30), 30), recorded(xyz, 60, feet)):
        with pytest.raises(NotShownError, match="no squat"):
            assess("squat", recording)


def test_chair_rises_are_told_from_squats() -> None:
    rises = assess("squat", recorded(chair_rises(30), 30))
    assert rises["repetitions"].value == 3 == rises["seated_repetitions"].value
    assert {v.trust for v in rises.values if v.key != "seated_repetitions"} == {"no"}
    assert "chair rises" in rises.notes[0] and all("chair rise" in note for note in rises.notes[1:])
    squats = assess("squat", recorded(squatting(30), 30))
    assert squats["seated_repetitions"].value == 0 and squats["repetitions"].trust == "good"
    assert not any("chair" in note for note in squats.notes)


def test_a_long_still_time_at_the_bottom_is_not_sure() -> None:
    held = assess("squat", recorded(chair_rises(30, rock_deg=0.0), 30))
    assert held["seated_repetitions"].value == 0 and held["seated_repetitions"].trust == "rough"
    assert held["repetitions"].trust == "rough" and "perhaps" in held["repetitions"].note
    assert "perhaps" in held.notes[0]


@pytest.mark.parametrize("lean,deg", [((0, 10, 20, 10, 0), 0), ((0, 20, 10, 15, 0), 5), ((20, 5, 20), 15), ((1, 2), 0)])
def test_uprighting(lean: tuple[float, ...], deg: float) -> None:
    assert uprighting_deg(np.array(lean, float)) == deg
