"""The page in chromium: what is drawn, and what its buttons and keys do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pages import FRAMES, a_page, athlete, constant_times, take
from tab import NOW, WATCH, Open, blue, changed, frame_of, go, orange, shot, tallness

from kasf_demo.viewer import GREY

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def test_the_athlete_is_drawn_and_bends_the_elbow(open_page: Open) -> None:
    tab = open_page(a_page(constant_times()))
    first = shot(tab)
    assert orange(first).sum() > 500 and blue(first).sum() > 500
    go(tab, 55)
    later = shot(tab)
    assert 0.0005 < changed(first, later) < 0.2
    assert abs(int(blue(first).sum()) - int(blue(later).sum())) < 200  # the left arm did not move


@pytest.mark.slow
def test_turning_zooming_and_presets(open_page: Open) -> None:
    tab = open_page(a_page(constant_times()))
    start = shot(tab)
    box = tab.locator("#space > canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 120, y + 10, steps=6)
    tab.mouse.up()
    turned = shot(tab)
    assert changed(start, turned) > 0.01
    tab.mouse.wheel(0, 600)
    away = shot(tab)
    assert tallness(away) < 0.92 * tallness(turned)
    views = {}
    for key, name in (("1", "front"), ("2", "side"), ("3", "top"), ("4", "camera")):
        tab.click(f"[data-view={name}]")
        views[name] = shot(tab)
        tab.keyboard.press("0")
        assert changed(shot(tab), start) < 0.004, name  # back as it was
        tab.keyboard.press(key)
        assert changed(shot(tab), views[name]) < 0.004, name
    # from the front the athlete's right is on the left of the image; so it is for the camera, which stands before
    # them
    for name in ("front", "camera"):
        assert np.nonzero(orange(views[name]))[1].mean() < np.nonzero(blue(views[name]))[1].mean() - 20
    assert orange(views["side"]).sum() > 3 * blue(views["side"]).sum()  # from the right the left is hidden
    assert tallness(views["top"]) < 0.6 * tallness(views["front"])


@pytest.mark.slow
def test_the_camera_view_stays_where_the_camera_stood_and_turns(open_page: Open) -> None:
    person = athlete(constant_times())
    path = np.linspace(-8, 8, FRAMES)[:, None, None] * np.array([1.0, 0, 0])
    moved = replace(person, pose=replace(person.pose, xyz=person.pose.xyz + path))
    tab = open_page(replace(a_page(constant_times(), picture=None), takes=[take(moved)]))
    for switch in "tan":  # trails, angles off; names on and off again
        tab.keyboard.press(switch)
    tab.keyboard.press("n")
    tab.keyboard.press("4")
    seen = {}
    for frame in (0, 30, 59):
        go(tab, frame)
        seen[frame] = shot(tab)
        middle = np.nonzero(orange(seen[frame]) | blue(seen[frame]))[1].mean() / seen[frame].shape[1]
        assert 0.42 < middle < 0.58, frame
    # the athlete faces -y: on the left of the camera it is their left side that is nearer to it, on the right their
    # right side
    share = {frame: orange(image).sum() / blue(image).sum() for frame, image in seen.items()}
    assert share[0] < share[30] < share[59] and share[59] > 1.5 * share[0]


def test_the_person_chooser(open_page: Open) -> None:
    tab = open_page(a_page(constant_times(), people=2))
    go(tab, 59)
    assert tab.locator("#person option").all_inner_texts() == ["Person 1", "Person 2"]
    elbow = tab.locator(".plot", has=tab.locator("option[value='deg:elbow_flexion'][selected]")).locator(".values")
    assert "R 120°" in elbow.inner_text()
    one = shot(tab)
    tab.select_option("#person", "1")
    assert "R 60°" in elbow.inner_text()
    assert changed(one, shot(tab)) > 0.01  # the view went over to the other
    tab.locator("#person").blur()
    tab.keyboard.press("p")
    assert tab.input_value("#person") == "0" and "R 120°" in elbow.inner_text()
    both = shot(tab, "#space")
    tab.keyboard.press("x")
    assert changed(both, shot(tab, "#space")) > 0.002  # the other one is gone
    assert open_page(a_page(constant_times(3))).locator("#people").is_hidden()


def test_the_view_is_made_for_the_chosen_person(open_page: Open) -> None:
    """A passer-by whose pose is all over the place does not make the athlete small."""
    alone = a_page(constant_times(), picture=None)
    other = athlete(constant_times(), 2, x_m=3.0)
    wild = replace(
        other, pose=replace(other.pose, xyz=other.pose.xyz + 2.0 * np.sin(np.arange(FRAMES))[:, None, None] * [0, 0, 1])
    )
    tall = tallness(shot(open_page(alone)))
    tab = open_page(replace(alone, takes=[*alone.takes, take(wild)]))
    tab.keyboard.press("x")
    assert abs(tallness(shot(tab)) - tall) < 0.03 * tall


SWITCHES = [("o", "overlay"), ("j", "joints"), ("n", "names"), ("t", "trails"), ("a", "angles"), ("g", "ghost")]


@pytest.mark.slow
@pytest.mark.parametrize(("key", "name"), SWITCHES)
def test_switches_by_key_and_by_button(open_page: Open, key: str, name: str) -> None:
    tab = open_page(a_page(constant_times()))
    go(tab, 30)
    if name == "ghost":  # a ghost where the athlete is hides behind them: let it stay behind in time
        tab.keyboard.press("g")
        go(tab, 55)
    tab.wait_for_timeout(250)
    where = "#frame" if name == "overlay" else "#space"
    chip = tab.locator(f"[data-switch={name}]")
    before, pressed = shot(tab, where), chip.get_attribute("aria-pressed")
    tab.keyboard.press(key)
    after = shot(tab, where)
    assert chip.get_attribute("aria-pressed") != pressed and changed(before, after) > 0.0002
    if name != "ghost":  # which would be pinned anew
        chip.click()
        assert chip.get_attribute("aria-pressed") == pressed and changed(before, shot(tab, where)) < 0.0002


def test_moments_help_and_info(open_page: Open) -> None:
    page = a_page(constant_times())
    page = replace(page, takes=[replace(page.takes[0], marks=[(0.5, "r", "Kick"), (1.0, None, "Landing")])])
    tab = open_page(page)
    for key, frame in (("]", 15), ("]", 30), ("]", 30), ("[", 15)):
        tab.keyboard.press(key)
        assert frame_of(tab) == frame
    tab.locator(".mark").nth(1).click()
    assert frame_of(tab) == 30 and tab.locator(".mark").nth(0).get_attribute("title") == "Kick R, 0.50 s"
    tab.keyboard.press("?")
    assert tab.locator("#helpbox").is_visible() and "from the camera position" in tab.inner_text("#helpbox")
    tab.keyboard.press("Space")  # not played behind the help: it presses Close
    assert not tab.evaluate("document.body.classList.contains('playing')")
    tab.keyboard.press("?")
    tab.keyboard.press("Escape")
    assert tab.locator("#helpbox").is_hidden()
    tab.click("#info")
    assert "a note" in tab.inner_text("#infobox") and "Kick R 0.50 s" in tab.inner_text("#infobox")


@pytest.mark.slow
def test_a_take_at_another_rate_is_shown_at_its_time(open_page: Open) -> None:
    page = a_page(constant_times(), picture=None)
    slower = take(athlete(constant_times(21) * 3), name="10 frames/s", colour=GREY)
    tab = open_page(replace(page, takes=[page.takes[0], slower]))
    tab.select_option("#person", "1")
    go(tab, 30)
    assert "R 60°" in tab.locator(".plot .values").nth(1).inner_text()  # 1.0 s is row 10 of 20
    assert tab.locator("#absent").is_hidden()


@pytest.mark.slow
def test_gaps_nobody_and_one_frame(open_page: Open) -> None:
    page = a_page(constant_times())
    valid = np.ones(FRAMES, bool)
    valid[20:40] = False
    xyz = np.where(valid[:, None, None], page.takes[0].xyz, np.nan)
    tab = open_page(replace(page, takes=[replace(page.takes[0], valid=valid, xyz=xyz)]))
    go(tab, 30)
    assert (
        tab.locator("#absent").is_visible()
        and tab.inner_text("#absent") == "no pose in this frame"
        and orange(shot(tab)).sum() < 50
    )
    go(tab, 41)
    assert tab.locator("#absent").is_hidden() and orange(shot(tab)).sum() > 300
    tab = open_page(replace(page, takes=[], times_s=constant_times()))
    assert "No person was found" in tab.inner_text("#absent")
    tab.keyboard.press("Space")
    tab.keyboard.press("1")
    tab = open_page(a_page(constant_times(1)))
    tab.keyboard.press("Space")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate(NOW) == [0, 0]


def test_without_webgl_picture_and_plots_remain(open_page: Open, chromium: Callable[..., Browser]) -> None:
    none = chromium("--disable-3d-apis")
    tab = open_page(a_page(constant_times()), into=none)
    assert tab.locator("#absent").is_visible() and "needs WebGL" in tab.inner_text("#absent")
    tab.keyboard.press("ArrowRight")
    assert "frame 1 / 59" in tab.inner_text("#time") and tab.locator(".plot canvas").first.is_visible()


PHONES = [
    pytest.param({"width": 390, "height": 844}, id="upright"),
    pytest.param({"width": 844, "height": 390}, id="sideways", marks=pytest.mark.slow),
    pytest.param({"width": 320, "height": 568}, id="small", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("size", PHONES)
def test_on_a_phone(open_page: Open, size: dict[str, int]) -> None:
    page = a_page(constant_times(), people=2, title="a_rather_long_name_of_a_clip_from_a_phone_2026-11-25_18-03.mp4")
    tab = open_page(page, viewport=size, is_mobile=True, has_touch=True, device_scale_factor=2)
    assert tab.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    for selector in ("#video", "#space > canvas", "#play", "#scrub", "#person", "#help"):
        box = tab.locator(selector).bounding_box()
        assert box and box["width"] >= 30 and box["x"] >= 0 and box["x"] + box["width"] <= size["width"] + 1, selector
    play = tab.locator("#play").bounding_box()
    assert play and play["y"] + play["height"] <= size["height"]  # at hand without scrolling
    shot(tab)  # shaders are compiled: a slow machine takes a second for that
    tab.locator("#play").tap()
    seen = np.array(tab.evaluate(WATCH, 1500))  # of the clip's 2 s
    assert np.abs(seen[:, 0] - seen[:, 1]).max() <= 1 and len(np.unique(seen[:, 1])) > 2
    tab.locator("#play").tap()
    before = shot(tab)
    box = tab.locator("#space > canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cdp = tab.context.new_cdp_session(tab)
    for kind, dx in (("touchStart", 0), ("touchMove", 30), ("touchMove", 60), ("touchMove", 90), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y}]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert changed(before, shot(tab)) > 0.01
