"""The page in chromium: names, angles and errors in the 3D view, alone and in a comparison."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pages import a_page, athlete, constant_times, take
from tab import Open, go, shot

from kasf_demo.viewer import GREY

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab


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
        if a
        and b
        and abs(a["y"] - b["y"]) < 13
        and a["x"] < b["x"] + b["width"] - 1
        and b["x"] < a["x"] + a["width"] - 1
    ]


def test_a_comparison(open_page: Open) -> None:
    times_s = constant_times()
    estimate, reference = athlete(times_s), athlete(times_s, bend_deg=60)
    error_m = np.linalg.norm(estimate.pose.xyz - reference.pose.xyz, axis=-1)
    takes = [
        take(estimate, name="Attempt", error_m=error_m),
        take(reference, name="Reference", colour=GREY, uv_px=None),
    ]
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
    assert "Mean distance per joint" in tab.inner_text("#infobox") and "right wrist" in tab.inner_text(
        "#infobox tbody >> nth=1"
    )


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
        assert box and box["x"] >= view["x"] - 1 and box["x"] + box["width"] <= view["x"] + view["width"] + 1, (
            label.inner_text()
        )
