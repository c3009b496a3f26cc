"""Normal equations of a fit of cameras and bodies: where unknowns stand, and how joints are eliminated."""

from __future__ import annotations

from typing import Any

import numpy as np

from kasf_demo.types.arrays import FloatArray

SOFT_PX = 1e-6  # keeps a joint that nothing determines where it is


class SharedColumns:
    """Where the unknowns that all moments share stand in one vector."""

    def __init__(self, cameras: int, people: int, bones: int) -> None:
        n = cameras - 1
        self.turn = {c: np.arange(3 * (c - 1), 3 * c) for c in range(1, cameras)}
        self.move = {c: 3 * n + self.turn[c] for c in range(1, cameras)}
        self.offset = {c: np.array([6 * n + c - 1]) for c in range(1, cameras)}
        self.focal = {c: np.array([7 * n + c]) for c in range(cameras)}
        self.lean = {c: 7 * n + cameras + 3 * c + np.arange(3) for c in range(cameras)}
        self.length = 7 * n + 4 * cameras + np.arange(people * bones).reshape(people, bones)
        lengths_end = 7 * n + 4 * cameras + people * bones
        self.drift = {c: np.array([lengths_end + c - 1]) for c in range(1, cameras)}
        self.size = lengths_end + n

    def of(self, c: int) -> Any:
        """The columns of a camera's projection: turn, move, offset, drift, focal; those that camera 0 lacks left
        out."""
        first = [self.turn[c], self.move[c], self.offset[c], self.drift[c]] if c else []
        return np.concatenate([*first, self.focal[c]])


class ViewsEquations:
    """Normal equations: joints (M, J, 3), shared unknowns (S,), and their mixed part."""

    def __init__(self, moments: int, joints: int, shared: int) -> None:
        self.points = np.zeros((moments, joints, 3, joints, 3))
        self.mixed = np.zeros((moments, joints, 3, shared))
        self.shared = np.zeros((shared, shared))
        self.right_points = np.zeros((moments, joints, 3))
        self.right = np.zeros(shared)

    def eliminated(self, damping: float) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Schur complement of the joints and its right side, and what gives the joints' step from the shared one."""
        m, j = self.right_points.shape[:2]
        block = self.points.reshape(m, 3 * j, 3 * j).copy()
        diagonal = np.einsum("mii->mi", block)
        diagonal *= 1 + damping
        diagonal += SOFT_PX
        mixed = self.mixed.reshape(m, 3 * j, -1)
        right = self.right_points.reshape(m, 3 * j, 1)
        solved = np.linalg.solve(block, np.concatenate([mixed, right], axis=2))
        shared = self.shared + np.diag(damping * np.diag(self.shared) + 1e-9)
        reduced = shared - np.einsum("mis,mit->st", mixed, solved[..., :-1])
        return reduced, self.right - np.einsum("mis,mi->s", mixed, solved[..., -1]), solved[..., :-1], solved[..., -1]
