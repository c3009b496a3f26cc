"""The step of the normal equations against dense algebra."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.reconstruct.normal_equations import JOINTS, WIDTH, NormalEquations
from kasf_demo.types.arrays import FloatArray

SHARED = 3


def equations(frames: int) -> tuple[NormalEquations, FloatArray]:
    """Random ones, and the matrix of all unknowns, joints first."""
    random = np.random.default_rng(frames)
    eq = NormalEquations(frames, SHARED)
    own = random.standard_normal((frames, WIDTH, WIDTH))
    eq.blocks[...] = (own @ own.transpose(0, 2, 1) + 60 * np.eye(WIDTH)).reshape(eq.blocks.shape)
    eq.gradient[...] = random.standard_normal(eq.gradient.shape)
    eq.border[...] = random.standard_normal(eq.border.shape)
    eq.shared_gradient[...] = random.standard_normal(SHARED)
    eq.shared_diagonal[...] = 1e4
    size = frames * WIDTH
    dense = np.zeros((frames, WIDTH, frames, WIDTH))
    for t in range(frames):
        dense[t, :, t] = eq.blocks[t].reshape(WIDTH, WIDTH)
    for apart, band in ((1, eq.next), (2, eq.after)):
        band[...] = random.uniform(-2, 2, band.shape)
        for t, values in enumerate(band):
            dense[t + apart, :, t] = dense[t, :, t + apart] = np.diag(np.repeat(values, 3))
    border = eq.border.reshape(size, SHARED)
    full = np.block([[dense.reshape(size, size), border], [border.T, np.diag(eq.shared_diagonal)]])
    return eq, full


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_a_step_solves_the_damped_equations(frames: int) -> None:
    eq, full = equations(frames)
    damped = full + 0.3 * np.diag(np.diag(full))
    wanted = -np.linalg.solve(damped, np.concatenate([eq.gradient.ravel(), eq.shared_gradient]))
    step = eq.step(0.3)
    assert step is not None and step[0].shape == (frames, JOINTS, 3)
    np.testing.assert_allclose(np.concatenate([step[0].ravel(), step[1]]), wanted, rtol=1e-8, atol=1e-12)


def test_no_step_without_a_positive_definite_matrix() -> None:
    eq, _ = equations(4)
    eq.blocks[2] -= 400 * np.eye(WIDTH).reshape(eq.blocks[2].shape)
    assert eq.step(0.0) is None
