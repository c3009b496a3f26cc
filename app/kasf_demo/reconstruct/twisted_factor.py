"""Cholesky factor of a symmetric banded matrix from both ends at once: each half in a thread of its own.

The matrix is block-banded: blocks of WIDTH unknowns, one for each frame, coupled up to two frames apart. The frames
before a separator of two frames are eliminated forwards, those after it backwards; what both leave of the separator is
added ("burn at both ends"; van der Vorst 1987, "Large tridiagonal and block tridiagonal linear systems on vector and
parallel computers"). The work is that of the ordinary factor. LAPACK runs without Python's lock, so the halves overlap
on two cores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from scipy.linalg import cholesky, cholesky_banded, solve_triangular
from scipy.linalg.lapack import dtbtrs

from kasf_demo import concurrency
from kasf_demo.cores import fitting_threads
from kasf_demo.types.arrays import FloatArray

A = TypeVar("A")
SEPARATOR = 2  # frames


@dataclass(frozen=True)
class BandedMatrix:
    """Blocks (T, W, W) on the diagonal, and diagonals of the blocks one frame, (T - 1, W), and two frames, (T - 2, W),
    below it. T is at least 2."""

    blocks: FloatArray
    next: FloatArray
    after: FloatArray

    def part(self, frames: slice) -> BandedMatrix:
        """The rows and columns of some frames, perhaps in reverse order, of step 1 or -1."""
        chosen = range(len(self.blocks))[frames]
        low, back = min(chosen), chosen.step
        return BandedMatrix(
            self.blocks[frames],
            self.next[low : low + len(chosen) - 1][::back],
            self.after[low : low + max(len(chosen) - 2, 0)][::back],
        )

    def bands(self) -> FloatArray:
        """(2 W + 1, T W) in LAPACK's lower band storage."""
        frames, width = self.blocks.shape[:2]
        bands = np.zeros((2 * width + 1, frames, width))
        for offset in range(width):
            bands[offset, :, : width - offset] = np.diagonal(self.blocks, -offset, 1, 2)
        if frames > 1:
            bands[width, :-1] = self.next
        if frames > 2:
            bands[2 * width, :-2] = self.after
        return bands.reshape(2 * width + 1, frames * width)


@dataclass(frozen=True)
class _Half:
    """One half with the separator last: the factor of its frames, and of the separator less what they take from it."""

    factor: FloatArray  # (2 W + 1, N) lower bands
    corner: FloatArray  # (2 W, 2 W) lower triangle: the separator's part of it

    @classmethod
    def of(cls, matrix: BandedMatrix, damping: float) -> _Half:
        bands = matrix.bands()
        bands[0] *= 1 + damping
        factor = cholesky_banded(bands, lower=True, overwrite_ab=True, check_finite=False)
        size = SEPARATOR * matrix.blocks.shape[1]
        return cls(factor, _lower_triangle(factor[:, factor.shape[1] - size :]))

    def solve(self, right: FloatArray, *, transposed: bool = False) -> FloatArray:
        """L^-1 right (N, K), or L'^-1 right."""
        solved, _ = dtbtrs(self.factor, right, uplo="L", trans="T" if transposed else "N")
        return np.asarray(solved)


class TwistedFactor:
    """L of L L' = the matrix with its diagonal times 1 + damping. Raises LinAlgError if it is not positive definite."""

    def __init__(self, matrix: BandedMatrix, damping: float) -> None:
        self._frames, self._width = matrix.blocks.shape[:2]
        self._start = (self._frames - SEPARATOR) // 2  # first frame of the separator
        ahead, back = slice(0, self._start + SEPARATOR), slice(None, self._start - 1 if self._start else None, -1)
        self._halves = _both(
            lambda: _Half.of(matrix.part(ahead), damping), lambda: _Half.of(matrix.part(back), damping)
        )
        separator = _lower_triangle(matrix.part(slice(self._start, self._start + SEPARATOR)).bands())
        separator += np.tril(separator, -1).T
        np.einsum("ii->i", separator)[...] *= 1 + damping
        left, right = (half.corner @ half.corner.T for half in self._halves)
        self._last = cholesky(left + self._swapped(self._swapped(right).T).T - separator, lower=True)

    def _swapped(self, rows: FloatArray) -> FloatArray:
        """(2 W, ...) with the separator's two frames exchanged, as the second half has them."""
        return np.concatenate([rows[self._width :], rows[: self._width]])

    def forward(self, right: FloatArray) -> FloatArray:
        """L^-1 right, for right (T W, K); rows are in the order of elimination."""
        cut, size = self._start * self._width, SEPARATOR * self._width
        first = right[: cut + size]
        second = self._reversed(right[cut:])
        second[len(second) - size :] = 0
        a, b = _both(lambda: self._halves[0].solve(first), lambda: self._halves[1].solve(second))
        left = self._halves[0].corner @ a[len(a) - size :]
        left += self._swapped(self._halves[1].corner @ b[len(b) - size :])
        last = solve_triangular(self._last, left, lower=True, check_finite=False)
        return np.concatenate([a[: len(a) - size], b[: len(b) - size], last])

    def back(self, half: FloatArray) -> FloatArray:
        """L'^-1 half, (T W,) in the order of the matrix, for half (T W,) in the order of elimination."""
        cut, size = self._start * self._width, SEPARATOR * self._width
        last = solve_triangular(self._last, half[-size:], lower=True, trans="T", check_finite=False)
        first = np.concatenate([half[:cut], self._halves[0].corner.T @ last])[:, None]
        second = np.concatenate([half[cut:-size], self._halves[1].corner.T @ self._swapped(last)])[:, None]
        a, b = _both(
            lambda: self._halves[0].solve(first, transposed=True),
            lambda: self._halves[1].solve(second, transposed=True),
        )
        return np.concatenate([a[:, 0], self._reversed(b)[size:, 0]])

    def _reversed(self, rows: FloatArray) -> FloatArray:
        """Rows of frames in the reverse order of frames. A copy."""
        return rows.reshape(-1, self._width, *rows.shape[1:])[::-1].reshape(rows.shape).copy()


def _lower_triangle(bands: FloatArray) -> FloatArray:
    """(N, N) of the N columns of lower bands (M, N), of which those beyond the end are left out."""
    size = bands.shape[1]
    out = np.zeros((size, size))
    for offset in range(min(size, len(bands))):
        np.einsum("ii->i", out[offset:, : size - offset])[...] = bands[offset, : size - offset]
    return out


def _both(first: Callable[[], A], second: Callable[[], A]) -> tuple[A, A]:
    """Both results; the first is computed in another thread meanwhile, if there is a core for it."""
    if fitting_threads(2) == 1:
        return first(), second()
    early = concurrency.Early(first, name="fit")
    try:
        other = second()
    finally:
        early.end()
    return early.result(), other
