"""Places: a football pitch, a basketball hall, a running track, a martial-arts hall, a dance studio. Each builds a Stage."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import paint_back as back
import paint_floor as ground
from picture import Stage
from stage import FLOOR_WIDTH, LIGHT_WIDTH, PANEL_WIDTH
from texture import Atlas

FloatArray = NDArray[np.floating[Any]]
WHITE = (0.93, 0.94, 0.92)


def light_row(
    sun_to: tuple[float, float, float],
    sun: tuple[float, float, float],
    sky: tuple[float, float, float],
    bounce: tuple[float, float, float],
    hardness: float,
    sky_picture: int,
    haze: tuple[float, float, float] = (0.6, 0.7, 0.8),
    haze_m: float = 150.0,
) -> FloatArray:
    """The light's numbers. sun_to: direction toward the sun; colours in linear light; hardness: how sharp shadows are."""
    to = np.array(sun_to) / np.linalg.norm(sun_to)
    row = np.array([*to, *sun, *sky, *bounce, hardness, sky_picture, *haze, haze_m])
    assert len(row) == LIGHT_WIDTH
    return row


def wall(corner: tuple[float, float], to: tuple[float, float], bottom: float, top: float, picture: int, bright: float = 1.0) -> FloatArray:
    """An upright picture from floor point `corner` (its left end as the picture is drawn) to floor point `to`."""
    row = np.zeros(PANEL_WIDTH)
    row[:] = *corner, top, to[0] - corner[0], to[1] - corner[1], 0, 0, 0, bottom - top, picture, bright
    return row


def floor_row(atlas: Atlas, floor: ground.Ground, detail: FloatArray | None, tile_m: float, gloss: float, strength: float) -> FloatArray:
    """The floor's numbers."""
    row = np.zeros(FLOOR_WIDTH)
    number = atlas.add(detail) if detail is not None else -1
    row[:] = atlas.add(floor.picture), *floor.corner, *floor.size, number, tile_m, gloss, strength
    return row


def football_pitch() -> Stage:
    """Penalty area seen from inside the pitch: boards, a stand and trees behind the goal line at y = -19, touch line at x = 24."""
    atlas = Atlas()
    lawn = ground.grass((-32.0, -24.0), (64.0, 48.0), 4.6, "y", 52.0)
    for points in ([(-32, -16), (32, -16)], [(-20.15, -16), (-20.15, 0.5), (20.15, 0.5), (20.15, -16)], [(-9.16, -16), (-9.16, -10.5), (9.16, -10.5), (9.16, -16)]):
        lawn.line(points, 0.12, WHITE, worn=11)
    angle = np.radians(np.linspace(37, 143, 80))
    lawn.line([(9.15 * np.cos(a), -5.0 + 9.15 * np.sin(a)) for a in angle], 0.12, WHITE, worn=12)
    floor = floor_row(atlas, lawn, ground.grass_blades(), 1.25, 0.0, 0.5)
    sky = atlas.add(back.sky((0.27, 0.48, 0.78), (0.80, 0.88, 0.95), 0.42, 20))
    dark, blue = (0.07, 0.10, 0.20), (0.10, 0.30, 0.62)
    signs = [("KASF DEMO", dark, WHITE), ("OPEN POSE LIFT", (0.92, 0.93, 0.94), blue), ("CMU MOCAP", blue, WHITE), ("17 JOINTS", (0.80, 0.62, 0.10), dark)]
    ads = atlas.add(back.boards(72.0, 0.95, signs))
    seats = atlas.add(back.stands(72.0, 9.0, (0.16, 0.30, 0.55)))
    wood = atlas.add(back.trees(2400, 300, 31))
    panels = []
    for a, b, out in (((36, -20), (-36, -20), (0, -1)), ((30, 24), (30, -24), (1, 0)), ((-30, -24), (-30, 24), (-1, 0)), ((-36, 24), (36, 24), (0, 1))):
        far = [(p[0] + out[0] * 34 - (b[0] - a[0]) * s, p[1] + out[1] * 34 - (b[1] - a[1]) * s) for p, s in ((a, 0.6), (b, -0.6))]
        seat = [(p[0] + out[0] * 8, p[1] + out[1] * 8) for p in (a, b)]
        panels += [wall(*far, 0.0, 13.0, wood, 1.5), wall(*seat, 0.9, 7.5, seats, 0.85), wall(a, b, 0.0, 0.95, ads, 1.15)]
    light = light_row((-0.55, -0.35, 0.70), (2.05, 1.88, 1.60), (0.50, 0.60, 0.78), (0.16, 0.22, 0.10), 22.0, sky, (0.62, 0.70, 0.78), 220.0)
    panels.sort(key=lambda p: -np.hypot(*(p[:2] + p[3:5] / 2)))
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.92)
