"""Places in the open: a football pitch, a running track, a street court. Each builds a Stage."""

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


def wall(
    corner: tuple[float, float], to: tuple[float, float], bottom: float, top: float, picture: int, bright: float = 1.0
) -> FloatArray:
    """An upright image from floor point `corner` (its left end as the image is drawn) to floor point `to`."""
    row = np.zeros(PANEL_WIDTH)
    row[:] = *corner, top, to[0] - corner[0], to[1] - corner[1], 0, 0, 0, bottom - top, picture, bright
    return row


def floor_row(
    atlas: Atlas, floor: ground.Ground, detail: FloatArray | None, tile_m: float, gloss: float, strength: float
) -> FloatArray:
    """The floor's numbers."""
    row = np.zeros(FLOOR_WIDTH)
    number = atlas.add(detail) if detail is not None else -1
    row[:] = atlas.add(floor.picture), *floor.corner, *floor.size, number, tile_m, gloss, strength
    return row


def football_pitch() -> Stage:
    """Penalty area seen from inside the pitch: boards, a stand and trees behind the goal line at y = -19, touch line at x = 24."""
    atlas = Atlas()
    lawn = ground.grass((-32.0, -24.0), (64.0, 48.0), 4.6, "y", 52.0)
    for points in (
        [(-32, -16), (32, -16)],
        [(-20.15, -16), (-20.15, 0.5), (20.15, 0.5), (20.15, -16)],
        [(-9.16, -16), (-9.16, -10.5), (9.16, -10.5), (9.16, -16)],
    ):
        lawn.line(points, 0.12, WHITE, worn=11)
    angle = np.radians(np.linspace(37, 143, 80))
    lawn.line([(9.15 * np.cos(a), -5.0 + 9.15 * np.sin(a)) for a in angle], 0.12, WHITE, worn=12)
    floor = floor_row(atlas, lawn, ground.grass_blades(), 1.25, 0.0, 0.5)
    sky = atlas.add(back.sky((0.27, 0.48, 0.78), (0.80, 0.88, 0.95), 0.42, 20))
    dark, blue = (0.07, 0.10, 0.20), (0.10, 0.30, 0.62)
    signs = [
        ("KASF DEMO", dark, WHITE),
        ("OPEN POSE LIFT", (0.92, 0.93, 0.94), blue),
        ("CMU MOCAP", blue, WHITE),
        ("17 JOINTS", (0.80, 0.62, 0.10), dark),
    ]
    ads = atlas.add(back.boards(72.0, 0.95, signs))
    seats = atlas.add(back.stands(72.0, 9.0, (0.16, 0.30, 0.55)))
    panels = ring_of_trees(atlas, 56.0, 31)
    for a, b, out in (
        ((36, -20), (-36, -20), (0, -1)),
        ((30, 24), (30, -24), (1, 0)),
        ((-30, -24), (-30, 24), (-1, 0)),
        ((-36, 24), (36, 24), (0, 1)),
    ):
        seat = [(p[0] + out[0] * 8, p[1] + out[1] * 8) for p in (a, b)]
        panels += [wall(*seat, 0.9, 7.5, seats, 0.85), wall(a, b, 0.0, 0.95, ads, 1.15)]
    light = light_row(
        (-0.55, -0.35, 0.70),
        (2.05, 1.88, 1.60),
        (0.50, 0.60, 0.78),
        (0.16, 0.22, 0.10),
        22.0,
        sky,
        (0.62, 0.70, 0.78),
        220.0,
    )
    panels.sort(key=lambda p: -np.hypot(*(p[:2] + p[3:5] / 2)))
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.92)


def ring_of_trees(atlas: Atlas, far_m: float, seed: int, bright: float = 1.5) -> list[FloatArray]:
    """Trees all around, 12 m high."""
    wood = atlas.add(back.trees(round(2 * far_m * 24), 312, seed))
    f = far_m
    corners = [(-f, -f), (-f, f), (f, f), (f, -f), (-f, -f)]
    return [wall(a, b, 0.0, 13.0, wood, bright) for a, b in zip(corners[:-1], corners[1:], strict=True)]


