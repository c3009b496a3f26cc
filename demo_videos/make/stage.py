"""What stands around the athlete, as the renderer sees it: a textured floor, upright images (boards, stands, walls), a sky. numba."""

from __future__ import annotations

import math

from numba import njit

from texture import sample, sample_near, sharpness

# Columns of the floor's numbers
F_PICTURE, F_X, F_Y, F_SIZE_X, F_SIZE_Y, F_DETAIL, F_TILE, F_GLOSS, F_STRENGTH, FLOOR_WIDTH = range(10)
# Columns of an upright image: corner (3), along its width (3), along its height (3, downward), image, brightness
Q_CORNER, Q_U, Q_V, Q_PICTURE, Q_BRIGHT, PANEL_WIDTH = 0, 3, 6, 9, 10, 11
# Columns of the light
L_SUN, L_SUN_COLOUR, L_SKY, L_BOUNCE, L_HARD, L_SKY_PICTURE, L_HAZE, L_HAZE_M, LIGHT_WIDTH = (
    0,
    3,
    6,
    9,
    12,
    13,
    14,
    17,
    18,
)
DETAIL_MEAN = 0.25  # a detail image's value that leaves the floor as it is

fast = njit(fastmath=True, cache=True)


@fast
def floor_colour(tex, floor, x, y, dx, dy, dz, t, pixel):
    """Albedo of the floor at (x, y), filtered over the pixel's long footprint; d is the ray, t its length, pixel its width per metre."""
    texels, levels = tex
    across = t * pixel
    ahead = min(across / max(-dz, 0.02), 40.0 * across)
    taps = int(min(max(ahead / across, 1.0), 4.0))
    flat = math.sqrt(dx * dx + dy * dy) + 1e-9
    ux, uy = dx / flat, dy / flat
    picture, detail, tile = int(floor[F_PICTURE]), int(floor[F_DETAIL]), floor[F_TILE]
    width = max(across, ahead / taps)
    lod = sharpness(levels, picture, width / floor[F_SIZE_X])
    k = floor[F_STRENGTH] * min(1.0, 4.0 - width / (0.03 * tile)) if detail >= 0 else 0.0
    fine = sharpness(levels, detail, width / tile) if k > 0.0 else 0.0
    r = g = b = 0.0
    for i in range(taps):
        s = ((i + 0.5) / taps - 0.5) * ahead
        px, py = x + ux * s, y + uy * s
        u, v = (px - floor[F_X]) / floor[F_SIZE_X], 1.0 - (py - floor[F_Y]) / floor[F_SIZE_Y]
        mr, mg, mb, _ = sample_near(texels, levels, picture, u, v, lod, False)
        if k > 0.0:
            dr, dg, db, _ = sample(texels, levels, detail, px / tile, py / tile, fine, True)
            mr *= 1.0 + k * (dr / DETAIL_MEAN - 1.0)
            mg *= 1.0 + k * (dg / DETAIL_MEAN - 1.0)
            mb *= 1.0 + k * (db / DETAIL_MEAN - 1.0)
        r += mr
        g += mg
        b += mb
    return r / taps, g / taps, b / taps


@fast
def sky_colour(tex, light, dx, dy, dz):
    """The sky's image in direction d: once around in u, from 10 degrees below the horizon to the zenith in v."""
    texels, levels = tex
    u = 0.5 - math.atan2(dx, dy) / (2 * math.pi)
    elevation = math.asin(min(max(dz, -1.0), 1.0))
    v = 1.0 - (elevation + math.pi / 18) / (math.pi / 2 + math.pi / 18)
    return sample(texels, levels, int(light[L_SKY_PICTURE]), 1.0 - u, min(max(v, 0.0), 1.0), 0.0, False)


@fast
def panel_hit(panel, ox, oy, oz, dx, dy, dz, limit):
    """(t, u, v) where the ray meets an upright image nearer than `limit`, t = -1 if it does not."""
    ux, uy = panel[Q_U], panel[Q_U + 1]
    px, py = panel[Q_CORNER] - ox, panel[Q_CORNER + 1] - oy
    facing = uy * dx - ux * dy
    if abs(facing) < 1e-9:
        return -1.0, 0.0, 0.0
    t = (uy * px - ux * py) / facing
    if t <= 0.0 or t >= limit:
        return -1.0, 0.0, 0.0
    u = ((t * dx - px) * ux + (t * dy - py) * uy) / (ux * ux + uy * uy)
    v = (oz + t * dz - panel[Q_CORNER + 2]) / panel[Q_V + 2]
    if u < 0.0 or u > 1.0 or v < 0.0 or v > 1.0:
        return -1.0, 0.0, 0.0
    return t, u, v


@fast
def panels_over(tex, panels, ox, oy, oz, dx, dy, dz, pixel, limit, r, g, b):
    """(r, g, b, last): the colour behind, with the upright images nearer than `limit` laid over it, far ones first.

    The images are listed from far to near; last is the number of the nearest one seen, -1 for none. Their light is baked in.
    """
    texels, levels = tex
    last = -1
    for n in range(panels.shape[0]):
        t, u, v = panel_hit(panels[n], ox, oy, oz, dx, dy, dz, limit)
        if t > 0.0:
            picture = int(panels[n, Q_PICTURE])
            width = math.sqrt(panels[n, Q_U] ** 2 + panels[n, Q_U + 1] ** 2)
            pr, pg, pb, a = sample(texels, levels, picture, u, v, sharpness(levels, picture, t * pixel / width), False)
            bright = panels[n, Q_BRIGHT]
            r, g, b = r + (pr * bright - r) * a, g + (pg * bright - g) * a, b + (pb * bright - b) * a
            last = n if a > 0.5 else last
    return r, g, b, last
