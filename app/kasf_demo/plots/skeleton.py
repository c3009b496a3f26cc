"""A skeleton as lines: over an image, and in 3D on a floor seen from an elevation and azimuth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from kasf_demo.plots.style import LEFT, MIDLINE, RIGHT
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.feet import HEEL_AND_TOE
from kasportsformer.skeleton import BONES, H36M, H36M_NAMES

COLOURS = [{"l": LEFT, "r": RIGHT}.get(H36M_NAMES[child].partition("_")[0], MIDLINE) for _, child in BONES]
ELEV_DEG, AZIM_DEG = 12.0, -60.0  # as the video's 3D view
HEAD_M = 0.105
DOUBTFUL_ALPHA = 0.3  # as in the video
HALF_FLOOR_M = 0.6
GRID_M = 0.3


def project(xyz: FloatArray, elev_deg: float = ELEV_DEG, azim_deg: float = AZIM_DEG) -> tuple[FloatArray, FloatArray]:
    """World points (..., 3) -> (..., 2) right and up, metres, seen from far away, and (...,) how near; matplotlib's
    angles."""
    e, a = np.radians([elev_deg, azim_deg])
    right = np.array([-np.sin(a), np.cos(a), 0])
    up = np.array([-np.sin(e) * np.cos(a), -np.sin(e) * np.sin(a), np.cos(e)])
    return np.stack([xyz @ right, xyz @ up], axis=-1), np.asarray(xyz @ np.cross(right, up))


def draw_body(axes: Axes, xyz: FloatArray, doubtful: BoolArray, feet: FloatArray | None = None) -> None:
    """(17, 3) world metres, over a piece of floor under the pelvis; bones of doubtful joints (17,) are pale. feet
    (4, 3) in the order of types.FEET, NaN where unknown. The axes' own units are metres around that spot."""
    xyz, bones, colours = _with_feet(
        xyz - xyz[0] * [1.0, 1.0, 0.0], None if feet is None else feet - xyz[0] * [1, 1, 0]
    )
    _floor(axes)
    shadow, _ = project(xyz * [1.0, 1.0, 0.0])
    for a, b in bones:
        axes.plot(*shadow[[a, b]].T, color="#d4d7dc", lw=2.2, solid_capstyle="round", zorder=1)
    points, near = project(xyz)
    for i in np.argsort([near[[a, b]].mean() for a, b in bones]):
        a, b = bones[i]
        axes.plot(*points[[a, b]].T, color="white", lw=3.8, solid_capstyle="butt", zorder=2)
        axes.plot(
            *points[[a, b]].T, color=colours[i], alpha=_alpha(doubtful, a, b), lw=2.4, solid_capstyle="round", zorder=2
        )
    middle = points[[H36M["neck"], H36M["head"]]].mean(0)
    axes.add_patch(
        Circle((float(middle[0]), float(middle[1])), HEAD_M, facecolor="#e8eaee", edgecolor=MIDLINE, lw=1, zorder=3)
    )
    axes.set_aspect("equal")
    axes.set_axis_off()


def _floor(axes: Axes) -> None:
    for at in np.arange(-HALF_FLOOR_M, HALF_FLOOR_M + 1e-9, GRID_M):
        for ends in ([[at, -HALF_FLOOR_M, 0], [at, HALF_FLOOR_M, 0]], [[-HALF_FLOOR_M, at, 0], [HALF_FLOOR_M, at, 0]]):
            line, _ = project(np.array(ends))
            axes.plot(*line.T, color="#dfe2e7", lw=0.5, zorder=0)


def draw_keypoints(axes: Axes, uv: FloatArray, doubtful: BoolArray, feet: FloatArray | None = None) -> None:
    """(17, 2) over an image, in its pixels; bones of doubtful joints (17,) are pale. feet (4, 2), NaN where unknown."""
    uv, bones, colours = _with_feet(uv, feet)
    for (a, b), colour in zip(bones, colours, strict=True):
        alpha = _alpha(doubtful, a, b)
        axes.plot(*uv[[a, b]].T, color="black", lw=2.2, alpha=0.5 * alpha, solid_capstyle="round")
        axes.plot(
            *uv[[a, b]].T, color=colour if colour != MIDLINE else "white", lw=1.2, alpha=alpha, solid_capstyle="round"
        )


def _with_feet(points: FloatArray, feet: FloatArray | None) -> tuple[FloatArray, Sequence[tuple[int, int]], list[str]]:
    """Joints (17, C) and the feet (4, C) that are known as points, with the bones between them and their colours: a
    foot is a triangle of ankle, heel and toe."""
    bones, colours, n = list(BONES), list(COLOURS), len(points)
    if feet is None:
        return points, bones, colours
    for side, own in HEEL_AND_TOE.items():
        if np.isfinite(feet[own]).all():
            ankle, heel, toe = H36M[f"{side}_ankle"], n + own.start, n + own.start + 1
            bones += [(ankle, heel), (heel, toe), (toe, ankle)]
            colours += 3 * [{"l": LEFT, "r": RIGHT}[side]]
    return np.concatenate([points, feet]), bones, colours


def _alpha(doubtful: BoolArray, a: int, b: int) -> float:
    """doubtful (17,): points after these are feet, which are pale with their ankle."""
    return DOUBTFUL_ALPHA if any(doubtful[i] for i in (a, b) if i < len(doubtful)) else 1.0
