"""The normal equations of a least-squares fit of joints over time, and their solution.

Unknowns are the joints (T, 17, 3) and a few parameters (G,) that all frames share. Joints of one frame are coupled
freely, those of neighbouring frames coordinate by coordinate up to two frames apart, so the matrix is banded, with a
border for the parameters. A banded Cholesky factorisation solves it in time and memory proportional to T (Golub and Van
Loan, Matrix Computations, 4.3).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import LinAlgError, cholesky_banded
from scipy.linalg.lapack import dtbtrs

from kasf_demo.types.arrays import FloatArray

JOINTS = 17
WIDTH = 3 * JOINTS


class NormalEquations:
    """Gradient and Gauss-Newton matrix of a sum of squares; terms are added to it. Factors of two are left out on both
    sides."""

    def __init__(self, frames: int, shared: int) -> None:
        self.gradient = np.zeros((frames, JOINTS, 3))
        self.blocks = np.zeros((frames, JOINTS, 3, JOINTS, 3))  # within frames
        self.next = np.zeros((max(frames - 1, 0), JOINTS))  # between a frame and the next, the same for x, y and z
        self.after = np.zeros((max(frames - 2, 0), JOINTS))  # two frames apart
        self.border = np.zeros((frames, JOINTS, 3, shared))
        self.shared_gradient = np.zeros(shared)
        self.shared_diagonal = np.zeros(shared)

    def couple(self, a: int, b: int, weight: FloatArray) -> None:
        """A term of the difference of joints a and b: weight (T, 3, 3)."""
        self.blocks[:, a, :, a] += weight
        self.blocks[:, b, :, b] += weight
        self.blocks[:, a, :, b] -= weight
        self.blocks[:, b, :, a] -= weight

    def difference(self, xyz: FloatArray, weight: FloatArray, factors: tuple[int, ...]) -> float:
        """A term of the weighted sum of 2 or 3 consecutive frames of each joint, (-1, 1) for the first differences and
        (1, -2, 1) for the second; returns its cost. xyz (T, 17, 3), weight (T - 1 or T - 2, 17)."""
        rows = [slice(i, i + len(weight)) for i in range(len(factors))]
        combined = sum((f * xyz[r] for f, r in zip(factors, rows, strict=True)), np.zeros((len(weight), JOINTS, 3)))
        pull = weight[..., None] * combined
        for i, (f, r) in enumerate(zip(factors, rows, strict=True)):
            self.gradient[r] += f * pull
            for axis in range(3):
                np.einsum("tnn->tn", self.blocks[r, :, axis, :, axis])[...] += f**2 * weight
            for apart, band in ((1, self.next), (2, self.after)):
                if i + apart < len(factors):
                    band[r] += f * factors[i + apart] * weight
        return float((pull * combined).sum())

    def step(self, damping: float) -> tuple[FloatArray, FloatArray] | None:
        """The Levenberg-Marquardt step, (T, 17, 3) and (G,); None if the damped matrix is not positive definite."""
        frames = len(self.gradient)
        bands = self._bands()
        bands[0] *= 1 + damping
        try:
            factor = cholesky_banded(bands, lower=True, overwrite_ab=True, check_finite=False)
        except LinAlgError:
            return None
        border = self.border.reshape(frames * WIDTH, -1)
        # with A = L L', B' A^-1 g is (L^-1 B)' (L^-1 g): only one column is solved back
        half, _ = dtbtrs(factor, np.concatenate([border, self.gradient.reshape(-1, 1)], axis=1), uplo="L")
        shared_half, own_half = half[:, :-1], half[:, -1]
        schur = np.diag(self.shared_diagonal * (1 + damping)) - shared_half.T @ shared_half
        shared = np.linalg.solve(schur, shared_half.T @ own_half - self.shared_gradient)
        joints, _ = dtbtrs(factor, -(own_half + shared_half @ shared)[:, None], uplo="L", trans="T")
        return joints.reshape(self.gradient.shape), shared

    def _bands(self) -> FloatArray:
        """The matrix of the joints in LAPACK's lower band storage, (2 * 51 + 1, 51 T)."""
        frames = len(self.gradient)
        blocks = self.blocks.reshape(frames, WIDTH, WIDTH)
        bands = np.zeros((2 * WIDTH + 1, frames, WIDTH))
        for offset in range(WIDTH):
            bands[offset, :, : WIDTH - offset] = np.diagonal(blocks, -offset, 1, 2)
        if frames > 1:
            bands[WIDTH, :-1] = np.repeat(self.next, 3, axis=1)
        if frames > 2:
            bands[2 * WIDTH, :-2] = np.repeat(self.after, 3, axis=1)
        return bands.reshape(2 * WIDTH + 1, frames * WIDTH)
