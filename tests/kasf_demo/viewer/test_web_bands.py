"""The stated uncertainty on the page: a band around each curve, and a number at the cursor."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pages import FRAMES, a_page, constant_times
from tab import Open, go

from kasf_demo.viewer import Take

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

SMALL_DEG, LARGE_DEG = 5.0, 20.0
SPEED_SIGMA = 0.3
# the red, blue and alpha of one column of a plot's canvas, from top to bottom
COLUMN = """([plot, share]) => {
  const canvas = document.querySelectorAll(".plot canvas")[plot], ratio = devicePixelRatio;
  const x = Math.round((46 + share * (canvas.clientWidth - 56)) * ratio);
  const data = canvas.getContext("2d").getImageData(x, 0, 1, canvas.height).data, out = [];
  for (let y = 0; y < canvas.height; y++) out.push([data[4 * y], data[4 * y + 2], data[4 * y + 3]]);
  return out;
}"""


def with_sigma(take: Take) -> Take:
    """Angles within 5 degrees in the first half and 20 in the second, speeds within 0.3 m/s."""
    assert take.angles is not None
    deg = np.full(take.angles.deg.shape, SMALL_DEG)
    deg[FRAMES // 2 :] = LARGE_DEG
    speed = np.full(take.angles.m_per_s.shape, SPEED_SIGMA)
    return replace(take, angles=replace(take.angles, sigma_deg=deg, sigma_m_per_s=speed))


def column(tab: Tab, frame: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rows of the elbow's plot that show the right arm's band, its curve, and the left arm's curve."""
    plots = [box.input_value() for box in tab.locator(".plot select").all()]
    rgb = np.array(tab.evaluate(COLUMN, [plots.index("deg:elbow_flexion"), frame / (FRAMES - 1)]))
    red, blue, alpha = rgb.T
    band = (alpha > 15) & (alpha < 120) & (red > blue + 40)
    return np.flatnonzero(band), np.flatnonzero((alpha > 200) & (red > blue + 80)), np.flatnonzero(
        (alpha > 200) & (blue > red + 80)
    )  # fmt: skip


def test_the_band_is_as_wide_as_the_uncertainty(open_page: Open) -> None:
    page = a_page(constant_times(), picture=None)
    tab = open_page(replace(page, takes=[with_sigma(page.takes[0])]))
    go(tab, 0)
    tab.wait_for_timeout(200)
    for frame, sigma in ((20, SMALL_DEG), (50, LARGE_DEG)):
        band, right, left = column(tab, frame)
        px_per_deg = abs(right.mean() - left.mean()) / (120 * frame / (FRAMES - 1))
        height = band.max() - band.min() + 1
        assert abs(height / px_per_deg - 2 * sigma) < 3, frame
        assert abs((band.max() + band.min()) / 2 - right.mean()) < 2, frame


def test_without_an_uncertainty_there_is_no_band(open_page: Open) -> None:
    tab = open_page(a_page(constant_times(), picture=None))
    go(tab, 0)
    tab.wait_for_timeout(200)
    band, right, _ = column(tab, 50)
    assert len(right) and len(band) <= 4  # the curve's soft edge
    assert "±" not in tab.locator("#plots").inner_text()


def test_the_values_at_the_cursor_have_it(open_page: Open) -> None:
    page = a_page(constant_times(), picture=None)
    tab = open_page(replace(page, takes=[with_sigma(page.takes[0])]))
    elbow = tab.locator(".plot", has=tab.locator("option[value='deg:elbow_flexion'][selected]"))
    go(tab, 0)
    assert "R 0 ± 5°" in elbow.locator(".values").inner_text()
    go(tab, FRAMES - 1)
    assert "R 120 ± 20°" in elbow.locator(".values").inner_text()
    elbow.locator("select").select_option("deg_per_s:elbow_flexion")  # a velocity has no stated uncertainty
    assert "±" not in tab.locator(".plot .values").nth(1).inner_text()
    tab.locator(".plot select").nth(1).select_option("m_per_s:wrist")
    assert "± 0.3 m/s" in tab.locator(".plot .values").nth(1).inner_text()
