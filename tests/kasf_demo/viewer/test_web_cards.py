"""The page in chromium: cards of jumps and spins."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from browser import PHONE
from pages import a_page, constant_times
from tab import Open, frame_of

from kasf_demo.types.cards import Card, CardCurve, CardNumber
from kasf_demo.viewer import Page, ShownCard

TIMES = constant_times()


def jpeg(grey: int) -> bytes:
    return bytes(cv2.imencode(".jpg", np.full((120, 80, 3), grey, np.uint8))[1])


def carded(sure: bool = True) -> Page:
    numbers = (
        CardNumber("turns", "rotations", "2.00 ± 0.05", sure, "" if sure else "<b>left</b> and right are exchanged"),
        CardNumber("air_s", "air time", "0.60 s", True),
    )
    curve = CardCurve("rate of turning", "°/s", TIMES, 600 * np.sin(TIMES), sure)
    card = Card("jump", "Jump, 0.50 to 1.10 s", numbers, ((0.5, "take-off"), (1.1, "landing")), (0.5, 1.1), curve)
    page = a_page(TIMES, picture=None, people=2)
    return replace(page, takes=[replace(page.takes[0], cards=[ShownCard(card, (jpeg(200), None))]), page.takes[1]])


def test_a_card_shows_images_numbers_and_leads_to_its_moments(open_page: Open) -> None:
    tab = open_page(carded())
    card = tab.locator("#cards .card")
    assert card.count() == 1 and "Jump, 0.50 to 1.10 s" in card.inner_text()
    assert card.locator("tbody tr").first.inner_text().split("\t") == ["rotations", "2.00 ± 0.05", "sure"]
    tab.wait_for_selector(".moment canvas[data-drawn]")
    shade = "c => c.getContext('2d').getImageData(40, 60, 1, 1).data[0]"
    assert abs(card.locator(".moment canvas").evaluate(shade) - 200) < 8
    assert card.locator(".moment").count() == 2 and card.locator(".moment canvas").count() == 1
    inked = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 == 1 && v > 200)"
    assert card.locator("figure canvas").evaluate(inked)  # the green curve
    tab.locator("#tocards").click()
    card.locator(".moment").nth(1).click()
    assert frame_of(tab) == 33


def test_another_person_has_no_card(open_page: Open) -> None:
    tab = open_page(carded(sure=False))
    assert "not sure: <b>left</b> and right are exchanged" in tab.locator("#cards").inner_text()
    tab.locator("#person").select_option("1")
    assert tab.locator("#cards").is_hidden() and tab.locator("#tocards").is_hidden()
    assert not tab.evaluate("document.body.classList.contains('carded')")


def test_cards_fit_a_phone(open_page: Open) -> None:
    tab = open_page(carded(sure=False), **PHONE)
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = tab.locator("#cards .card").bounding_box()
    assert box and box["width"] <= 390
