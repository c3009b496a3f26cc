"""Colours of skin, face, clothes, shoes and balls at a point of a solid. numba.

`frames` (owners, 2, 13): for each athlete the head's and the chest's frame: origin (3), axes in rows (9), scale.
"""

from __future__ import annotations

import math

from numba import njit

from looks import BARE_FOOT, BASKETBALL, FACE, FOOTBALL, HAIR, LEG, SHIRT, SHOE, SHORTS, SKIN
from prims import AXES, CUT_A, MATERIAL, ORIGIN, OWNER, PAINT

fast = njit(fastmath=True, cache=True)

# Columns of an athlete's style
S_SOCK, S_NUMBER, S_BARE, STYLE_WIDTH = range(4)
ACCENT_ROW = 11


@fast
def local(row, first, x, y, z, origin):
    """World point in a frame stored in a row: axes at column `first`, origin at `origin`."""
    x, y, z = x - row[origin], y - row[origin + 1], z - row[origin + 2]
    return (
        row[first] * x + row[first + 1] * y + row[first + 2] * z,
        row[first + 3] * x + row[first + 4] * y + row[first + 5] * z,
        row[first + 6] * x + row[first + 7] * y + row[first + 8] * z,
    )


@fast
def step(edge0, edge1, x):
    """0 below edge0, 1 above edge1, smooth between."""
    s = min(max((x - edge0) / (edge1 - edge0), 0.0), 1.0)
    return s * s * (3.0 - 2.0 * s)


@fast
def hash3(x, y, z):
    """A number in 0 to 1 for a lattice point."""
    n = int(x) * 73856093 ^ int(y) * 19349663 ^ int(z) * 83492791
    n = (n ^ (n >> 13)) * 1274126177 & 0x7FFFFFFF
    return ((n ^ (n >> 16)) & 0xFFFF) / 65535.0


@fast
def noise(x, y, z):
    """Smooth noise in 0 to 1, one bump per unit."""
    fx, fy, fz = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - fx, y - fy, z - fz
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    total = 0.0
    for i in range(8):
        a, b, c = i & 1, (i >> 1) & 1, i >> 2
        weight = (u if a else 1 - u) * (v if b else 1 - v) * (w if c else 1 - w)
        total += weight * hash3(fx + a, fy + b, fz + c)
    return total


@fast
def folds(row, first, origin, x, y, z, nx, ny, nz, t):
    """The normal of cloth, bent by soft creases that lie across the frame's z (axes at `first`); finer ones vanish with distance t."""
    q = local(row, first, x, y, z, origin)
    e, strength = 0.004, 0.014
    f, h = 9.0, 26.0
    k = 0.45 / (1.0 + 0.15 * t)
    here = noise(q[0] * f, q[1] * f, q[2] * h) + k * noise(q[0] * 30 + 7.0, q[1] * 30, q[2] * 45)
    ax = noise((q[0] + e) * f, q[1] * f, q[2] * h) + k * noise((q[0] + e) * 30 + 7.0, q[1] * 30, q[2] * 45)
    ay = noise(q[0] * f, (q[1] + e) * f, q[2] * h) + k * noise(q[0] * 30 + 7.0, (q[1] + e) * 30, q[2] * 45)
    az = noise(q[0] * f, q[1] * f, (q[2] + e) * h) + k * noise(q[0] * 30 + 7.0, q[1] * 30, (q[2] + e) * 45)
    gx, gy, gz = (ax - here) / e * strength, (ay - here) / e * strength, (az - here) / e * strength
    nx -= gx * row[first] + gy * row[first + 3] + gz * row[first + 6]
    ny -= gx * row[first + 1] + gy * row[first + 4] + gz * row[first + 7]
    nz -= gx * row[first + 2] + gy * row[first + 5] + gz * row[first + 8]
    length = math.sqrt(nx * nx + ny * ny + nz * nz)
    return nx / length, ny / length, nz / length


