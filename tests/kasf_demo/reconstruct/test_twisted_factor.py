"""The factor from both ends against dense algebra."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from scipy.linalg import LinAlgError

from kasf_demo.reconstruct import twisted_factor
from kasf_demo.reconstruct.twisted_factor import BandedMatrix, TwistedFactor
from kasf_demo.types.arrays import FloatArray

WIDTH = 5


def matrix(frames: int, seed: int = 0) -> tuple[BandedMatrix, FloatArray]:
    """A positive definite one, and the same as a dense matrix."""
    random = np.random.default_rng(seed)
    blocks = random.standard_normal((frames, WIDTH, WIDTH))
    blocks = blocks @ blocks.transpose(0, 2, 1) + 8 * np.eye(WIDTH)
    first, second = (random.uniform(-2, 2, (max(frames - k, 0), WIDTH)) for k in (1, 2))
    dense = np.zeros((frames, WIDTH, frames, WIDTH))
    for t in range(frames):
        dense[t, :, t] = blocks[t]
        for apart, band in ((1, first), (2, second)):
            if t + apart < frames:
                dense[t + apart, :, t] = dense[t, :, t + apart] = np.diag(band[t])
    return BandedMatrix(blocks, first, second), dense.reshape(frames * WIDTH, -1)


@pytest.mark.parametrize("frames", [2, 3, 4, 5, 6, 9, 20])
@pytest.mark.parametrize("threads", [1, 2])
def test_solves_as_dense_algebra_does(frames: int, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twisted_factor, "fitting_threads", lambda _: threads)
    banded, dense = matrix(frames)
    damped = dense + 0.3 * np.diag(np.diag(dense))
    right = np.random.default_rng(1).standard_normal((len(dense), 3))
    factor = TwistedFactor(banded, 0.3)
    half = factor.forward(right)
    assert np.allclose(half.T @ half, right.T @ np.linalg.solve(damped, right))
    for column in range(3):
        assert np.allclose(factor.back(half[:, column]), np.linalg.solve(damped, right[:, column]))


def test_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    banded, dense = matrix(30, seed=3)
    right = np.random.default_rng(2).standard_normal((len(dense), 2))
    found = []
    for threads in (1, 2):
        monkeypatch.setattr(twisted_factor, "fitting_threads", lambda _, n=threads: n)
        found.append(TwistedFactor(banded, 1e-3).forward(right))
    assert np.array_equal(*found)


@pytest.mark.parametrize("bad", [0, 4, 5, 9])
def test_matrix_that_is_not_positive_definite(bad: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twisted_factor, "fitting_threads", lambda _: 2)
    banded, _ = matrix(10)
    banded.blocks[bad] -= 40 * np.eye(WIDTH)
    with pytest.raises(LinAlgError):
        TwistedFactor(banded, 0.0)
    assert not [t for t in threading.enumerate() if t.name == "fit"]
