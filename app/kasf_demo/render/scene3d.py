"""The moving 3D skeleton: tapered bones in painter's order over the floor, one camera for the whole clip."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kasf_demo.render.camera import View
from kasf_demo.render.feet import SIDES, foot_alpha, foot_triangle
from kasf_demo.render.floor import FloorGrid
from kasf_demo.render.framing import world_feet, world_xyz
from kasf_demo.render.primitives import Polygon, capsules, discs, draw_shapes, fixed_point, loop
from kasf_demo.render.style import (
    BACKGROUND,
    BONE_COLOURS,
    BONE_PAIRS,
    CENTRE,
    FOOT_RADIUS_M,
    HEAD,
    HEAD_RADIUS_M,
    JOINT_COLOURS,
    JOINT_RADIUS_M,
    MIN_DOT_PX,
    NECK,
    OUTLINE,
    WHITE,
    Rgb,
    accent,
    joint_alpha,
    mix,
)
from kasf_demo.render.text import Tag
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.people import Person

_OVER_HEAD_M = np.array([0, 0, 1.4 * HEAD_RADIUS_M])
RING_RADIUS_M = 0.30  # around the feet, with the person's accent, when there are several
_SHADE_M = 0.55  # a limb this far behind the pelvis is drawn darkest, this far before it lightest
_DARKEST = 0.34
_TUBES = [i for i, (_, distal) in enumerate(BONE_PAIRS.tolist()) if distal != HEAD]  # the head is a ball instead


class _DrawnPart(NamedTuple):
    """A bone, joint or head: shapes drawn together, and how near they are (metres toward the viewer)."""

    toward_m: float
    shapes: list[Polygon]


class Scene3D:
    """Draws the skeletons of one clip into the panel's drawing area."""

    def __init__(self, people: Sequence[Person], view: View, size: tuple[int, int], label_px: int) -> None:
        self.view = view
        self.show(people)
        self._floor = FloorGrid(view, size, max(9, round(0.85 * label_px)))
        self._unit = size[1] / 600
        self._edge_px = max(0.8, 1.6 * self._unit)
        self._tags = (
            [Tag(str(person.id), label_px, accent(i)) for i, person in enumerate(people)] if len(people) > 1 else []
        )
        self._empty: Image = np.empty((size[1], size[0], 3), np.uint8)
        self._empty[:] = BACKGROUND

    def show(self, people: Sequence[Person]) -> None:
        """Draws these from now on, under the numbers of those before."""
        self._poses = [person.pose for person in people]
        self._xyz = [world_xyz(person.pose) for person in people]
        self._feet = [world_feet(person.pose) for person in people]

    def draw(self, scene: Image, frame: int) -> None:
        """Draws frame number `frame` over the whole of `scene` (height, width, 3). People who are not valid there are
        left out."""
        np.copyto(scene, self._empty)
        present = [i for i, pose in enumerate(self._poses) if 0 <= frame < len(pose) and pose.valid[frame]]
        self._floor.draw(scene, frame, [self._xyz[i][frame] for i in present])
        if self._tags:
            for i in present:
                self._ring(scene, i, frame)
        parts = [part for i in present for part in self._body(i, frame)]
        for part in sorted(parts, key=lambda part: part.toward_m):  # painter's order, over all people
            draw_shapes(scene, part.shapes)
        if self._tags:
            for i in present:
                top, _ = self.view.project(frame, self._xyz[i][frame, [NECK, HEAD]].mean(0) + _OVER_HEAD_M)
                self._tags[i].draw(scene, top)

    def _body(self, person: int, frame: int) -> list[_DrawnPart]:
        xyz, pose = self._xyz[person][frame], self._poses[person]
        xyz = np.concatenate([xyz, (xyz[NECK] + xyz[HEAD])[None] / 2])  # (18, 3): the head's middle comes last
        px, toward = self.view.project(frame, xyz)
        alpha = joint_alpha(pose, frame)
        per_m = self.view.scale_px_per_m * self.view.magnification(toward)
        radius = np.maximum(per_m[:-1] * JOINT_RADIUS_M, 1.4 * self._unit)
        depth = toward[:-1] - toward[0]
        head = _head(
            px[-1],
            max(float(per_m[-1]) * HEAD_RADIUS_M, 3 * self._unit),
            self._edge_px,
            float(alpha[[NECK, HEAD]].min()),
        )
        return [
            *_bones(px[:-1], radius, toward, depth, alpha, self._edge_px),
            *_joints(px[:-1], radius, toward, depth, alpha),
            *self._foot_parts(person, frame, float(toward[0])),
            _DrawnPart(float(toward[-1]) + 0.03, head),
        ]

    def _foot_parts(self, person: int, frame: int, pelvis_toward: float) -> list[_DrawnPart]:
        """The feet that are known, each as one part."""
        points, alpha = self._feet[person], foot_alpha(self._poses[person], frame)
        parts = []
        for ankle, heel, toe, colour in SIDES:
            if points is None or alpha[heel] == 0:
                continue
            ends = np.stack([self._xyz[person][frame, ankle], points[frame, heel], points[frame, toe]])
            px, toward = self.view.project(frame, ends)
            per_m = self.view.scale_px_per_m * self.view.magnification(toward)
            radius = np.maximum(per_m * FOOT_RADIUS_M, 1.2 * self._unit)
            near = float(toward.mean())
            tone = _toned([colour], np.array([near - pelvis_toward]), alpha[[heel]])[0]
            parts.append(_DrawnPart(near, foot_triangle(px, radius, self._edge_px, tone)))
        return parts

    def _ring(self, scene: Image, person: int, frame: int) -> None:
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        circle = RING_RADIUS_M * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
        px, _ = self.view.project(frame, circle + self._xyz[person][frame, 0] * (1, 1, 0))
        loop(scene, px, accent(person), max(1, round(2 * self._unit)))


