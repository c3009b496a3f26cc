"""The normal equations of a foot that turns about its ankle over N frames, block-banded over two frames."""

from __future__ import annotations

import numpy as np
from scipy.linalg import solveh_banded

from kasf_demo.types.arrays import FloatArray


class FootEquations:
    """Gradient (N, 3) and Gauss-Newton blocks of a sum of squares over small turns of the foot, applied last."""

    def __init__(self, frames: int) -> None:
        self.gradient = np.zeros((frames, 3))
        self.within = np.zeros((frames, 3, 3))
        self.next, self.after = np.zeros((max(frames - 1, 0), 3, 3)), np.zeros((max(frames - 2, 0), 3, 3))

    def add(self, jacobian: FloatArray, error: FloatArray) -> None:
        """Terms (N,) with jacobians (N, 3)."""
        self.gradient += jacobian * error[:, None]
        self.within += jacobian[:, :, None] * jacobian[:, None, :]

    def difference(self, turning: FloatArray, points: FloatArray, weight: FloatArray, factors: tuple[int, ...]) -> None:
        """The weighted sum of 2 or 3 consecutive frames of points (N, 2, 3); turning (N, 2, 3, 3): their derivative."""
        rows = [slice(i, i + len(weight)) for i in range(len(factors))]
        combined = sum((f * points[r] for f, r in zip(factors, rows, strict=True)), np.zeros((len(weight), 2, 3)))
        for i, (f, r) in enumerate(zip(factors, rows, strict=True)):
            pull = f * turning[r] * weight[..., None, None]
            self.gradient[r] += np.einsum("tnij,tni->tj", pull, combined)
            self.within[r] += np.einsum("tnij,tnik->tjk", pull, f * turning[r])
            for apart, band in ((1, self.next), (2, self.after)):
                if i + apart < len(factors):
                    other = factors[i + apart] * turning[rows[i + apart]]
                    band[r] += np.einsum("tnij,tnik->tjk", other, pull)

    def step(self, damping: float) -> FloatArray:
        """(N, 3) the Levenberg-Marquardt step."""
        frames = len(self.gradient)
        bands = np.zeros((9, frames, 3))
        for i in range(3):
            for j in range(3):
                if i >= j:
                    bands[i - j, :, j] += self.within[:, i, j]
                bands[3 + i - j, : frames - 1, j] += self.next[:, i, j]
                bands[6 + i - j, : max(frames - 2, 0), j] += self.after[:, i, j]
        bands[0] *= 1 + damping
        step = solveh_banded(bands.reshape(9, -1), -self.gradient.ravel(), lower=True, check_finite=False)
        return np.asarray(step.reshape(frames, 3))
