"""Squats of known depth and tempo."""

from __future__ import annotations

import pytest
from athlete import countermovement, on_treadmill, recorded, squatting

from kasf_demo.assess import assess
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