@fast
def ellipse(x, y, cx, cy, rx, ry, soft):
    """1 inside an ellipse, 0 outside, soft at the border (in parts of its radius)."""
    d = math.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)
    return 1.0 - step(1.0 - soft, 1.0 + soft, d)


@fast
def mix(r, g, b, s, t, u, a):
    return r + (s - r) * a, g + (t - g) * a, b + (u - b) * a


@fast
def face_colour(q, hair, r, g, b):
    """Eyes, brows, lips and a shade of hair painted on the skin; q in head coordinates at scale 1."""
    x, y, z = abs(q[0]), q[1], q[2]
    if y < -0.02:
        blush = ellipse(x, z, 0.038, 0.048, 0.022, 0.020, 0.9)
        r, g, b = mix(r, g, b, r * 1.02, g * 0.82, b * 0.80, 0.6 * blush)
        lips = ellipse(x, z, 0.0, 0.013, 0.022, 0.0085, 0.35)
        r, g, b = mix(r, g, b, r * 0.75, g * 0.42, b * 0.42, 0.85 * lips)
        r, g, b = mix(r, g, b, 0.10, 0.03, 0.03, 0.7 * ellipse(x, z, 0.0, 0.0135, 0.021, 0.0018, 0.6))
        socket = ellipse(x, z, 0.032, 0.082, 0.022, 0.014, 0.7)
        r, g, b = mix(r, g, b, r * 0.70, g * 0.62, b * 0.60, 0.55 * socket)
        r, g, b = mix(r, g, b, 0.80, 0.80, 0.80, ellipse(x, z, 0.032, 0.0797, 0.0140, 0.0056, 0.25))
        r, g, b = mix(r, g, b, 0.035, 0.02, 0.012, ellipse(x, z, 0.0315, 0.0800, 0.0062, 0.0060, 0.3))
        r, g, b = mix(r, g, b, 0.02, 0.012, 0.01, 0.8 * ellipse(x, z, 0.032, 0.0855, 0.016, 0.0022, 0.5))
        r, g, b = mix(
            r,
            g,
            b,
            hair[0],
            hair[1],
            hair[2],
            0.9 * ellipse(x, z + 0.10 * (0.034 - x), 0.034, 0.1005, 0.018, 0.0042, 0.5),
        )
        nostril = ellipse(x, z, 0.0065, 0.0385, 0.0038, 0.0024, 0.5)
        r, g, b = mix(r, g, b, r * 0.35, g * 0.25, b * 0.25, nostril)
    return r, g, b


@fast
def jersey_colour(q, numbers, owner, digits, trim, r, g, b):
    """A number on back and chest and a stripe on each flank; q in chest coordinates at scale 1."""
    if digits > 0.5:
        size, cx, cz = (0.125, 0.0, 0.075) if q[1] > 0.02 else (0.055, 0.055, 0.10)
        u = 0.5 + (q[0] - cx) / (2 * size) * (1.0 if q[1] < 0 else -1.0)
        v = 0.5 - (q[2] - cz) / (2 * size)
        if 0.0 < u < 1.0 and 0.0 < v < 1.0:
            n = numbers.shape[1]
            a = numbers[owner, min(int(v * n), n - 1), min(int(u * n), n - 1)]
            r, g, b = mix(r, g, b, trim[0], trim[1], trim[2], a)
    return r, g, b


@fast
def football_colour(q, r, g, b):
    """Twelve dark patches at the corners of an icosahedron, thin seams."""
    phi = 1.618034
    norm = math.sqrt(1 + phi * phi)
    length = math.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2) + 1e-9
    x, y, z = abs(q[0]) / length, abs(q[1]) / length, abs(q[2]) / length
    near = max(max(y + phi * z, z + phi * x), x + phi * y) / norm
    dark = step(0.925, 0.945, near)
    return mix(r, g, b, 0.03, 0.03, 0.035, dark)


