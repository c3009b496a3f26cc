"""The page in chromium: video frame and skeleton stay in step, whatever is done to the time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pages import a_page, constant_times, varying_times
from some_slow import slow
from tab import NOW, WATCH, Open, frame_of, go, orange, settled, shot, stopped


@pytest.mark.parametrize("times", [varying_times, slow(constant_times)])
def test_plays_in_step_within_one_frame(open_page: Open, times: Callable[[], NDArray[np.float64]]) -> None:
    frames = 40
    tab = open_page(a_page(times(frames)))
    tab.keyboard.press("l")  # not again from the start
    shot(tab)  # shaders are compiled: a slow machine takes a second for that
    tab.keyboard.press("Space")
    seen = np.array(tab.evaluate(WATCH, 2000))
    apart = np.abs(seen[:, 0] - seen[:, 1])
    assert apart.max() <= 1, seen[apart > 1]
    assert len(np.unique(seen[:, 0])) >= 3 and (np.diff(seen[:, 1]) >= 0).all()  # it moved, forward
    stopped(tab)
    assert tab.evaluate(NOW) == [frames - 1, frames - 1]  # stopped at the end, in both
    tab.keyboard.press("Space")  # from the start
    seen = np.array(tab.evaluate(WATCH, 1000))
    assert np.abs(seen[:, 0] - seen[:, 1]).max() <= 1


@pytest.mark.slow
def test_plays_again_from_the_start(open_page: Open) -> None:
    tab = open_page(a_page(constant_times(12)))
    tab.keyboard.press("Space")
    seen = np.array(tab.evaluate(WATCH, 2500))
    apart = np.abs(seen[:, 0] - seen[:, 1])
    assert np.minimum(apart, 12 - apart).max() <= 1
    assert (np.diff(seen[:, 1]) < 0).sum() >= 2


@pytest.mark.slow
def test_slow_motion(open_page: Open) -> None:
    tab = open_page(a_page(constant_times()))
    tab.select_option("#rate", "0.25")
    tab.keyboard.press("k")
    seen = np.array(tab.evaluate(WATCH, 2000))
    assert np.abs(seen[:, 0] - seen[:, 1]).max() <= 1 and 8 <= seen[-1, 1] <= 18  # 15 frames
    tab.keyboard.press("ArrowUp")
    assert tab.input_value("#rate") == "0.5"


@pytest.mark.parametrize("times", [pytest.param(constant_times, marks=pytest.mark.slow), varying_times])
def test_scrubbing_and_stepping_show_the_same_frame(open_page: Open, times: Callable[[], NDArray[np.float64]]) -> None:
    times_s = times()
    tab = open_page(a_page(times_s))
    for frame in (37, 3, 59, 0, 20, 21):
        go(tab, frame)
        assert settled(tab, frame) == [frame, frame]
        assert f"{times_s[frame]:.2f} s" in tab.inner_text("#time") and f"frame {frame} / 59" in tab.inner_text("#time")
    for key, frame in (
        ("ArrowRight", 22),
        ("ArrowLeft", 21),
        ("Shift+ArrowRight", 31),
        ("End", 59),
        ("ArrowRight", 59),
        ("Home", 0),
    ):
        tab.keyboard.press(key)
        assert settled(tab, frame) == [frame, frame], key
    for frame in range(0, 60, 2):
        go(tab, frame)  # faster than a browser can seek
    tab.wait_for_timeout(600)
    assert tab.evaluate(NOW) == [58, 58]
    tab.click("#back")
    assert settled(tab, 57) == [57, 57]


@pytest.mark.slow
def test_a_page_without_a_picture_plays_by_the_clock(open_page: Open) -> None:
    tab = open_page(a_page(constant_times(), picture=None))
    assert tab.locator("#picture").is_hidden() and tab.locator("[data-switch=overlay]").is_hidden()
    tab.select_option("#rate", "0.5")
    tab.keyboard.press("Space")
    tab.wait_for_timeout(1200)
    tab.keyboard.press("Space")
    stopped = frame_of(tab)
    assert 10 <= stopped <= 26  # 18 frames, and what a slow machine makes of it
    tab.wait_for_timeout(300)
    assert frame_of(tab) == stopped
    assert orange(shot(tab)).sum() > 300
