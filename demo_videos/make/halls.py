"""Places under a roof: a basketball hall, a martial-arts hall, a dance studio, a gymnastics floor. Each builds a Stage."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import paint_back as back
import paint_floor as ground
from picture import Stage
from scenes import WHITE, floor_row, light_row, wall
from texture import Atlas

FloatArray = NDArray[np.floating[Any]]
Bounds = tuple[float, float, float, float]  # x from, x to, y from, y to


def ceiling(atlas: Atlas, colour: tuple[float, float, float]) -> int:
    """A plain ceiling in the place of the sky."""
    return atlas.add(np.broadcast_to(back.rgb(*colour), (64, 64, 3)))


def four_walls(
    room: Bounds, height_m: float, pictures: tuple[int, int, int, int], bright: float = 1.0
) -> list[FloatArray]:
    """Walls of a room: images for those at y to, x to, y from, x from."""
    x0, x1, y0, y1 = room
    corners = [(x0, y1), (x1, y1), (x1, y0), (x0, y0), (x0, y1)]
    return [wall(corners[i], corners[i + 1], 0.0, height_m, pictures[i], bright) for i in range(4)]


def basketball_hall() -> Stage:
    """Half of a court: base line at y = -7, free-throw line at y = -1.2, the ring's middle at (0, -5.425)."""
    atlas = Atlas()
    court = ground.Ground((-13.0, -11.0), (26.0, 24.0), 100.0, (0.76, 0.57, 0.37))
    ground.planks(court, 0.085, 1.3, 0.05, 61)
    key = (0.16, 0.28, 0.50)
    court.area([(-2.45, -7), (2.45, -7), (2.45, -1.2), (-2.45, -1.2)], key, 0.85)
    court.area([(-13, -11), (13, -11), (13, -7.05), (-13, -7.05)], key, 0.85)
    for points in (
        [(-7.5, 13), (-7.5, -7), (7.5, -7), (7.5, 13)],
        [(-2.45, -7), (-2.45, -1.2), (2.45, -1.2), (2.45, -7)],
    ):
        court.line(points, 0.05, WHITE)
    court.circle(0, -1.2, 1.8, 0.05, WHITE)
    arc = np.radians(np.linspace(12, 168, 90))
    court.line([(6.6, -7), *[(6.75 * np.cos(a), -5.425 + 6.75 * np.sin(a)) for a in arc], (-6.6, -7)], 0.05, WHITE)
    floor = floor_row(atlas, court, None, 1.0, 0.30, 0.0)
    long = back.Wall((26.0, 8.0), (0.86, 0.84, 0.79), 50.0, 62)
    for x in np.arange(1.5, 26, 4.8):
        long.window(x, 4.6, 3.6, 2.2, (4, 2), (0.45, 0.47, 0.50), 1.35)
    long.box(0, 0.0, 26.0, 2.0, (0.13, 0.25, 0.45))
    for x in np.arange(0, 26, 1.0):
        long.box(x, 0.0, 0.03, 2.0, (0.09, 0.18, 0.34))
    for x in (2.6, 10.2, 17.8):
        long.text(x, 2.9, 0.75, "KASF DEMO", (0.13, 0.25, 0.45))
    picture = atlas.add(long.finish(0.035))
    panels = four_walls((-13.0, 13.0, -11.0, 13.0), 8.0, (picture,) * 4, 0.95)
    panels.append(wall((0.9, -6.6), (-0.9, -6.6), 2.90, 3.95, atlas.add(_backboard()), 1.0))
    light = light_row(
        (-0.35, -0.30, 1.0),
        (1.25, 1.20, 1.10),
        (0.80, 0.80, 0.80),
        (0.40, 0.30, 0.21),
        7.0,
        ceiling(atlas, (0.80, 0.80, 0.80)),
        haze_m=900.0,
    )
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.92)


def _backboard() -> FloatArray:
    board = back.Wall((1.8, 1.05), (0.90, 0.91, 0.92), 200.0, 63)
    for x, y, w, h in ((0, 0, 1.8, 0.05), (0, 1.0, 1.8, 0.05), (0, 0, 0.05, 1.05), (1.75, 0, 0.05, 1.05)):
        board.box(x, y, w, h, (0.80, 0.15, 0.10))
    board.box(0.6, 0.15, 0.6, 0.45, (0.80, 0.15, 0.10))
    board.box(0.65, 0.20, 0.5, 0.35, (0.90, 0.91, 0.92))
    return board.finish(0.004)


