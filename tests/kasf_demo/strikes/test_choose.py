"""The shooter among everybody."""

from __future__ import annotations

import numpy as np
import pytest
from strikes import STRIKE_S, recorded, standing_kick, truth_of

from body import standing
from kasf_demo.assess.values import NotShownError
from kasf_demo.strikes.choose import choose_shooter
from kasportsformer.skeleton import mirror_h36m


@pytest.mark.parametrize(("name", "side", "strike_s"), [("soccer_kick", "r", 2.033), ("martial_kick", "l", 1.783)])
def test_a_kick_is_found_with_its_foot_and_its_mirror_image_with_the_other(
    name: str, side: str, strike_s: float
) -> None:
    """In martial_kick it is the left foot that rises to 1.5 m; the right one stands."""
    (xyz,), times_s = truth_of(name)
    frame_s = float(np.median(np.diff(times_s)))
    for body, foot in ((xyz, side), (mirror_h36m(xyz), "l" if side == "r" else "r")):
        choice = choose_shooter({7: recorded(body, times_s)})
        assert (choice.key, choice.how, choice.strike.kind, choice.strike.side) == (7, "found", "kick", foot)
        assert choice.strike.time_s == pytest.approx(strike_s, abs=frame_s)


def test_of_two_who_run_past_each_other_the_shooter_is_a_guess() -> None:
    bodies, times_s = truth_of("crossing")
    choice = choose_shooter({n: recorded(body, times_s) for n, body in enumerate(bodies)})
    assert choice.how == "guess" and choice.strike.kind == "kick"
    assert choice.strike.m_per_s > 5  # a foot that swings, not one that stands while the body passes


def test_the_fastest_foot_of_those_who_kick() -> None:
    people = {1: recorded(np.array([standing()] * 54), 30), 2: recorded(standing_kick(high=80), 30),
              3: recorded(standing_kick(high=110), 30)}  # fmt: skip
    choice = choose_shooter(people)
    assert (choice.key, choice.how) == (3, "found")
    assert choice.strike.time_s == pytest.approx(STRIKE_S, abs=0.05)
    del people[2], people[3]
    with pytest.raises(NotShownError, match="nobody"):
        choose_shooter(people)


def test_a_moment_that_is_given() -> None:
    (xyz,), times_s = truth_of("soccer_kick")
    choice = choose_shooter({1: recorded(xyz, times_s)}, at_s=1.0)
    assert choice.how == "given" and abs(choice.strike.time_s - 1.0) <= 0.4


def test_a_throw_is_the_hands() -> None:
    (xyz,), times_s = truth_of("soccer_kick")
    choice = choose_shooter({1: recorded(xyz, times_s)}, "throw")
    assert choice.strike.kind == "throw" and choice.how == "guess"


def test_the_hand_that_throws_not_the_arms_that_drop() -> None:
    """The ball of this jump shot leaves the hands at 2.13 s; the arms drop at 2.6 s, twice as fast."""
    (xyz,), times_s = truth_of("basketball_shot")
    choice = choose_shooter({1: recorded(xyz, times_s)}, "throw")
    assert choice.how == "guess" and choice.strike.time_s == pytest.approx(2.1, abs=0.1)
