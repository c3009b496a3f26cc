"""The page in chromium: the plots and the bar, and how they show what is not certain."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pages import FRAMES, a_page, constant_times
from tab import Open, blue, changed, frame_of, go, orange, shot

from kasf_demo.types.motion import ANGLES


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
        place = (
            "n => { const t = document.querySelector('#spans').getBoundingClientRect(), b = n.getBoundingClientRect(); "
        )
        ends = place + f"return [b.left - t.left, b.right - t.left].map(x => x / t.width * {FRAMES - 1}); }}"
        return [tuple(node.evaluate(ends)) for node in tab.locator(f"#spans .{kind}").all()]

    assert np.allclose(spans("filled"), [(9.5, 15.5)], atol=0.1)
    assert np.allclose(spans("loose"), [(39.5, 59)], atol=0.1)
    assert np.allclose(spans("nopose"), [(29.5, 30.5)], atol=0.1)
    elbow = tab.locator(".plot", has=tab.locator("option[value='deg:elbow_flexion'][selected]"))
    assert "R 0°" in elbow.locator(".values").inner_text() and tab.inner_text("#state") == ""
    go(tab, 12)
    assert "interpolated" in tab.inner_text("#state") and "°?" in elbow.locator(".values").inner_text()
    go(tab, 45)
    # no angle rests on the path
    assert "position" in tab.inner_text("#state") and "?" not in elbow.locator(".values").inner_text()
    elbow.locator("select").select_option("m_per_s:wrist")
    assert "m/s?" in tab.locator(".plot .values").nth(1).inner_text()
    go(tab, 5)
    assert tab.inner_text("#state") == "" and "m/s?" not in tab.locator(".plot .values").nth(1).inner_text()
    tab.keyboard.press("i")
    assert "position uncertain" in tab.inner_text("#infobox thead") and "20" in tab.inner_text("#infobox tbody")


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


TEXTS = "() => { const pen = CanvasRenderingContext2D.prototype, old = pen.fillText; window.drawn = []; pen.fillText = function (text, ...at) { window.drawn.push(text); return old.call(this, text, ...at); }; }"  # noqa: E501


def test_a_kick_keeps_its_name_among_many_contacts(open_page: Open) -> None:
    contacts = [(0.2, "r", "Foot Strike"), (0.93, "l", "Foot Strike"), (1.03, "r", "Foot Off")]
    page = a_page(constant_times())
    page = replace(page, takes=[replace(page.takes[0], marks=sorted([*contacts, (0.98, "r", "Kick")]))])
    tab = open_page(page)
    tab.evaluate(TEXTS)
    tab.set_viewport_size({"width": 900, "height": 700})  # draws the curves anew
    for _ in range(100):  # until it is drawn; the page's policy forbids wait_for_function
        if "Foot Strike R" in tab.evaluate("window.drawn"):
            break
        tab.wait_for_timeout(50)
    drawn = tab.evaluate("window.drawn")
    assert "Kick R" in drawn and "Foot Strike R" in drawn and "Foot Strike L" not in drawn
