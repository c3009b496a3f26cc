"""Curves of the feet's angles on the page, where the person has feet."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from feet import with_feet
from pages import FRAMES, a_page, athlete, constant_times, take
from tab import Open, go

from kasf_demo.types.motion import FOOT_ANGLES, FootAngles
from kasf_demo.viewer import Take
from kasf_demo.viewer.html import packed

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

FOOT_CURVES = ["deg:ankle_flexion", "deg:foot_pitch", "deg:foot_progression"]
FILLED_IN = slice(30, 40)  # frames without a pose of their own
UNKNOWN = slice(50, 55)  # of the right foot


def footed() -> Take:
    """Column c of the feet's angles is 10 c degrees at the start and rises by 20 over the clip."""
    person = athlete(constant_times())
    one = take(replace(person, pose=with_feet(person.pose)))
    assert one.foot_angles is not None  # measured from the pose's feet
    deg = 10.0 * np.arange(len(FOOT_ANGLES)) + np.linspace(0, 20, FRAMES)[:, None]
    deg[UNKNOWN, ::2] = np.nan
    filled = np.zeros(FRAMES, bool)
    filled[FILLED_IN] = True
    return replace(one, foot_angles=FootAngles(one.times_s, deg), interpolated=filled)


def options(tab: Tab) -> list[str]:
    found: list[str] = tab.locator(".plot select").first.evaluate("(s) => [...s.options].map((o) => o.value)")
    return found


def test_the_curves_are_packed() -> None:
    page = a_page(constant_times(), picture=None)
    with_them = packed(replace(page, takes=[footed(), page.takes[0]]))
    assert with_them["foot_angles"] == list(FOOT_ANGLES)
    first, second = with_them["takes"]
    deg = np.frombuffer(base64.b64decode(first["curves"]["feet_deg"]), "<f4").reshape(FRAMES, 6)
    np.testing.assert_allclose(deg, footed().foot_angles.deg, atol=1e-4)  # type: ignore[union-attr]
    assert "feet_deg" not in second["curves"]


def test_without_feet_the_data_have_no_more_keys() -> None:
    data = packed(a_page(constant_times(), picture=None))
    assert "foot_angles" not in data and "feet_deg" not in data["takes"][0]["curves"]


def test_rows_must_fit() -> None:
    one = footed()
    assert one.foot_angles is not None
    with pytest.raises(ValueError, match="foot_angles: expected 60 rows, got 5"):
        replace(one, foot_angles=one.foot_angles.part(slice(5)))


def test_they_are_offered_only_with_feet(open_page: Open) -> None:
    page = a_page(constant_times(), picture=None)
    plain = options(open_page(page))
    assert not set(FOOT_CURVES) & set(plain)
    offered = options(open_page(replace(page, takes=[footed()])))
    assert [key for key in offered if key not in plain] == FOOT_CURVES


def test_values_at_the_cursor_and_at_the_joint(open_page: Open) -> None:
    tab = open_page(replace(a_page(constant_times(), picture=None), takes=[footed()]))
    plot = tab.locator(".plot").first
    values = plot.locator(".values")
    plot.locator("select").select_option("deg:foot_pitch")  # columns 2 (right) and 3 (left)
    go(tab, 0)
    assert values.inner_text().split() == ["R", "20°", "L", "30°"]
    go(tab, FRAMES - 1)
    assert values.inner_text().split() == ["R", "40°", "L", "50°"]
    go(tab, FILLED_IN.start)
    assert values.inner_text().count("°?") == 2
    go(tab, UNKNOWN.start)
    assert values.inner_text().split()[:2] == ["R", "–°"]
    plot.locator("select").select_option("deg:ankle_flexion")
    go(tab, FRAMES - 1)
    for _ in range(100):  # they are drawn with the next image
        labels = set(tab.locator("#labels .angle").all_inner_texts())
        if {"20°", "30°"} <= labels:
            break
        tab.wait_for_timeout(50)
    assert {"20°", "30°"} <= labels


def test_the_curve_is_drawn_where_the_foot_is_known(open_page: Open) -> None:
    tab = open_page(replace(a_page(constant_times(), picture=None), takes=[footed()]))
    tab.locator(".plot select").first.select_option("deg:foot_pitch")
    go(tab, 0)
    tab.wait_for_timeout(1000)
    inked = [
        tab.evaluate(
            """([share]) => {
              const canvas = document.querySelector(".plot canvas");
              const x = Math.round((46 + share * (canvas.clientWidth - 56)) * devicePixelRatio);
              const d = canvas.getContext("2d").getImageData(x, 0, 1, canvas.height).data, n = { r: 0, l: 0 };
              for (let i = 0; i < d.length; i += 4) {
                if (d[i + 3] > 200 && d[i] > d[i + 2] + 80) n.r++;
                if (d[i + 3] > 200 && d[i + 2] > d[i] + 80) n.l++;
              }
              return n;
            }""",
            [frame / (FRAMES - 1)],
        )
        for frame in (20, 52)
    ]
    assert inked[0]["r"] and inked[0]["l"]
    assert not inked[1]["r"] and inked[1]["l"]
