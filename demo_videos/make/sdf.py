"""Distance to the solids, and rays that walk along it: first hit, normal, soft shadow, ambient occlusion. numba, float64.

Sphere tracing after Hart 1996; smooth minimum, round cone and soft shadow after the formulas that Inigo Quilez published.
A ray first lists the solids whose bounding spheres it touches, so that a step costs only those.
"""

from __future__ import annotations

import math

from numba import njit

from prims import (
    AXES, BLEND, BOUND, BOUND_R, CUT_A, CUT_B, G_CENTRE, G_FIRST, G_LAST, G_RADIUS, GROUP, H, KIND, ORIGIN, R1, R2, SX, SY,
)  # fmt: skip

FAR = 1e9
MAX_NEAR = 96  # solids that one ray can list
EDGE = 0.004  # metres: how round a cut edge is

fast = njit(fastmath=True, cache=True)


@fast
def solid(row, x, y, z):
    """Signed distance (close to it, for oval sections) from a world point to one solid, metres."""
    x, y, z = x - row[ORIGIN], y - row[ORIGIN + 1], z - row[ORIGIN + 2]
    lx = row[AXES] * x + row[AXES + 1] * y + row[AXES + 2] * z
    ly = row[AXES + 3] * x + row[AXES + 4] * y + row[AXES + 5] * z
    lz = row[AXES + 6] * x + row[AXES + 7] * y + row[AXES + 8] * z
    r1, r2, h = row[R1], row[R2], row[H]
    if row[KIND] > 0.5:
        ring = math.sqrt(lx * lx + ly * ly) - r1
        return math.sqrt(ring * ring + lz * lz) - r2
    sx, sy = row[SX], row[SY]
    ux, uy = lx / sx, ly / sy
    rho2 = ux * ux + uy * uy
    taper = (r1 - r2) / h if h > 1e-6 else 0.0
    slope = math.sqrt(max(1.0 - taper * taper, 1e-6))
    rho = math.sqrt(rho2)
    side = slope * lz - taper * rho
    if side < 0.0 or h <= 1e-6:
        length = math.sqrt(rho2 + lz * lz) + 1e-9
        d, gx, gy, gz = length - r1, ux / length, uy / length, lz / length
    elif side > slope * h:
        length = math.sqrt(rho2 + (lz - h) * (lz - h)) + 1e-9
        d, gx, gy, gz = length - r2, ux / length, uy / length, (lz - h) / length
    else:
        d = rho * slope + lz * taper - r1
        gx, gy, gz = slope * ux / (rho + 1e-9), slope * uy / (rho + 1e-9), taper
    if sx != 1.0 or sy != 1.0:
        gx, gy = gx / sx, gy / sy
        d /= max(math.sqrt(gx * gx + gy * gy + gz * gz), 0.3)
    if row[CUT_A + 3] < 100.0:
        d = smooth_max(d, lx * row[CUT_A] + ly * row[CUT_A + 1] + lz * row[CUT_A + 2] - row[CUT_A + 3], EDGE)
    if row[CUT_B + 3] < 100.0:
        d = smooth_max(d, lx * row[CUT_B] + ly * row[CUT_B + 1] + lz * row[CUT_B + 2] - row[CUT_B + 3], EDGE)
    return d


@fast
def smooth_max(a, b, k):
    overlap = max(k - abs(a - b), 0.0) / k
    return max(a, b) + overlap * overlap * k * 0.25


@fast
def distance(rows, labels, near, count, x, y, z):
    """Distance to the listed solids: smooth minimum inside a group, plain minimum between groups."""
    best, group, inside = FAR, -1, FAR
    for i in range(count):
        n = near[i]
        bx, by, bz = x - rows[n, BOUND], y - rows[n, BOUND + 1], z - rows[n, BOUND + 2]
        reach = min(best, inside) + rows[n, BLEND] + rows[n, BOUND_R]
        if bx * bx + by * by + bz * bz > reach * reach:
            continue  # too far to matter
        d = solid(rows[n], x, y, z)
        if labels[n, GROUP] != group:
            best = min(best, inside)
            group, inside = labels[n, GROUP], d
        else:
            k = rows[n, BLEND]
            overlap = max(k - abs(inside - d), 0.0) / k
            inside = min(inside, d) - overlap * overlap * k * 0.25
    return min(best, inside)


@fast
def owner_at(rows, labels, near, count, x, y, z):
    """Index of the solid whose material shows at a surface point: the nearest of the group that is nearest."""
    best, best_solid = FAR, -1
    group, inside, closest, closest_solid = -1, FAR, FAR, -1
    for i in range(count):
        n = near[i]
        d = solid(rows[n], x, y, z)
        if labels[n, GROUP] != group:
            if inside < best:
                best, best_solid = inside, closest_solid
            group, inside, closest, closest_solid = labels[n, GROUP], d, d, n
        else:
            k = rows[n, BLEND]
            overlap = max(k - abs(inside - d), 0.0) / k
            inside = min(inside, d) - overlap * overlap * k * 0.25
            if d < closest:
                closest, closest_solid = d, n
    return closest_solid if inside < best else best_solid


@fast
def touches(row, ox, oy, oz, dx, dy, dz, pad, spread):
    """Does the ray come within the solid's thickness (and pad) of its axis? Finer than the bounding sphere for long solids."""
    h = row[H]
    if h < 0.1:
        return True
    ax, ay, az = row[AXES + 6], row[AXES + 7], row[AXES + 8]
    wx, wy, wz = row[ORIGIN] - ox, row[ORIGIN + 1] - oy, row[ORIGIN + 2] - oz
    da = dx * ax + dy * ay + dz * az
    wd = wx * dx + wy * dy + wz * dz
    wa = wx * ax + wy * ay + wz * az
    s = min(max((da * wd - wa) / max(1.0 - da * da, 1e-6), 0.0), h)
    cx, cy, cz = wx + s * ax, wy + s * ay, wz + s * az
    t = max(cx * dx + cy * dy + cz * dz, 0.0)
    gx, gy, gz = cx - t * dx, cy - t * dy, cz - t * dz
    radius = row[BOUND_R] - h / 2 + pad + spread * (t + h)
    return gx * gx + gy * gy + gz * gz < radius * radius


