"""Draws docs/images/views_plan.png, where to put the cameras for `kasf-demo views`: python docs/make/views_figure.py"""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Wedge

OUT = Path(__file__).resolve().parents[1] / "images" / "views_plan.png"
GOOD, FAIR, BAD = "#2a9d6f", "#d9a227", "#c2455f"
NEAR_M, FAR_M = 3.5, 7.0


def main() -> None:
    """Seen from above; the first camera is at the bottom, angles count from it."""
    figure, axes = plt.subplots(figsize=(7.2, 5.6), dpi=110)
    for start, end, colour in ((-15, 15, BAD), (15, 40, FAIR), (40, 140, GOOD), (140, 165, FAIR), (165, 195, BAD),
                               (195, 220, FAIR), (220, 320, GOOD), (320, 345, FAIR)):  # fmt: skip
        ring = Wedge((0, 0), FAR_M, start - 90, end - 90, width=FAR_M - NEAR_M, color=colour, alpha=0.30, lw=0)
        axes.add_patch(ring)
    _camera(axes, 0, 5.2, "camera 1")
    _camera(axes, 80, 5.2, "camera 2")
    _camera(axes, -110, 6.0, "camera 3")
    axes.plot(0, 0, "o", color="#222", ms=13)
    axes.text(0, 0.55, "athlete", ha="center", fontsize=11)
    for deg, text in (
        (90, "40° to 140°: good"),
        (27, "15° to 40°:\nuncertain"),
        (180, "opposite, or beside\ncamera 1: refused"),
    ):
        a = np.radians(deg - 90)
        x, y = (FAR_M + 0.35) * np.cos(a), (FAR_M + 0.35) * np.sin(a)
        axes.text(
            x, y, text, ha="center" if deg == 180 else "left", va="bottom" if deg == 180 else "center", fontsize=10
        )
    axes.annotate("", (NEAR_M, -7.9), (0, -7.9), arrowprops={"arrowstyle": "<->", "color": "#555"})
    axes.text(NEAR_M / 2, -8.3, "3.5 m", ha="center", va="top", fontsize=9, color="#555")
    axes.set(xlim=(-9, 12.5), ylim=(-9, 9), aspect="equal")
    axes.axis("off")
    figure.savefig(OUT, bbox_inches="tight", pad_inches=0.05)


def _camera(axes: plt.Axes, deg: float, distance_m: float, name: str) -> None:
    a = np.radians(deg - 90)
    place, ahead = distance_m * np.array([np.cos(a), np.sin(a)]), -np.array([np.cos(a), np.sin(a)])
    aside = np.array([-ahead[1], ahead[0]])
    half = np.tan(np.radians(30))
    for sign in (-1, 1):
        edge = place + 2.2 * (ahead + sign * half * aside)
        axes.plot(*zip(place, edge, strict=True), color="#555", lw=0.8, ls=":")
    body = [place - 0.3 * ahead + 0.35 * aside, place - 0.3 * ahead - 0.35 * aside, place + 0.45 * ahead]
    axes.fill(*zip(*body, strict=True), color="#222")
    side = "center" if abs(ahead[0]) < 0.5 else "left" if ahead[0] < 0 else "right"
    axes.text(*(place - 0.6 * ahead - [0, 0.3]), name, ha=side, va="center", fontsize=10)


if __name__ == "__main__":
    main()