def dojo() -> Stage:
    """Mats of 1 m, a red border; panelled walls with paper screens."""
    atlas = Atlas()
    mats = ground.Ground((-9.0, -9.0), (18.0, 18.0), 130.0, (0.66, 0.68, 0.52))
    mats.area([(-9, -9), (9, -9), (9, 9), (-9, 9)], (0.52, 0.20, 0.17))
    mats.area([(-5, -5), (5, -5), (5, 5), (-5, 5)], (0.64, 0.68, 0.50))
    ground.mottled(mats, 0.03, 71)
    for n in range(-9, 10):
        for points in ([(n, -9), (n, 9)], [(-9, n), (9, n)]):
            mats.line(points, 0.012, (0.20, 0.19, 0.15))
    floor = floor_row(atlas, mats, ground.grain(512, 72, 1.1), 0.7, 0.0, 0.5)
    side = back.Wall((18.0, 4.6), (0.90, 0.88, 0.82), 70.0, 73)
    wood = (0.42, 0.27, 0.16)
    side.box(0, 0, 18, 0.9, (0.50, 0.33, 0.20))
    for x in np.arange(0.0, 18.0, 3.0):
        for i in range(1, 4):
            side.box(x + 0.2, 1.1, 2.6, 2.2, back.rgb(0.96, 0.94, 0.88) * 1.15)
        for i in range(5):
            side.box(x + 0.2 + 0.65 * i - 0.02, 1.1, 0.04, 2.2, wood)
        for i in range(4):
            side.box(x + 0.2, 1.1 + 0.73 * i - 0.02, 2.6, 0.04, wood)
        side.box(x - 0.1, 0.0, 0.2, 4.6, wood)
    side.box(0, 3.5, 18, 0.18, wood)
    side.box(0, 0.9, 18, 0.10, wood)
    picture = atlas.add(side.finish(0.02))
    panels = four_walls((-9.0, 9.0, -9.0, 9.0), 4.6, (picture,) * 4, 0.95)
    light = light_row(
        (0.45, -0.55, 1.0),
        (1.45, 1.38, 1.22),
        (0.66, 0.66, 0.66),
        (0.30, 0.27, 0.20),
        9.0,
        ceiling(atlas, (0.72, 0.66, 0.58)),
        haze_m=900.0,
    )
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.95)


def dance_studio() -> Stage:
    """Pale boards, a white brick wall with tall windows and a barre."""
    atlas = Atlas()
    boards = ground.Ground((-8.0, -8.0), (16.0, 16.0), 140.0, (0.70, 0.58, 0.45))
    ground.planks(boards, 0.12, 2.2, 0.06, 81)
    floor = floor_row(atlas, boards, None, 1.0, 0.22, 0.0)
    tall = back.Wall((16.0, 4.4), (0.84, 0.82, 0.79), 70.0, 82)
    tall.bricks(83)
    for x in (1.1, 4.4, 7.7, 11.0, 14.0):
        tall.window(x, 1.35, 1.5, 2.5, (2, 4), (0.22, 0.23, 0.25), 1.5)
    tall.box(0, 0, 16, 0.14, (0.93, 0.93, 0.92))
    tall.box(0, 1.02, 16, 0.055, (0.45, 0.30, 0.18))
    plain = back.Wall((16.0, 4.4), (0.72, 0.76, 0.76), 50.0, 84)
    plain.box(0, 0, 16, 0.14, (0.93, 0.93, 0.92))
    plain.box(2.0, 0.9, 12.0, 0.055, (0.45, 0.30, 0.18))
    a, b = atlas.add(tall.finish(0.02)), atlas.add(plain.finish(0.03))
    panels = four_walls((-8.0, 8.0, -8.0, 8.0), 4.4, (a, b, a, b), 0.95)
    light = light_row(
        (-0.75, 0.25, 0.80),
        (1.35, 1.28, 1.15),
        (0.72, 0.74, 0.78),
        (0.36, 0.30, 0.24),
        8.0,
        ceiling(atlas, (0.86, 0.86, 0.85)),
        haze_m=900.0,
    )
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.92)


def gymnastics_floor() -> Stage:
    """A sprung floor of 12 m with a white border on a beige carpet; a dark curtain around it."""
    atlas = Atlas()
    carpet = ground.Ground((-14.0, -14.0), (28.0, 28.0), 85.0, (0.80, 0.74, 0.64))
    carpet.area([(-7, -7), (7, -7), (7, 7), (-7, 7)], (0.62, 0.70, 0.80))
    carpet.area([(-6, -6), (6, -6), (6, 6), (-6, 6)], (0.18, 0.36, 0.62))
    carpet.line([(-6, -6), (6, -6), (6, 6), (-6, 6)], 0.06, WHITE, closed=True)
    ground.mottled(carpet, 0.035, 91)
    floor = floor_row(atlas, carpet, ground.grain(512, 92, 1.0), 0.6, 0.0, 0.7)
    curtain = back.Wall((28.0, 7.0), (0.16, 0.18, 0.24), 40.0, 93)
    x = np.arange(curtain.picture.shape[1]) / 40.0
    folds = 1 + 0.35 * np.sin(2 * np.pi * x / 0.55 + 1.5 * np.sin(x * 1.7))
    curtain.picture = (curtain.picture * folds[None, :, None]).astype(np.float32)
    curtain.box(0, 0.0, 28.0, 1.0, (0.85, 0.86, 0.88))
    for n, words in enumerate(("KASF DEMO", "GYMNASTICS", "KASF DEMO", "ALL WELCOME")):
        curtain.text(1.2 + 7.0 * n, 0.28, 0.42, words, (0.14, 0.26, 0.50))
    picture = atlas.add(curtain.finish(0.03))
    panels = four_walls((-14.0, 14.0, -14.0, 14.0), 7.0, (picture,) * 4, 1.0)
    light = light_row(
        (-0.40, -0.45, 1.0),
        (1.45, 1.42, 1.36),
        (0.62, 0.63, 0.66),
        (0.20, 0.24, 0.32),
        8.0,
        ceiling(atlas, (0.20, 0.21, 0.24)),
        haze_m=900.0,
    )
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.95)
