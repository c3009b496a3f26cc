"""A body of tapered capsules around the bones of a rig in its rest pose, each bound to one node."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kasf_demo.export.rig import Rig
from kasf_demo.render.style import CENTRE, LEFT, RIGHT
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import BONES, H36M_NAMES

SIDES = 8  # corners of a cross-section
CAP = np.radians([-90.0, -45.0, 0.0])  # rings of an end, from its pole
LEG_M = 0.85  # thigh and shank of a body that the radii below fit
# end of a bone -> radius at its start and at its end, metres. A body to look at: nothing is measured here
RADII_M = {
    "hip": (0.085, 0.085),
    "knee": (0.078, 0.055),
    "ankle": (0.055, 0.036),
    "spine": (0.105, 0.1),
    "thorax": (0.1, 0.095),
    "neck": (0.055, 0.05),
    "head": (0.07, 0.08),
    "shoulder": (0.06, 0.055),
    "elbow": (0.048, 0.038),
    "wrist": (0.038, 0.026),
    "heel": (0.036, 0.032),
    "toe": (0.034, 0.026),
}
BROAD = {"spine": 1.35, "thorax": 1.45}  # the trunk is that much broader than deep


@dataclass(frozen=True)
class BodyMesh:
    """V vertices and F triangles, counter-clockwise from outside. positions_m, normals (V, 3) in the rest pose; node
    (V,) that moves the vertex; rgb (V, 3) sRGB, 0 to 255; triangles (F, 3)."""

    positions_m: FloatArray
    normals: FloatArray
    node: NDArray[np.uint16]
    rgb: NDArray[np.uint8]
    triangles: NDArray[np.uint16]


def body_mesh(rig: Rig) -> BodyMesh:
    """Capsules along the bones; left, right and middle in the colours of the video's skeleton."""
    rest, scale = rig.rest_m, rig.offsets_m[0, 1] / LEG_M
    positions: list[FloatArray] = []
    normals: list[FloatArray] = []
    nodes: list[NDArray[np.uint16]] = []
    colours: list[NDArray[np.uint8]] = []
    triangles: list[NDArray[np.int64]] = []
    for begin, end, node in _bones(rig):
        side, _, part = end.rpartition("_")
        radii = np.array(RADII_M[part]) * scale
        start, stop = (rest[rig.names.index(name)] for name in (begin, end))
        p, n, t = capsule(start, stop, radii, broad=BROAD.get(part, 1.0))
        triangles.append(t + sum(len(before) for before in positions))
        positions.append(p)
        normals.append(n)
        nodes.append(np.full(len(p), node, np.uint16))
        colours.append(np.tile(np.array({"l": LEFT, "r": RIGHT}.get(side, CENTRE), np.uint8), (len(p), 1)))
    return BodyMesh(
        np.concatenate(positions), np.concatenate(normals), np.concatenate(nodes), np.concatenate(colours),
        np.concatenate(triangles).astype(np.uint16),
    )  # fmt: skip


def _bones(rig: Rig) -> list[tuple[str, str, int]]:
    """Start, end and node of each bone; feet from ankle to heel and from heel to toe."""
    bones = [(H36M_NAMES[a], H36M_NAMES[b], rig.aimed[H36M_NAMES[b]]) for a, b in BONES]
    for side in "lr":
        if f"{side}_toe" in rig.names:
            ankle = rig.names.index(f"{side}_ankle")
            bones += [(f"{side}_ankle", f"{side}_heel", ankle), (f"{side}_heel", f"{side}_toe", ankle)]
    return bones


def capsule(
    start: FloatArray, stop: FloatArray, radii: FloatArray, *, broad: float = 1.0
) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Vertices (V, 3), normals (V, 3) and triangles (F, 3) between two points, with round ends. radii (2,) at start and
    stop; broad: stretch along x."""
    length = float(np.linalg.norm(stop - start))
    along = (stop - start) / length if length > 1e-9 else np.array([0.0, 1.0, 0.0])
    across = np.cross(along, np.eye(3)[np.argmin(np.abs(along))])
    across /= np.linalg.norm(across)
    third = np.cross(along, across)
    # (R, 2) radius and place along the axis of the rings, and their normals
    angle = np.concatenate([CAP, -CAP[::-1]])
    first = np.arange(len(angle)) < len(CAP)
    radius = np.cos(angle) * np.where(first, radii[0], radii[1])
    place = np.sin(angle) * np.where(first, radii[0], radii[1]) + np.where(first, 0.0, length)
    turn = 2 * np.pi * np.arange(SIDES) / SIDES
    around = np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * third  # (S, 3)
    positions = place[:, None, None] * along + radius[:, None, None] * around  # (R, S, 3)
    normals = np.sin(angle)[:, None, None] * along + np.cos(angle)[:, None, None] * around
    stretch = np.array([broad, 1.0, 1.0])
    normals = normals / stretch
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return (positions * stretch + start).reshape(-1, 3), normals.reshape(-1, 3), _rings(len(angle))


def _rings(rings: int) -> NDArray[np.int64]:
    """(F, 3) triangles between successive rings of SIDES vertices, without those of no area at the two poles."""
    found = []
    for ring in range(rings - 1):
        for side in range(SIDES):
            a, b = ring * SIDES + side, ring * SIDES + (side + 1) % SIDES
            if ring > 0:
                found.append((a, b, a + SIDES))
            if ring < rings - 2:
                found.append((b, b + SIDES, a + SIDES))
    return np.array(found)