def _bones(
    px: FloatArray, radius: FloatArray, toward: FloatArray, depth: FloatArray, alpha: FloatArray, edge_px: float
) -> list[_DrawnPart]:
    """Tapered tubes, from joints px (17, 2) and radius, toward, depth behind the pelvis, alpha (17,): dark edge, body,
    highlight."""
    a, b = BONE_PAIRS[_TUBES].T
    lit = px - 0.32 * radius[:, None] * (0.55, 0.83)  # the side turned to a light from above
    edge = fixed_point(capsules(px[a], px[b], radius[a] + edge_px, radius[b] + edge_px))
    body = fixed_point(capsules(px[a], px[b], radius[a], radius[b]))
    shine = fixed_point(capsules(lit[a], lit[b], 0.36 * radius[a], 0.36 * radius[b]))
    colours = [BONE_COLOURS[i] for i in _TUBES]
    tones = _toned(colours, (depth[a] + depth[b]) / 2, np.minimum(alpha[a], alpha[b]))
    nearness = ((toward[a] + toward[b]) / 2).tolist()
    return [
        _DrawnPart(near, [Polygon(edge[i], OUTLINE), Polygon(body[i], tone), Polygon(shine[i], mix(tone, WHITE, 0.22))])
        for i, (near, tone) in enumerate(zip(nearness, tones, strict=True))
    ]


def _joints(
    px: FloatArray, radius: FloatArray, toward: FloatArray, depth: FloatArray, alpha: FloatArray
) -> list[_DrawnPart]:
    """Balls that lie over the bones they join: each is as near as the nearest of these. The head has its own."""
    tones = _toned(JOINT_COLOURS, depth, alpha)
    near = toward[: len(px)].copy()
    middle = toward[BONE_PAIRS].mean(1)
    for end in (0, 1):
        np.maximum.at(near, BONE_PAIRS[:, end], middle)
    ball = discs(px, 1.08 * radius, tones)
    dot = discs(px, 0.5 * radius, [mix(tone, WHITE, 0.6) for tone in tones])
    shapes = [[b, d] if r > 2 * MIN_DOT_PX else [b] for b, d, r in zip(ball, dot, radius.tolist(), strict=True)]
    return [_DrawnPart(float(near[j]) + 0.001, shapes[j]) for j in range(len(px)) if j not in (NECK, HEAD)]


def _head(centre: FloatArray, radius: float, edge_px: float, alpha: float) -> list[Polygon]:
    """A ball lit from above: discs that grow lighter toward the light."""
    steps = np.linspace(0.0, 1.0, int(np.clip(radius / 4, 5, 20)))
    centres = np.concatenate([centre[None], centre - np.outer(steps * radius, (0.20, 0.28))])
    radii = np.concatenate([[radius + edge_px], radius * (1 - 0.72 * steps)])
    tones = [mix(BACKGROUND, mix(mix(CENTRE, BACKGROUND, 0.36), WHITE, 0.8 * float(step)), alpha) for step in steps]
    return [*discs(centres, radii, [OUTLINE, *tones])]


def _toned(colours: Sequence[Rgb], depth_m: FloatArray, alpha: FloatArray) -> list[Rgb]:
    """Farther than the pelvis is darker, nearer is lighter; unsure is closer to the background."""
    dark = _DARKEST * np.clip(0.5 - depth_m / (2 * _SHADE_M), 0, 1)
    return [
        mix(BACKGROUND, colour, (1 - d) * s)
        for colour, d, s in zip(colours, dark.tolist(), alpha.tolist(), strict=True)
    ]
