"""A motion: a skeleton at rest and its joint rotations over time; forward kinematics gives the joint positions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..skeleton import FloatArray as FloatArray

IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]

# y up, right-handed (BVH, DeepMimic) to z up, right-handed: a quarter turn about x, (x, y, z) -> (x, -z, y)
Y_UP_TO_Z_UP: FloatArray = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True)
class Motion:
    """T frames of a skeleton of J joints. World axes: right-handed, z up, metres. At rest the body faces -y, its left
    hand at +x.

    offsets (J, 3): each joint's place in its parent's axes at rest (the root's is not used). root (T, 3): the root's
    place. rotations (T, J, 3, 3): each joint's axes in its parent's, as matrices that act on column vectors; all
    identity is the rest pose. parents: index of each joint's parent, -1 for the root, always smaller than the joint's
    own index.
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: FloatArray
    root: FloatArray
    rotations: FloatArray
    fps: float

    def __post_init__(self) -> None:
        j, t = len(self.joints), len(self.root)
        for field, want in (("offsets", (j, 3)), ("root", (t, 3)), ("rotations", (t, j, 3, 3))):
            if getattr(self, field).shape != want:
                raise ValueError(f"{self.name}: {field} must be {want}, got {getattr(self, field).shape}")
        if len(self.parents) != j or any(p >= i for i, p in enumerate(self.parents)):
            raise ValueError(f"{self.name}: every parent must come before its children")
        if not self.fps > 0:
            raise ValueError(f"{self.name}: fps must be positive, got {self.fps}")

    def __len__(self) -> int:
        return len(self.root)

    def index(self, joint: str) -> int:
        """Index of a joint by name; ValueError names those that exist."""
        try:
            return self.joints.index(joint)
        except ValueError:
            raise ValueError(f"{self.name} has no joint {joint!r}; it has {', '.join(self.joints)}") from None

    def rotations_world(self) -> FloatArray:
        """(T, J, 3, 3): each joint's axes in the world's."""
        world = np.empty_like(self.rotations)
        for i, parent in enumerate(self.parents):
            world[:, i] = self.rotations[:, i] if parent < 0 else world[:, parent] @ self.rotations[:, i]
        return world

    def positions(self) -> FloatArray:
        """(T, J, 3) joint positions in metres, z up."""
        return forward(self.root, self.rotations_world(), self.offsets, self.parents)

    def frames(self, start: int, stop: int | None = None, step: int = 1) -> Motion:
        """The frames start:stop:step as a motion of its own (fps divided by step)."""
        cut = slice(start, stop, step)
        return replace(self, root=self.root[cut], rotations=self.rotations[cut], fps=self.fps / step)


def forward(root: FloatArray, world: FloatArray, offsets: FloatArray, parents: tuple[int, ...]) -> FloatArray:
    """Joint positions (..., J, 3) from root (..., 3), world rotations (..., J, 3, 3) and offsets (J, 3) or (..., J,
    3)."""
    out = np.empty(world.shape[:-1])
    for i, parent in enumerate(parents):
        if parent < 0:
            out[..., i, :] = root
        else:
            out[..., i, :] = out[..., parent, :] + np.einsum(
                "...ij,...j->...i", world[..., parent, :, :], offsets[..., i, :]
            )
    return out


def turned(rotations: FloatArray, turn: FloatArray) -> FloatArray:
    """Local rotations (..., 3, 3) with every joint's axes, the world's included, turned by `turn` (3, 3)."""
    return turn @ rotations @ turn.T


def axis_rotations(axis: int, angle_rad: FloatArray) -> FloatArray:
    """Rotation matrices (..., 3, 3) about x (0), y (1) or z (2), counter-clockwise seen from the axis's tip."""
    out = np.zeros((*np.shape(angle_rad), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    out[..., axis, axis] = 1
    out[..., i, i], out[..., j, j] = cos, cos
    out[..., j, i], out[..., i, j] = sin, -sin
    return out


def quaternion_rotations(wxyz: FloatArray) -> FloatArray:
    """Rotation matrices (..., 3, 3) of quaternions (..., 4), real part first, any length but 0."""
    q = np.asarray(wxyz, dtype=float)
    w, x, y, z = np.moveaxis(q / np.linalg.norm(q, axis=-1, keepdims=True), -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def rotvec_rotations(rotvec_rad: FloatArray) -> FloatArray:
    """Rotation matrices (..., 3, 3) of axis-angle vectors (..., 3), radians."""
    angle = np.linalg.norm(rotvec_rad, axis=-1, keepdims=True)
    half_sinc = np.sinc(angle / (2 * np.pi)) / 2  # sin(angle / 2) / angle, sound at 0
    return quaternion_rotations(np.concatenate([np.cos(angle / 2), half_sinc * rotvec_rad], axis=-1))
