"""One image: a ray through each pixel, more where something ends inside it; light, shadow, reflection. numba, linear light."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

from prims import AXES, GROUP, MATERIAL, ORIGIN, OWNER, PAINT
from sdf import MAX_NEAR, list_near, normal_at, openness, owner_at, sunlight, walk
from stage import (
    F_GLOSS, L_BOUNCE, L_HARD, L_HAZE, L_HAZE_M, L_SKY, L_SUN, L_SUN_COLOUR,
    floor_colour, panels_over, sky_colour,
)  # fmt: skip
from looks import SHIRT, SHORTS
from surface import colour, folds

fast = njit(fastmath=True, cache=True)

STRIDE = 331  # rows are taken in this stride, so that each core gets its share of dear ones
SKY, FLOOR = -1, -3  # panel n is FLOOR - 1 - n
OFFSETS = np.array(
    [[0.375, 0.125], [0.875, 0.375], [0.625, 0.875], [0.125, 0.625]]
)  # four samples of a pixel on a turned grid


@fast
def lit_floor(tex, solids, floor, light, x, y, dx, dy, dz, t, pixel, near):
    """Light from the floor at (x, y): albedo times sun, sky and the shade of what stands on it."""
    r, g, b = floor_colour(tex, floor, x, y, dx, dy, dz, t, pixel)
    sun = sunlight(
        solids[0],
        solids[1],
        solids[2],
        near,
        x,
        y,
        0.001,
        light[L_SUN],
        light[L_SUN + 1],
        light[L_SUN + 2],
        light[L_HARD],
    )
    sun *= light[L_SUN + 2]
    sky = openness(solids[0], solids[1], solids[2], near, x, y, 0.0, 0.0, 0.0, 1.0, 0.45)
    sky *= sky
    r *= sun * light[L_SUN_COLOUR] + sky * light[L_SKY]
    g *= sun * light[L_SUN_COLOUR + 1] + sky * light[L_SKY + 1]
    b *= sun * light[L_SUN_COLOUR + 2] + sky * light[L_SKY + 2]
    return r, g, b


@fast
def lit_solid(solids, skins, light, n, x, y, z, dx, dy, dz, near, count, t):
    """Light from a point of solid n seen along d."""
    rows, labels, balls = solids
    nx, ny, nz = normal_at(rows, labels, near[0], count, x, y, z, 0.0012 + 0.0002 * t)
    if labels[n, MATERIAL] == SHIRT or labels[n, MATERIAL] == SHORTS:
        if (
            labels[n, MATERIAL] == SHIRT and rows[n, PAINT] == 0.0
        ):  # the trunk's solids share one frame, so that creases cross them
            nx, ny, nz = folds(skins[2][labels[n, OWNER], 1], 3, 0, x, y, z, nx, ny, nz, t)
        else:
            nx, ny, nz = folds(rows[n], AXES, ORIGIN, x, y, z, nx, ny, nz, t)
    r, g, b, gloss = colour(rows, labels, n, x, y, z, skins[0], skins[1], skins[2], skins[3])
    sx, sy, sz = light[L_SUN], light[L_SUN + 1], light[L_SUN + 2]
    facing = nx * sx + ny * sy + nz * sz
    sun = 0.0
    if facing > -0.25:
        sun = sunlight(
            rows, labels, balls, near[1], x + 0.008 * nx, y + 0.008 * ny, z + 0.008 * nz, sx, sy, sz, light[L_HARD]
        )
    open_sky = openness(rows, labels, balls, near[1], x, y, z, nx, ny, nz, 0.16)
    soft = 0.12 if gloss == 0.10 else 0.04  # skin lets a little light around the edge of its shade
    diffuse = max((facing + soft) / (1 + soft), 0.0) * sun
    up = 0.5 + 0.5 * nz
    seen = -(nx * dx + ny * dy + nz * dz)
    rim = (1.0 - max(seen, 0.0)) ** 4
    hx, hy, hz = sx - dx, sy - dy, sz - dz
    half = max((nx * hx + ny * hy + nz * hz) / (math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9), 0.0)
    shine = gloss * (half**24 * sun * 1.4 + 0.35 * rim * open_sky)
    er = diffuse * light[L_SUN_COLOUR] + open_sky * (up * light[L_SKY] + (1 - up) * light[L_BOUNCE])
    eg = diffuse * light[L_SUN_COLOUR + 1] + open_sky * (up * light[L_SKY + 1] + (1 - up) * light[L_BOUNCE + 1])
    eb = diffuse * light[L_SUN_COLOUR + 2] + open_sky * (up * light[L_SKY + 2] + (1 - up) * light[L_BOUNCE + 2])
    if soft > 0.1:  # what passes through skin is red
        er += 0.05 * sun * light[L_SUN_COLOUR] * max(0.35 - abs(facing), 0.0)
    return (
        r * er + shine * light[L_SUN_COLOUR],
        g * eg + shine * light[L_SUN_COLOUR + 1],
        b * eb + shine * light[L_SUN_COLOUR + 2],
    )


@fast
def surroundings(tex, solids, floor, panels, light, ox, oy, oz, dx, dy, dz, pixel, near):
    """(r, g, b, what): light from floor, panels and sky along a ray, and what it met."""
    if dz < -1e-4:
        t = -oz / dz
        x, y = ox + t * dx, oy + t * dy
        r, g, b = lit_floor(tex, solids, floor, light, x, y, dx, dy, dz, t, pixel, near)
        if floor[F_GLOSS] > 0.0:
            mr, mg, mb = mirror(tex, solids, floor, panels, light, x, y, dx, dy, -dz, pixel, near)
            k = floor[F_GLOSS] * (0.35 + 0.65 * (1.0 + dz) ** 3)
            r, g, b = r + (mr - r) * k, g + (mg - g) * k, b + (mb - b) * k
        haze = 1.0 - math.exp(-((t / light[L_HAZE_M]) ** 2))
        r, g, b = r + (light[L_HAZE] - r) * haze, g + (light[L_HAZE + 1] - g) * haze, b + (light[L_HAZE + 2] - b) * haze
        r, g, b, last = panels_over(tex, panels, ox, oy, oz, dx, dy, dz, pixel, t, r, g, b)
    else:
        r, g, b, _ = sky_colour(tex, light, dx, dy, dz)
        r, g, b, last = panels_over(tex, panels, ox, oy, oz, dx, dy, dz, pixel, 1e9, r, g, b)
    return r, g, b, FLOOR - 1 - last if dz < -1e-4 or last >= 0 else SKY


@fast
def mirror(tex, solids, floor, panels, light, x, y, dx, dy, dz, pixel, near):
    """What a polished floor shows: the panels and, dimmer with height, the athlete's flat colours."""
    r, g, b, _ = sky_colour(tex, light, dx, dy, dz)
    r, g, b, _ = panels_over(tex, panels, x, y, 0.0, dx, dy, dz, pixel * 6.0, 1e9, r, g, b)
    count, start, stop = list_near(solids[0], solids[2], x, y, 0.001, dx, dy, dz, 0.0, 0.0, near)
    if count > 0:
        t = walk(solids[0], solids[1], near, count, x, y, 0.001, dx, dy, dz, start, stop)
        if t >= 0.0:
            blur = math.exp(-0.9 * t * dz)
            k = 0.30 * blur
            r, g, b = (
                r * (1 - blur) + light[L_SKY] * k,
                g * (1 - blur) + light[L_SKY + 1] * k,
                b * (1 - blur) + light[L_SKY + 2] * k,
            )
    return r, g, b


