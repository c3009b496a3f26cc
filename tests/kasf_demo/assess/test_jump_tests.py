"""Jumps of an analytic athlete against what they are made of, at 30 to 240 frames/s."""

from __future__ import annotations

import numpy as np
import pytest
from athlete import G, bent_legs, countermovement, drop_m, dropping, recorded

from body import standing
from kasf_demo.assess import assess
from kasf_demo.assess.values import NotShownError, rate_for
from kasf_demo.errors import EXIT_NOT_SHOWN

RATES = [30.0, 60.0, *(pytest.param(fps, marks=pytest.mark.slow) for fps in (120.0, 240.0))]


@pytest.mark.parametrize("fps", RATES)
def test_countermovement_jump(fps: float) -> None:
    found = assess("cmj", recorded(countermovement(fps), fps))
    assert found["flight_time"].value == pytest.approx(0.5, abs=1 / fps)
    assert found["jump_height_time"].value == pytest.approx(G * 0.5**2 / 8, abs=0.03)
    assert found["countermovement_depth"].value == pytest.approx(drop_m(45), abs=0.015)
    assert found["time_to_takeoff"].value == pytest.approx(0.55, abs=0.07)
    assert found["knee_flexion_lowest"].value == pytest.approx(90, abs=3)
    rsi = found["jump_height_time"].value / found["time_to_takeoff"].value  # type: ignore[operator]
    assert found["rsi_modified"].value == pytest.approx(rsi)
    with pytest.raises(NotShownError, match="no squat is held"):
        assess("sj", recorded(countermovement(fps), fps))
    with pytest.raises(NotShownError, match="no jump out of a drop"):
        assess("dj", recorded(countermovement(fps), fps))


@pytest.mark.parametrize("fps", [30.0, 60.0])
def test_squat_jump(fps: float) -> None:
    held = countermovement(fps, hold_s=1.5)[round(1.5 * fps) :]
    found = assess("sj", recorded(held, fps))
    assert found["flight_time"].value == pytest.approx(0.5, abs=1 / fps)
    assert found["hold_time"].value == pytest.approx(1.3, abs=0.25) and found["sink_before_rise"].value < 0.01  # type: ignore[operator]
    with pytest.raises(NotShownError, match="no countermovement"):
        assess("cmj", recorded(held, fps))


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("contact_s", [0.15, 0.25])
def test_drop_jump_with_known_contact_times(fps: float, contact_s: float) -> None:
    found = assess("dj", recorded(dropping(fps, contact_s=contact_s), fps))
    assert found["contact_time"].value == pytest.approx(contact_s, abs=1 / fps)
    assert found["flight_time"].value == pytest.approx(0.5, abs=1 / fps)
    assert found["drop_height"].value == pytest.approx(0.3, abs=0.03)
    height, contact = found["jump_height_time"].value, found["contact_time"].value
    assert found["rsi"].value == pytest.approx(height / contact)  # type: ignore[operator]
    assert found["rsi_times"].value == pytest.approx(found["flight_time"].value / contact)  # type: ignore[operator]


def test_a_short_contact_is_not_trusted_at_30_frames_a_second() -> None:
    """0.1 s to 5 % needs 82 frames/s; the number is there, and says so."""
    found = assess("dj", recorded(dropping(30, contact_s=0.12), 30))["contact_time"]
    assert found.trust == "no" and found.value is not None and "30 frames/s cannot time it to 5 %" in found.note
    assert rate_for(0.1) == pytest.approx(81.6, abs=0.1)


def test_no_jump_is_refused() -> None:
    still = recorded(np.tile(standing(), (60, 1, 1)), 30)
    for test in ("cmj", "sj", "dj"):
        with pytest.raises(NotShownError, match="no jump") as refused:
            assess(test, still)
        assert refused.value.exit_code == EXIT_NOT_SHOWN and refused.value.remedy


def test_too_few_frames_are_refused() -> None:
    with pytest.raises(NotShownError, match="seen in 5 frames"):
        assess("squat", recorded(np.tile(bent_legs(20), (5, 1, 1)), 30))