def running_track() -> Stage:
    """A straight of eight lanes along y (x from -4.88 to 4.88), grass at both sides, a stand behind x = 14, trees all around."""
    atlas = Atlas()
    track = ground.Ground((-40.0, -40.0), (80.0, 80.0), 44.0, (0.60, 0.24, 0.17))
    ground.mottled(track, 0.05, 41)
    lawn = ground.grass((-40.0, -40.0), (80.0, 80.0), 5.0, "y", 44.0)
    x, _ = track.metres()
    inside = ((np.abs(x) < 5.3) * np.ones((track.picture.shape[0], 1)))[..., None]
    track.picture = np.where(inside > 0.5, track.picture, lawn.picture).astype(np.float32)
    for lane in range(9):
        track.line([(-4.88 + 1.22 * lane, -40), (-4.88 + 1.22 * lane, 40)], 0.05, WHITE, worn=42)
    for y in (-15.0, -5.0, 5.0, 15.0):
        track.line([(-4.88, y), (4.88, y)], 0.05, WHITE, worn=43)
    for side in (-5.35, 5.35):
        track.line([(side, -40), (side, 40)], 0.12, (0.75, 0.75, 0.74))
    floor = floor_row(atlas, track, ground.grain(512, 44, 1.2), 0.6, 0.0, 0.8)
    sky = atlas.add(back.sky((0.23, 0.45, 0.78), (0.82, 0.88, 0.94), 0.30, 45))
    signs = [
        ("KASF DEMO", (0.93, 0.93, 0.93), (0.10, 0.22, 0.45)),
        ("100 m", (0.10, 0.22, 0.45), WHITE),
        ("CMU MOCAP", (0.62, 0.12, 0.12), WHITE),
    ]
    ads = atlas.add(back.boards(84.0, 1.0, signs))
    seats = atlas.add(back.stands(84.0, 8.0, (0.62, 0.64, 0.66)))
    panels = [*ring_of_trees(atlas, 55.0, 46)]
    panels += [wall((19, 42), (19, -42), 1.2, 8.2, seats, 0.9), wall((12, 42), (12, -42), 0.0, 1.0, ads, 1.1)]
    light = light_row(
        (-0.62, -0.35, 0.72),
        (2.1, 1.9, 1.6),
        (0.50, 0.60, 0.78),
        (0.24, 0.15, 0.11),
        22.0,
        sky,
        (0.66, 0.73, 0.80),
        260.0,
    )
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.92)


def street_court() -> Stage:
    """A painted court between trees, late sun, a low wall behind y = 9."""
    atlas = Atlas()
    court = ground.Ground((-20.0, -20.0), (40.0, 40.0), 75.0, (0.36, 0.40, 0.42))
    court.area([(-7.5, -9), (7.5, -9), (7.5, 7.0), (-7.5, 7.0)], (0.20, 0.42, 0.50))
    court.area([(-2.45, 7.0), (2.45, 7.0), (2.45, 1.2), (-2.45, 1.2)], (0.72, 0.38, 0.22))
    court.line([(-7.5, -9), (7.5, -9), (7.5, 7.0), (-7.5, 7.0)], 0.05, WHITE, closed=True, worn=51)
    court.line([(-2.45, 7.0), (-2.45, 1.2), (2.45, 1.2), (2.45, 7.0)], 0.05, WHITE, worn=52)
    court.circle(0, 1.2, 1.8, 0.05, WHITE, worn=53)
    ground.mottled(court, 0.06, 54)
    floor = floor_row(atlas, court, ground.grain(512, 55, 1.4), 0.5, 0.0, 0.8)
    sky = atlas.add(back.sky((0.30, 0.50, 0.80), (0.90, 0.90, 0.90), 0.36, 56))
    stone = back.Wall((40.0, 1.1), (0.66, 0.62, 0.56), 60.0, 57)
    stone.bricks(58)
    stone.box(0, 0.98, 40.0, 0.12, (0.75, 0.73, 0.69))
    low = atlas.add(stone.finish())
    panels = [*ring_of_trees(atlas, 30.0, 59), wall((-20, 12), (20, 12), 0.0, 1.1, low, 0.9)]
    light = light_row(
        (-0.60, -0.55, 0.60),
        (2.25, 1.90, 1.45),
        (0.48, 0.58, 0.76),
        (0.16, 0.18, 0.18),
        20.0,
        sky,
        (0.70, 0.74, 0.78),
        200.0,
    )
    return Stage(atlas.tables(), floor, np.array(panels), light, 0.92)