@fast
def basketball_colour(q, r, g, b):
    """Black seams: two great circles and two arcs."""
    length = math.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2) + 1e-9
    x, y, z = q[0] / length, q[1] / length, q[2] / length
    d = min(min(abs(x), abs(y)), abs(math.sqrt(x * x + z * z * 0.9) - 0.62 - 0.12 * y * y))
    return mix(r, g, b, 0.02, 0.018, 0.016, 1.0 - step(0.022, 0.045, d))


@fast
def colour(rows, labels, n, x, y, z, palettes, styles, frames, numbers):
    """(r, g, b, gloss) of solid n at a world point: linear albedo and strength of the highlight."""
    row, material, owner = rows[n], labels[n, MATERIAL], labels[n, OWNER]
    base = palettes[owner, material]
    r, g, b, gloss = base[0], base[1], base[2], 0.04
    if owner < frames.shape[0]:
        style, trim = styles[owner], palettes[owner, ACCENT_ROW]
        head, chest = frames[owner, 0], frames[owner, 1]
        scale = head[12]
    else:
        style, trim, scale = styles[0], base, 1.0
        head, chest = frames[0, 0], frames[0, 1]
    q = local(row, AXES, x, y, z, ORIGIN)
    if material == FACE:
        p = local(head, 3, x, y, z, 0)
        r, g, b = face_colour((p[0] / scale, p[1] / scale, p[2] / scale), palettes[owner, HAIR], r, g, b)
        gloss = 0.10
    elif material == SKIN or material == BARE_FOOT:
        gloss = 0.10
    elif material == LEG:
        skin = palettes[owner, SKIN]
        if style[S_BARE] > 0.5:
            r, g, b, gloss = skin[0], skin[1], skin[2], 0.10
        else:
            share = row[PAINT] + q[2] / (0.416 * scale)
            top = 1.0 - style[S_SOCK]
            covered = step(top - 0.004, top + 0.004, share)
            band = step(top + 0.03, top + 0.036, share) * (1.0 - step(top + 0.075, top + 0.081, share))
            r, g, b = mix(r, g, b, trim[0], trim[1], trim[2], band)
            r, g, b = mix(skin[0], skin[1], skin[2], r, g, b, covered)
    elif material == SHIRT:
        p = local(chest, 3, x, y, z, 0)
        gloss = 0.02
        if row[PAINT] > 0.0:
            r, g, b = mix(
                r, g, b, trim[0], trim[1], trim[2], step(row[PAINT] - 0.021, row[PAINT] - 0.019, q[2] / scale)
            )
        elif row[PAINT] == 0.0:
            r, g, b = jersey_colour(
                (p[0] / scale, p[1] / scale, p[2] / scale), numbers, owner, style[S_NUMBER], trim, r, g, b
            )
    elif material == SHORTS:
        gloss = 0.02
        if q[0] * row[PAINT] > 0.0 and abs(q[1]) < 0.016 * scale:
            r, g, b = palettes[owner, SHIRT, 0], palettes[owner, SHIRT, 1], palettes[owner, SHIRT, 2]
    elif material == SHOE:
        gloss = 0.12
        if row[CUT_A + 1] > 0.5 and q[1] > row[CUT_A + 3] - 0.017 * scale:
            r, g, b = trim[0], trim[1], trim[2]
    elif material == HAIR:
        streak = noise(q[0] * 260.0, q[1] * 60.0, q[2] * 60.0)
        r, g, b, gloss = r * (0.6 + 0.8 * streak), g * (0.6 + 0.8 * streak), b * (0.6 + 0.8 * streak), 0.10
    elif material == FOOTBALL:
        r, g, b = football_colour(q, r, g, b)
        gloss = 0.15
    elif material == BASKETBALL:
        r, g, b = basketball_colour(q, r, g, b)
    return r, g, b, gloss
