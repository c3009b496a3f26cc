"""Solids that a body is made of: tapered capsules with an oval cross-section, cut by planes and blended smoothly in groups.

A solid lies in its own frame: the axis runs along local z from the origin (radius r1) to z = h (radius r2); x and y are
stretched by sx and sy; what lies beyond a cut plane (n . q > c) is taken away. h = 0 is an ellipsoid. Metres throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

# Columns of the number table that the renderer reads
ORIGIN, AXES, H, R1, R2, SX, SY, BLEND = 0, 3, 12, 13, 14, 15, 16, 17
CUT_A, CUT_B, BOUND, BOUND_R, KIND, PAINT = 18, 22, 26, 29, 30, 31
WIDTH = 32
NO_CUT = (0.0, 0.0, 0.0, 1e3)
TORUS = 1.0  # a kind of solid; capsules are of kind 0

# Columns of the label table, and of a group's ball: first and last + 1 solid, centre (3), radius
GROUP, MATERIAL, OWNER = 0, 1, 2
G_FIRST, G_LAST, G_CENTRE, G_RADIUS, GROUP_WIDTH = 0, 1, 2, 5, 6


@dataclass
class Solids:
    """Solids collected in order; those of a group must follow each other, since blending runs along the list."""

    owner: int = 0
    scale: float = 1.0
    rows: list[FloatArray] = field(default_factory=list)
    labels: list[tuple[int, int, int]] = field(default_factory=list)

    def capsule(
        self,
        group: int,
        material: int,
        origin: FloatArray,
        axes: FloatArray,
        size: tuple[float, float, float],
        *,
        oval: tuple[float, float] = (1.0, 1.0),
        blend: float = 0.02,
        cuts: tuple[tuple[float, float, float, float], ...] = (),
        paint: float = 0.0,
    ) -> None:
        """One solid. origin (3,) world metres; axes (3, 3) rows are the local axes in the world; size (h, r1, r2) and the cut
        distances are for a body of unit scale and are multiplied by `scale`; so is `blend`, the width of the blending. paint: a number that the material's colours depend on (see surface.py)."""
        h, r1, r2 = (v * self.scale for v in size)
        row = np.zeros(WIDTH)
        row[ORIGIN : ORIGIN + 3] = origin
        row[AXES : AXES + 9] = np.asarray(axes).ravel()
        row[[H, R1, R2, SX, SY, BLEND, PAINT]] = h, r1, r2, *oval, blend * self.scale, paint
        for column, cut in zip((CUT_A, CUT_B), (*cuts, NO_CUT, NO_CUT), strict=False):
            row[column : column + 4] = (*cut[:3], cut[3] * self.scale)
        self._add(row, h, max(r1, r2) * max(1.0, *oval), (group, material, self.owner))

    def bone(
        self,
        group: int,
        material: int,
        a: FloatArray,
        b: FloatArray,
        radii: tuple[float, float],
        back: FloatArray,
        **options: Any,
    ) -> None:
        """A capsule from a to b (3,) world metres; local y is the part of `back` square to it. Radii at unit scale."""
        axes = along(b - a, back)
        length = float(np.linalg.norm(b - a)) / self.scale
        self.capsule(group, material, a, axes, (length, *radii), **options)

    def torus(
        self, group: int, material: int, centre: FloatArray, axes: FloatArray, radius: float, tube: float
    ) -> None:
        """A ring about local z, metres (not scaled)."""
        row = np.zeros(WIDTH)
        row[ORIGIN : ORIGIN + 3] = centre
        row[AXES : AXES + 9] = np.asarray(axes).ravel()
        row[[H, R1, R2, SX, SY, BLEND, KIND]] = 0.0, radius, tube, 1.0, 1.0, 0.001, TORUS
        row[[CUT_A + 3, CUT_B + 3]] = NO_CUT[3]
        self._add(row, 0.0, radius + tube, (group, material, self.owner))

    def _add(self, row: FloatArray, h: float, radius: float, labels: tuple[int, int, int]) -> None:
        row[BOUND : BOUND + 3] = row[ORIGIN : ORIGIN + 3] + row[AXES + 6 : AXES + 9] * h / 2
        row[BOUND_R] = h / 2 + radius
        self.rows.append(row)
        self.labels.append(labels)

    def tables(self) -> tuple[FloatArray, NDArray[np.int64], FloatArray]:
        """Numbers (N, WIDTH) float64, labels (N, 3) int64, and the groups' balls (G, GROUP_WIDTH) float64."""
        rows, labels = np.array(self.rows).reshape(-1, WIDTH), np.array(self.labels, dtype=np.int64).reshape(-1, 3)
        starts = [0, *(np.flatnonzero(np.diff(labels[:, GROUP])) + 1), len(rows)]
        balls = np.zeros((len(starts) - 1, GROUP_WIDTH))
        for ball, first, last in zip(balls, starts[:-1], starts[1:], strict=True):
            centres, radii = rows[first:last, BOUND : BOUND + 3], rows[first:last, BOUND_R]
            centre = ((centres - radii[:, None]).min(0) + (centres + radii[:, None]).max(0)) / 2
            ball[:] = first, last, *centre, (np.linalg.norm(centres - centre, axis=1) + radii).max()
        return rows, labels, balls


def along(direction: FloatArray, back: FloatArray) -> FloatArray:
    """Axes (3, 3), rows: z along `direction`, y the part of `back` square to it, x = y cross z."""
    z = direction / max(float(np.linalg.norm(direction)), 1e-9)
    y = back - z * float(back @ z)
    if np.linalg.norm(y) < 1e-6:
        y = np.eye(3)[int(np.argmin(np.abs(z)))]
        y = y - z * float(y @ z)
    y = y / np.linalg.norm(y)
    return np.stack([np.cross(y, z), y, z])
