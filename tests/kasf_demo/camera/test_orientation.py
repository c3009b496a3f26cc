"""Sources of the camera's orientation combined by their uncertainties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kasf_demo.camera.describe import camera_line, camera_record
from kasf_demo.camera.orientation import Evidence, angles_of, combine, up_of
from kasf_demo.types.camera import Camera, CameraMotion, Orientation

NONE = {"tilt": None, "roll": None}


def says(name: str, tilt: float, roll: float, sigma_tilt: float, sigma_roll: float) -> Evidence:
    return Evidence.of(name, up_of(np.array([tilt, roll])), [sigma_tilt, sigma_roll])


@pytest.mark.parametrize("deg", [(0.0, 0.0), (12.0, -25.0), (-30.0, 8.0)])
def test_angles_and_the_vertical_are_the_same(deg: tuple[float, float]) -> None:
    up = up_of(np.array(deg))
    np.testing.assert_allclose(angles_of(up), deg, atol=1e-9)
    np.testing.assert_allclose(Orientation.of(*deg).to_world @ up, [0, 0, 1], atol=1e-12)
    ahead = Orientation.of(*deg).to_world @ [0, 0, 1]
    assert ahead[0] == pytest.approx(0, abs=1e-12) and ahead[1] > 0


def test_a_sure_source_is_believed_and_an_unsure_one_is_drawn_to_level() -> None:
    sure = combine([says("lines", 20.0, 15.0, 1.0, 0.6)], NONE)
    assert abs(sure.tilt.deg - 20) < 0.5 and abs(sure.roll.deg - 15) < 0.5 and sure.conflict is None
    assert sure.roll.sigma_deg is not None and sure.roll.sigma_deg < 1
    unsure = combine([says("body", 6.0, 3.0, 6.0, 3.0)], NONE)
    assert 0 < unsure.roll.deg < 1.5 and 1 < unsure.tilt.deg < 5
    assert unsure.tilt.parts == {"body": (pytest.approx(6.0), pytest.approx(6.0))}


def test_one_wrong_source_of_three_hardly_counts_and_is_named() -> None:
    found = [
        says("lines", 8.0, 12.0, 1.0, 1.0),
        says("body", 9.0, 11.0, 3.0, 2.0),
        says("floor", -20.0, -10.0, 2.0, 2.0),
    ]
    o = combine(found, NONE)
    assert abs(o.tilt.deg - 8) < 1 and abs(o.roll.deg - 12) < 1
    assert o.conflict is not None and "floor -20°" in o.conflict and "--tilt and --roll" in o.conflict
    assert "\n" not in o.conflict


def test_the_standard_deviation_includes_what_the_prior_overrules() -> None:
    """Floor and flight show a roll, each of them unsure: a level camera is more probable, but not by much."""
    found = [says("floor", 1.1, 15.7, 14.4, 10.8), says("flight", -7.3, 19.0, 25.5, 8.5)]
    o = combine(found, NONE)
    assert abs(o.roll.deg) < 4 and o.roll.sigma_deg is not None and o.roll.sigma_deg > 5
    agree = combine([says("body", 5.0, 0.5, 4.0, 3.0), says("floor", 3.0, -1.0, 6.0, 5.0)], NONE)
    assert agree.roll.sigma_deg is not None and agree.roll.sigma_deg < 2


def test_the_standard_deviation_of_errors_that_are_normal_for_the_most_part() -> None:
    """Within it are 68 % of the draws from the same distribution: Student's t, with three degrees of freedom."""
    o = combine([says("lines", 0.0, 0.0, 1.0, 0.5)], NONE)
    draws = np.abs(np.random.default_rng(0).standard_t(3, 20_000))
    assert o.tilt.sigma_deg == pytest.approx(np.quantile(draws, 0.683), rel=0.25)
    assert o.roll.sigma_deg == pytest.approx(0.5 * np.quantile(draws, 0.683), rel=0.25)


def test_other_sources_choose_between_readings_of_the_lines() -> None:
    """The lines alone would rather have the first reading; people have seen the second."""
    first, second = says("lines", -6.0, 2.0, 1.0, 1.0), says("lines", 14.0, 1.0, 1.0, 1.0)
    lines = replace(first, others=((second, 1.5),))
    assert combine([lines], NONE).tilt.deg == pytest.approx(-6, abs=1)
    both = combine([lines, says("body", 12.0, 0.0, 4.0, 2.0)], NONE)
    assert both.tilt.deg == pytest.approx(14, abs=1) and both.tilt.parts["lines"][0] == pytest.approx(14)


def test_what_is_given_is_taken() -> None:
    found = [says("lines", 8.0, 12.0, 1.0, 1.0), says("floor", 8.0, -10.0, 2.0, 2.0)]
    o = combine(found, {"tilt": None, "roll": -3.0})
    assert (o.roll.deg, o.roll.source, o.roll.sigma_deg) == (-3.0, "given", None) and o.tilt.source == "estimated"
    assert o.conflict is None  # they agree on the tilt
    both = combine(found, {"tilt": 1.0, "roll": 2.0})
    assert (both.tilt.deg, both.roll.deg, both.tilt.parts) == (1.0, 2.0, {})


def test_no_source_is_level_and_says_so() -> None:
    o = combine([], NONE)
    assert [(a.deg, a.source, a.sigma_deg) for a in (o.tilt, o.roll)] == [(0.0, "assumed", None)] * 2


def test_the_report_has_both_angles_and_their_sources() -> None:
    o = combine([says("lines", 8.0, 12.0, 1.0, 1.0)], NONE)
    record = camera_record(Camera(700.0, 320.0, 180.0), o, None)
    assert record["roll_deg"] == o.roll.deg and record["roll"]["from"] == {"lines": {"deg": 12.0, "sigma_deg": 1.0}}
    assert record["tilt_deg"] == o.tilt.deg and record["tilt"]["source"] == "estimated"
    assert "image turned clockwise by 12° (from lines)" in camera_line(
        Camera(700.0, 320.0, 180.0), CameraMotion.none(3, "still"), o
    )
