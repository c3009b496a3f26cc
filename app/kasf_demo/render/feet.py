"""Feet as they are drawn: a triangle of ankle, heel and toe, over the image and in the 3D panel."""

from __future__ import annotations

import numpy as np

from kasf_demo.render.primitives import Polygon, capsules, fixed_point
from kasf_demo.render.style import LEFT, OUTLINE, RIGHT, WHITE, Rgb, mix, score_alpha
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Person, Pose3D
from kasportsformer.skeleton import H36M

# by side: the ankle's joint, the rows of heel and toe, the colour
SIDES: tuple[tuple[int, int, int, Rgb], ...] = ((H36M["l_ankle"], 0, 1, LEFT), (H36M["r_ankle"], 2, 3, RIGHT))
EDGES = ((0, 1), (0, 2), (1, 2))  # of ankle, heel, toe


def foot_alpha(pose: Pose3D, frame: int) -> FloatArray:
    """(4,) opacity of heels and toes: by score; 0 where unknown."""
    if pose.feet is None:
        return np.zeros(4)
    known = np.isfinite(pose.feet.xyz[frame]).all(-1)  # of this frame alone: drawing asks for each
    return np.where(known, score_alpha(pose.feet.score[frame]), 0.0)


def foot_triangle(ends_px: FloatArray, radius: FloatArray, edge_px: float, tone: Rgb) -> list[Polygon]:
    """One foot from ankle, heel and toe (3, 2) px and their radii (3,): dark edge, then its colour, lit from above."""
    a, b = np.array(EDGES).T
    wide = np.concatenate([radius + edge_px, radius])  # one call for edge and body: it costs the same as for one
    twice = np.concatenate([ends_px, ends_px])
    a, b = np.concatenate([a, a + len(ends_px)]), np.concatenate([b, b + len(ends_px)])
    edge, body = np.split(fixed_point(capsules(twice[a], twice[b], wide[a], wide[b])), 2)
    sole = fixed_point(ends_px)
    lit = mix(tone, WHITE, 0.22)
    return [*(Polygon(e, OUTLINE) for e in edge), Polygon(sole, tone), *(Polygon(p, tone) for p in body[:2]),
            Polygon(body[2], lit)]  # fmt: skip


def feet_in_image(person: Person, points: FloatArray | None, frame: int) -> list[tuple[FloatArray, Rgb, float]]:
    """Ankle, heel and toe (3, 2) px of the source, colour and opacity of each foot that is known in a frame. points:
    `foot_points` of the person."""
    alpha = foot_alpha(person.pose, frame)
    found = []
    for ankle, heel, toe, colour in SIDES:
        if points is None or alpha[heel] == 0:
            continue
        ends = np.stack([person.h36m.xy[frame, ankle], points[frame, heel], points[frame, toe]])
        if np.isfinite(ends).all():  # a foot may be known from the frames around it
            found.append((ends, colour, float(min(alpha[heel], alpha[toe]))))
    return found