@fast
def list_near(rows, balls, ox, oy, oz, dx, dy, dz, pad, spread, near):
    """Solids whose bounding spheres (grown by pad, and by spread per metre of distance) the ray touches.

    Fills `near`; returns (count, start, stop): the stretch of the ray worth walking.
    """
    count, start, stop = 0, FAR, 0.0
    for b in range(balls.shape[0]):
        cx, cy, cz = balls[b, G_CENTRE] - ox, balls[b, G_CENTRE + 1] - oy, balls[b, G_CENTRE + 2] - oz
        along = cx * dx + cy * dy + cz * dz
        radius = balls[b, G_RADIUS] + pad + spread * max(along + balls[b, G_RADIUS], 0.0)
        if along < -radius or cx * cx + cy * cy + cz * cz - along * along > radius * radius:
            continue
        for n in range(int(balls[b, G_FIRST]), int(balls[b, G_LAST])):
            cx, cy, cz = rows[n, BOUND] - ox, rows[n, BOUND + 1] - oy, rows[n, BOUND + 2] - oz
            along = cx * dx + cy * dy + cz * dz
            radius = rows[n, BOUND_R] + pad + spread * max(along, 0.0)
            off2 = cx * cx + cy * cy + cz * cz - along * along
            if (
                off2 < radius * radius
                and along > -radius
                and count < MAX_NEAR
                and touches(rows[n], ox, oy, oz, dx, dy, dz, pad, spread)
            ):
                half = math.sqrt(radius * radius - off2)
                start, stop = min(start, along - half), max(stop, along + half)
                near[count] = n
                count += 1
    return count, max(start, 0.0), stop


@fast
def walk(rows, labels, near, count, ox, oy, oz, dx, dy, dz, start, stop):
    """Distance along the ray to the first surface between start and stop, or -1."""
    t = start
    for _ in range(96):
        d = distance(rows, labels, near, count, ox + t * dx, oy + t * dy, oz + t * dz)
        if d < 0.0004 + 0.00005 * t:
            return t
        t += d * 0.9
        if t > stop:
            return -1.0
    return -1.0


@fast
def normal_at(rows, labels, near, count, x, y, z, e):
    """Outward unit normal from four distances on a tetrahedron of size e metres."""
    a = distance(rows, labels, near, count, x + e, y - e, z - e)
    b = distance(rows, labels, near, count, x - e, y - e, z + e)
    c = distance(rows, labels, near, count, x - e, y + e, z - e)
    d = distance(rows, labels, near, count, x + e, y + e, z + e)
    nx, ny, nz = a - b - c + d, -a - b + c + d, -a + b - c + d
    length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    return nx / length, ny / length, nz / length


@fast
def sunlight(rows, labels, balls, near, ox, oy, oz, dx, dy, dz, hardness):
    """Share of the light from direction d that arrives: 1 free, 0 in shadow, soft at the border."""
    count, start, stop = list_near(rows, balls, ox, oy, oz, dx, dy, dz, 0.01, 1.0 / hardness, near)
    if count == 0:
        return 1.0
    light, t = 1.0, max(start, 0.004)
    for _ in range(64):
        d = distance(rows, labels, near, count, ox + t * dx, oy + t * dy, oz + t * dz)
        light = min(light, 0.5 + 0.5 * hardness * d / t)
        if light < 0.0:
            break
        t += min(max(d * 0.6, 0.005), 0.08)
        if t > stop:
            break
    light = max(light, 0.0)
    return light * light * (3.0 - 2.0 * light)


@fast
def list_round(rows, balls, x, y, z, reach, near):
    """Solids whose bounding spheres come within `reach` metres of a point: fills `near`, returns how many."""
    count = 0
    for b in range(balls.shape[0]):
        cx, cy, cz = balls[b, G_CENTRE] - x, balls[b, G_CENTRE + 1] - y, balls[b, G_CENTRE + 2] - z
        radius = balls[b, G_RADIUS] + reach
        if cx * cx + cy * cy + cz * cz > radius * radius:
            continue
        for n in range(int(balls[b, G_FIRST]), int(balls[b, G_LAST])):
            cx, cy, cz = rows[n, BOUND] - x, rows[n, BOUND + 1] - y, rows[n, BOUND + 2] - z
            radius = rows[n, BOUND_R] + reach
            if cx * cx + cy * cy + cz * cz < radius * radius and count < MAX_NEAR:
                near[count] = n
                count += 1
    return count


@fast
def openness(rows, labels, balls, near, x, y, z, nx, ny, nz, reach):
    """Share of the sky that a surface point sees, from the distances at five steps along the normal up to `reach` metres."""
    count = list_round(rows, balls, x, y, z, reach, near)
    if count == 0 and nz > 0.99:
        return 1.0
    closed, weight, total = 0.0, 1.0, 0.0
    for step in range(1, 6):
        s = reach * step * step / 25.0
        d = min(distance(rows, labels, near, count, x + s * nx, y + s * ny, z + s * nz), max(z + s * nz, 0.0))
        closed += weight * max(s - d, 0.0) / s
        total += weight
        weight *= 0.8
    return max(1.0 - closed / total, 0.0)
