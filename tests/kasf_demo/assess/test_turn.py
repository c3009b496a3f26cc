"""A change of direction by a known angle."""

from __future__ import annotations

import numpy as np
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


def test_a_turn_below_walking_speed_is_marked() -> None:
    fast = assess("cod", recorded(turning_run(30, turn_deg=90), 30))
    assert not any("stop" in note for note in fast.notes)
    xyz = turning_run(30, turn_deg=5)[:45]
    back = np.concatenate([xyz, xyz[::-1]])  # comes to a stop, and goes back
    stopped = assess("cod", recorded(back, 30))
    assert abs(stopped["turn_angle"].value or 0) > 150 and stopped["turn_angle"].trust == "no"
    assert "below walking" in stopped["turn_angle"].note and "stop and a start" in stopped.notes[0]
    assert (stopped["lowest_speed"].value or 0) < 1.2 and stopped["entry_speed"].trust == "rough"


def test_a_turn_at_walking_pace_is_noted() -> None:
    walked = assess("cod", recorded(turning_run(30, turn_deg=60, speed=1.6), 30))
    assert any("walking pace" in note for note in walked.notes)
    assert not any("walking pace" in n for n in assess("cod", recorded(turning_run(30, turn_deg=60), 30)).notes)
