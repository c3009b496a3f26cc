"""A change of direction by a known angle."""

from __future__ import annotations

import pytest
from athlete import recorded, turning_run

from kasf_demo.assess import assess
from kasf_demo.assess.values import NotShownError


@pytest.mark.parametrize("turn_deg", [45.0, -90.0, 135.0])
@pytest.mark.parametrize("fps", [30.0])
def test_angle_and_speeds(turn_deg: float, fps: float) -> None:
    found = assess("cod", recorded(turning_run(fps, turn_deg=turn_deg), fps))
    assert found["turn_angle"].value == pytest.approx(turn_deg, abs=5) and found["turn_angle"].trust == "rough"
    assert found["entry_speed"].value == pytest.approx(3.0, rel=0.02) == found["exit_speed"].value
    assert found["turn_angle"].at_s == pytest.approx(1.5, abs=0.15)


def test_straight_runs_and_moving_cameras_are_refused() -> None:
    with pytest.raises(NotShownError, match="no change of direction"):
        assess("cod", recorded(turning_run(30, turn_deg=5), 30))
    with pytest.raises(NotShownError, match="camera moves"):
        assess("cod", recorded(turning_run(30), 30, reliable=False))
