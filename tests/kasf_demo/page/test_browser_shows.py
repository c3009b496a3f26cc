"""The page in chromium: what is drawn, and what its buttons and keys do."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pages import FRAMES, a_page, athlete, constant_times, take
from tab import NOW, WATCH, Open, blue, changed, frame_of, go, orange, shot, tallness

from kasf_demo.motion import ANGLES
from kasf_demo.page import GREY

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab


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
    # from the front the athlete's right is on the left of the picture; so it is for the camera, which stands before them
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
    # the athlete faces -y: on the left of the camera it is their left side that is nearer to it, on the right their right side
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
    wild = replace(other, pose=replace(other.pose, xyz=other.pose.xyz + 2.0 * np.sin(np.arange(FRAMES))[:, None, None] * [0, 0, 1]))
    tall = tallness(shot(open_page(alone)))
    tab = open_page(replace(alone, takes=[*alone.takes, take(wild)]))
    tab.keyboard.press("x")
    assert abs(tallness(shot(tab)) - tall) < 0.03 * tall


def test_names_of_people_do_not_cover_each_other(open_page: Open) -> None:
    people = [take(athlete(constant_times(), i + 1, x_m=0.05 * i)) for i in range(3)]
    tab = open_page(replace(a_page(constant_times(), picture=None), takes=people))
    shot(tab)
    assert tab.locator("#labels .person:visible").count() == 3 and not covered(tab)


def covered(tab: Tab) -> list[tuple[str, str]]:
    """Pairs of texts in the 3D view that lie on each other."""
    found = tab.locator("#labels span:visible").all()
    boxes = [(label.inner_text(), label.bounding_box()) for label in found]
    return [
        (one, other)
        for (one, a), (other, b) in itertools.combinations(boxes, 2)
        if a and b and abs(a["y"] - b["y"]) < 13 and a["x"] < b["x"] + b["width"] - 1 and b["x"] < a["x"] + a["width"] - 1
    ]


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
    assert tab.locator("#helpbox").is_visible() and "from where the camera stood" in tab.inner_text("#helpbox")
    tab.keyboard.press("Space")  # not played behind the help: it presses Close
    assert not tab.evaluate("document.body.classList.contains('playing')")
    tab.keyboard.press("?")
    tab.keyboard.press("Escape")
    assert tab.locator("#helpbox").is_hidden()
    tab.click("#info")
    assert "a note" in tab.inner_text("#infobox") and "Kick R 0.50 s" in tab.inner_text("#infobox")


@pytest.mark.slow
def test_the_plots_follow_and_scrub(open_page: Open) -> None:
    tab = open_page(a_page(constant_times()))
    plot = tab.locator(".plot canvas").first
    start = shot(tab, ".plot canvas >> nth=0")
    go(tab, 45)
    assert changed(start, shot(tab, ".plot canvas >> nth=0")) > 0.001  # the cursor is elsewhere
    box = plot.bounding_box()
    assert box
    tab.mouse.click(box["x"] + 46 + 0.5 * (box["width"] - 56), box["y"] + 40)
    assert frame_of(tab) in (29, 30)
    tab.locator(".plot select").first.select_option("m_per_s:wrist")
    assert "m/s" in tab.locator(".plot .values").first.inner_text()
    tab.get_by_text("+ plot").click()
    assert tab.locator(".plot").count() == 3
    tab.locator(".plot button").nth(0).click()
    assert tab.locator(".plot").count() == 2


def test_a_comparison(open_page: Open) -> None:
    times_s = constant_times()
    estimate, reference = athlete(times_s), athlete(times_s, bend_deg=60)
    error_m = np.linalg.norm(estimate.pose.xyz - reference.pose.xyz, axis=-1)
    takes = [take(estimate, name="Attempt", error_m=error_m), take(reference, name="Reference", colour=GREY, uv_px=None)]
    tab = open_page(replace(a_page(times_s), takes=takes))
    go(tab, 59)
    tab.wait_for_timeout(200)
    texts = tab.locator("#labels .error").all_inner_texts()
    assert texts[0] == f"right wrist {100 * error_m[59, 16]:.0f} cm" and len(texts) == 3
    shot(tab)
    assert not covered(tab) and tab.locator("#labels .person:visible").all_inner_texts() == ["Attempt", "Reference"]
    values = tab.locator(".plot .values").nth(1).inner_text()
    assert "R 120°" in values and "R 60°" in values
    tab.keyboard.press("i")
    assert "Mean distance per joint" in tab.inner_text("#infobox") and "right wrist" in tab.inner_text("#infobox tbody >> nth=1")


def test_texts_of_a_comparison_stay_in_the_view(open_page: Open) -> None:
    """Long names on a phone, and worst joints near the edge of the view."""
    times_s = constant_times()
    estimate, reference = athlete(times_s), athlete(times_s, bend_deg=60)
    error_m = np.linalg.norm(estimate.pose.xyz - reference.pose.xyz, axis=-1)
    names = [f"2026-11-2{k}_training_second_half_camera_left/pose, person 1" for k in (5, 6)]
    takes = [take(estimate, name=names[0], error_m=error_m), take(reference, name=names[1], colour=GREY, uv_px=None)]
    tab = open_page(replace(a_page(times_s), takes=takes), viewport={"width": 390, "height": 844})
    go(tab, 59)
    for _ in range(2):
        tab.keyboard.press("+")
    shot(tab)
    view = tab.locator("#space").bounding_box()
    assert view and tab.locator("#labels .error:visible").count()
    tab.keyboard.press("0")
    shot(tab)
    buttons = tab.locator("#presets").bounding_box()
    assert buttons and tab.locator("#labels .person:visible").count() >= 1
    for label in tab.locator("#labels .person:visible").all():
        box = label.bounding_box()
        assert box and (box["y"] > buttons["y"] + buttons["height"] - 3 or box["x"] + box["width"] < buttons["x"] + 1)
    for label in tab.locator("#labels .error:visible, #labels .person:visible").all():
        box = label.bounding_box()
        assert box and box["x"] >= view["x"] - 1 and box["x"] + box["width"] <= view["x"] + view["width"] + 1, label.inner_text()


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
    assert tab.locator("#absent").is_visible() and tab.inner_text("#absent") == "no pose in this frame" and orange(shot(tab)).sum() < 50
    go(tab, 41)
    assert tab.locator("#absent").is_hidden() and orange(shot(tab)).sum() > 300
    tab = open_page(replace(page, takes=[], times_s=constant_times()))
    assert "Nobody was found" in tab.inner_text("#absent")
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
    tab.locator("#play").tap()
    seen = np.array(tab.evaluate(WATCH, 800))
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


def test_frames_filled_in_and_paths_not_to_be_trusted_are_marked(open_page: Open) -> None:
    """On the bar as far as they reach, at the cursor in words, and in the values of the plots."""
    page = a_page(constant_times(), picture=None)
    frames = np.arange(FRAMES)
    filled, reliable = (frames >= 10) & (frames < 16), frames < 40
    valid = frames != 30
    xyz = np.where(valid[:, None, None], page.takes[0].xyz, np.nan)
    marked = replace(page.takes[0], interpolated=filled, path_reliable=reliable, valid=valid, xyz=xyz)
    tab = open_page(replace(page, takes=[marked]))

    def spans(kind: str) -> list[tuple[float, float]]:
        """In frames, from the first on the bar to the one after the last."""
        place = "n => { const t = document.querySelector('#spans').getBoundingClientRect(), b = n.getBoundingClientRect(); "
        ends = place + f"return [b.left - t.left, b.right - t.left].map(x => x / t.width * {FRAMES - 1}); }}"
        return [tuple(node.evaluate(ends)) for node in tab.locator(f"#spans .{kind}").all()]

    assert np.allclose(spans("filled"), [(9.5, 15.5)], atol=0.1)
    assert np.allclose(spans("loose"), [(39.5, 59)], atol=0.1)
    assert np.allclose(spans("nopose"), [(29.5, 30.5)], atol=0.1)
    elbow = tab.locator(".plot", has=tab.locator("option[value='deg:elbow_flexion'][selected]"))
    assert "R 0°" in elbow.locator(".values").inner_text() and tab.inner_text("#state") == ""
    go(tab, 12)
    assert "filled in" in tab.inner_text("#state") and "°?" in elbow.locator(".values").inner_text()
    go(tab, 45)
    assert "place" in tab.inner_text("#state") and "?" not in elbow.locator(".values").inner_text()  # no angle rests on the path
    elbow.locator("select").select_option("m_per_s:wrist")
    assert "m/s?" in tab.locator(".plot .values").nth(1).inner_text()
    go(tab, 5)
    assert tab.inner_text("#state") == "" and "m/s?" not in tab.locator(".plot .values").nth(1).inner_text()
    tab.keyboard.press("i")
    assert "place not certain" in tab.inner_text("#infobox thead") and "20" in tab.inner_text("#infobox tbody")


def test_where_nothing_is_certain_the_curves_still_fill_the_plot(open_page: Open) -> None:
    """A camera that is carried along: every speed is doubtful, and shown."""
    page = a_page(constant_times(), picture=None)
    angles = page.takes[0].angles
    assert angles is not None
    fast = replace(angles, m_per_s=np.repeat(np.linspace(3, 6, FRAMES)[:, None], 5, 1))
    tab = open_page(replace(page, takes=[replace(page.takes[0], angles=fast, path_reliable=np.zeros(FRAMES, bool))]))
    tab.locator(".plot select").first.select_option("m_per_s:wrist")
    go(tab, 30)
    dot = np.flatnonzero(blue(shot(tab, ".plot canvas >> nth=0")).any(1))  # the cursor's, on the curve
    assert len(dot) and 30 < dot.mean() < 90


def test_an_axis_has_two_numbers_at_least(open_page: Open) -> None:
    """From 60 to 140 degrees there is one round hundred: too little to read a value from."""
    page = a_page(constant_times(), picture=None)
    angles = page.takes[0].angles
    assert angles is not None
    deg = np.repeat(np.linspace(60, 140, FRAMES)[:, None], len(ANGLES), 1)
    tab = open_page(replace(page, takes=[replace(page.takes[0], angles=replace(angles, deg=deg))]))
    image = shot(tab, ".plot canvas >> nth=1")
    grid = np.flatnonzero((np.abs(image - np.array([61, 50, 42])).max(-1) < 12).mean(1) > 0.6)  # rows of GRID's colour
    assert np.diff(grid).max(initial=0) > 5, grid


def test_an_angle_that_passes_half_a_turn_is_no_upright_line(open_page: Open) -> None:
    page = a_page(constant_times(), picture=None)
    angles = page.takes[0].angles
    assert angles is not None
    wrapped = angles.deg.copy()
    wrapped[:, ANGLES.index("r_elbow_flexion")] = (np.linspace(100, 260, FRAMES) + 180) % 360 - 180
    tab = open_page(replace(page, takes=[replace(page.takes[0], angles=replace(angles, deg=wrapped))]))
    go(tab, 0)
    curve = orange(shot(tab, ".plot canvas >> nth=1"))[:, 60:]  # the cursor is left of it
    rows = np.flatnonzero(curve.any(1))
    middle = (rows[0] + rows[-1]) // 2
    assert len(rows) > 10 and not curve[middle - 10 : middle + 10].any()