@fast
def ray(view, px, py):
    """Unit direction in the world through pixel position (px, py). view: centre (3), rows of the rotation (9), f, cx, cy."""
    x, y = (px - view[13]) / view[12], (py - view[14]) / view[12]
    length = math.sqrt(x * x + y * y + 1.0)
    dx = (view[3] * x + view[6] * y + view[9]) / length
    dy = (view[4] * x + view[7] * y + view[10]) / length
    dz = (view[5] * x + view[8] * y + view[11]) / length
    return dx, dy, dz


@fast
def seen(view, px, py, solids, skins, tex, floor, panels, light, near):
    """(r, g, b, what) along one ray: what is a number for the group and material hit, or for what lies behind (negative). near (2, MAX_NEAR): scratch."""
    dx, dy, dz = ray(view, px, py)
    ox, oy, oz = view[0], view[1], view[2]
    rows, labels, balls = solids
    count, start, stop = list_near(rows, balls, ox, oy, oz, dx, dy, dz, 0.03, 0.0, near[0])
    if count > 0:
        if dz < -1e-4:
            stop = min(stop, -oz / dz)
        t = walk(rows, labels, near[0], count, ox, oy, oz, dx, dy, dz, start, stop)
        if t >= 0.0:
            x, y, z = ox + t * dx, oy + t * dy, oz + t * dz
            n = owner_at(rows, labels, near[0], count, x, y, z)
            r, g, b = lit_solid(solids, skins, light, n, x, y, z, dx, dy, dz, near, count, t)
            return r, g, b, labels[n, GROUP] * 32 + labels[n, MATERIAL]
    return surroundings(tex, solids, floor, panels, light, ox, oy, oz, dx, dy, dz, 1.0 / view[12], near[1])


@njit(fastmath=True, cache=True, parallel=True)
def first_pass(view, width, height, jitter_x, jitter_y, solids, skins, tex, floor, panels, light, out, what):
    """One ray a pixel into out (H, W, 3) linear light and what (H, W)."""
    for turn in prange(height):
        row = (turn * STRIDE) % height
        near = np.empty((2, MAX_NEAR), np.int64)
        for col in range(width):
            r, g, b, w = seen(view, col + jitter_x, row + jitter_y, solids, skins, tex, floor, panels, light, near)
            out[row, col, 0], out[row, col, 1], out[row, col, 2] = r, g, b
            what[row, col] = w


@fast
def busy(out, what, row, col, limit):
    """Does something end inside this pixel? Another solid next to it, or a jump in brightness."""
    here = math.sqrt(out[row, col, 1])
    for j in range(max(row - 1, 0), min(row + 2, out.shape[0])):
        for i in range(max(col - 1, 0), min(col + 2, out.shape[1])):
            if what[j, i] != what[row, col]:
                return True
            if what[row, col] >= 0 and abs(math.sqrt(max(out[j, i, 1], 0.0)) - here) > limit:
                return True
    return False


@njit(fastmath=True, cache=True, parallel=True)
def second_pass(view, solids, skins, tex, floor, panels, light, first, what, out):
    """out: the first image, with four rays instead of one in every pixel where something ends."""
    height, width = what.shape
    for turn in prange(height):
        row = (turn * STRIDE) % height
        near = np.empty((2, MAX_NEAR), np.int64)
        for col in range(width):
            out[row, col] = first[row, col]
            if busy(first, what, row, col, 0.12):
                r = g = b = 0.0
                for s in range(OFFSETS.shape[0]):
                    px, py = col + OFFSETS[s, 0], row + OFFSETS[s, 1]
                    sr, sg, sb, _ = seen(view, px, py, solids, skins, tex, floor, panels, light, near)
                    r, g, b = r + sr, g + sg, b + sb
                n = OFFSETS.shape[0]
                out[row, col, 0], out[row, col, 1], out[row, col, 2] = r / n, g / n, b / n
