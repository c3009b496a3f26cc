"""Clocks at other rates: slow motion and drift."""

from dataclasses import replace

import numpy as np
import pytest
from virtual_views import around, filmed, moving_person

from kasf_demo.errors import InputError
from kasf_demo.multiview.check import check_session
from kasf_demo.multiview.rates import is_sure, retimed, slow_motion
from kasf_demo.multiview.rotations import angle_deg
from kasf_demo.multiview.solve import solve

CAMERAS = around((0.0, 70.0))


def test_retiming_keeps_one_moment_and_changes_the_rate() -> None:
    view = filmed([moving_person()], CAMERAS)[1]
    slow = retimed(view, 4.0, 0.6)
    assert np.isclose(slow.rate_hz, 4 * view.rate_hz)
    assert np.allclose((slow.times_s - 0.6) * 4, view.times_s - 0.6)


def test_the_rate_of_slow_motion_is_found() -> None:
    first, second = filmed([moving_person()], CAMERAS, rates_hz=(60.0, 240.0))
    played = replace(second, times_s=second.times_s[0] + (second.times_s - second.times_s[0]) * 4)
    assert slow_motion(first, played) == 4.0 and slow_motion(played, first) == 0.25
    assert slow_motion(first, second) == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("slowed", [4.0, 8.0])
def test_a_clip_in_slow_motion_is_found_and_measured(slowed: float) -> None:
    """240 frames/s that play at 60 or 30 frames/s."""
    first, second = filmed([moving_person()], CAMERAS, rates_hz=(60.0, 240.0))
    played = replace(second, times_s=second.times_s[0] + (second.times_s - second.times_s[0]) * slowed)
    session = solve([first, played], 1.75)
    assert session.rates[1].slowed == slowed
    check_session([first, played], session, offset_given=False)
    found = session.calibration
    assert found is not None
    assert angle_deg(found.cameras.rotations[1], CAMERAS.seen_from(0).rotations[1]) < 4
    assert np.allclose(session.views[1].times_s, second.times_s, atol=1e-9)
    turned = solve([played, first], 1.75)
    with pytest.raises(InputError, match="times faster than the first"):
        check_session([played, first], turned, offset_given=False)


@pytest.mark.slow
def test_a_drift_is_found_where_it_matters_and_else_left() -> None:
    """A clock that is 1 % fast over 8 s; one that is a ten-thousandth fast cannot be told from a true one."""
    first, second = filmed([moving_person(8.0)], CAMERAS, noise_px=2.0)
    middle = float(second.times_s.mean())
    fast = replace(second, times_s=middle + (second.times_s - middle) * 1.01)
    session = solve([first, fast], 1.75)
    rate = session.rates[1]
    assert rate.drifts and abs(rate.drift - 0.01) < max(3 * rate.sigma, 0.002)
    own = np.interp(fast.times_s, fast.times_s, session.views[1].times_s)
    assert np.abs(own - second.times_s - (own - second.times_s).mean()).max() < 0.012
    same = replace(second, times_s=middle + (second.times_s - middle) * 1.0001)
    session = solve([first, same], 1.75)
    assert not session.rates[1].drifts and session.views[1] is same
    assert abs(session.rates[1].drift) < 3 * session.rates[1].sigma


def test_small_and_uncertain_drifts_are_left() -> None:
    assert is_sure(0.01, 0.002, 5.0) and not is_sure(0.01, 0.004, 5.0) and not is_sure(0.001, 0.0001, 5.0)
    assert not is_sure(0.01, np.inf, 5.0)
