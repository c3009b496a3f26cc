"""A page of several cameras: whose image is shown, and where the cameras are drawn."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pages import athlete, constant_times, take
from tab import Open

from kasf_demo.types.clip import VideoInfo
from kasf_demo.viewer import Page
from kasf_demo.viewer.html import packed
from kasf_demo.viewer.proxy_video import ProxyVideoWriter
from kasf_demo.viewer.scene import FilmedView

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

FRAMES = 8
ASIDE_PX = 100.0  # the second view shows the skeleton so much farther right


def filmed_page() -> Page:
    """Two views of 320x180, one red and one blue, in one video; cameras in front and on the right."""
    times_s = constant_times(FRAMES)
    image = np.zeros((180, 640, 3), np.uint8)
    image[:, :320, 0] = image[:, 320:, 2] = 200
    info = VideoInfo(Path("both.mp4"), 640, 180, Fraction(30), Fraction(1, 90000), "h264", "mp4")
    with ProxyVideoWriter(info, times_s) as writer:
        for _ in range(FRAMES):
            writer.write(image)
    person = athlete(times_s)
    own = np.asarray(person.h36m.xy)
    one = take(person, views_px=np.stack([own, own + np.array([ASIDE_PX, 0.0])]))
    ahead = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    left = np.array([[0.0, -1, 0], [0, 0, -1], [1, 0, 0]])
    views = [
        FilmedView("front.mp4", (0, 0, 320, 180), 320, 180, np.array([0.0, 0, 1.5]), ahead, 300.0),
        FilmedView("side.mp4", (320, 0, 320, 180), 320, 180, np.array([-4.0, 4, 1.5]), left, 300.0),
    ]
    return Page("both", [one], writer.video, views=views)


def colour(tab: Tab) -> list[int]:
    """RGB of the image near its left top corner, below the buttons."""
    found: list[int] = tab.evaluate(
        """() => { const c = document.querySelector("#overlay"), scale = Math.min(c.width / 320, c.height / 180);
        const x = (c.width - 320 * scale) / 2 + 20 * scale, y = (c.height - 180 * scale) / 2 + 160 * scale;
        return [...c.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3); }"""
    )
    return found


def skeleton_x(tab: Tab) -> float:
    """Where the skeleton is drawn, px of the view's image: the middle of what is neither red nor blue."""
    return float(
        tab.evaluate(
            """() => { const c = document.querySelector("#overlay"), scale = Math.min(c.width / 320, c.height / 180);
            const left = (c.width - 320 * scale) / 2, d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            let sum = 0, n = 0;
            for (let i = 0; i < d.length; i += 4) if (d[i + 3] && d[i + 1] > 90) { sum += (i / 4) % c.width; n++; }
            return (sum / n - left) / scale; }"""
        )
    )


def test_buttons_and_keys_switch_views(open_page: Open) -> None:
    tab = open_page(filmed_page(), viewport={"width": 1100, "height": 700})
    tab.wait_for_timeout(500)
    buttons = tab.locator("#filmed button")
    assert buttons.all_inner_texts() == ["A", "B"] and tab.locator("#filmed span").inner_text() == "front.mp4"
    first, first_x = colour(tab), skeleton_x(tab)
    assert first[0] > 120 and first[2] < 60
    tab.keyboard.press("v")
    tab.wait_for_timeout(200)
    second = colour(tab)
    assert second[2] > 120 and second[0] < 60
    assert abs(skeleton_x(tab) - first_x - ASIDE_PX) < 5
    assert buttons.nth(1).get_attribute("aria-pressed") == "true"
    assert tab.locator("#filmed span").inner_text() == "side.mp4"
    buttons.nth(0).click()
    tab.wait_for_timeout(200)
    assert colour(tab)[0] > 120
    assert not tab.evaluate("document.body.classList.contains('playing')"), "a button is no click on the image"


@pytest.mark.slow
def test_cameras_stand_in_the_3d_view(open_page: Open) -> None:
    tab = open_page(filmed_page(), viewport={"width": 1100, "height": 700})
    tab.locator("#presets button", has_text="All").click()
    tab.wait_for_timeout(800)
    assert tab.locator("#labels .camera:visible").all_inner_texts() == ["A", "B"]
    assert tab.locator("#labels .chosen:visible").all_inner_texts() == ["A"]
    tab.keyboard.press("v")
    tab.wait_for_timeout(300)
    assert tab.locator("#labels .chosen:visible").all_inner_texts() == ["B"]


@pytest.mark.slow
def test_a_page_of_one_camera_has_none_of_it(open_page: Open) -> None:
    page = replace(filmed_page(), views=(), takes=[take(athlete(constant_times(FRAMES)))])
    assert "views" not in packed(page) and "views_px" not in packed(page)["takes"][0]
    tab = open_page(page)
    assert not tab.locator("#filmed").is_visible() and not tab.locator("#presets button", has_text="All").is_visible()
    tab.keyboard.press("v")
    tab.keyboard.press("5")


def test_what_does_not_fit_is_refused() -> None:
    page = filmed_page()
    with pytest.raises(ValueError, match="expected 1 views, got 2"):
        replace(page, views=page.views[:1])
    with pytest.raises(ValueError, match="views_px"):
        replace(page.takes[0], views_px=np.zeros((2, FRAMES + 1, 17, 2)))
