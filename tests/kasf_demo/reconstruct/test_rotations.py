"""Rodrigues' formula against SciPy's rotations."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from kasf_demo.reconstruct.rotations import cross_matrix, rotation_of


def test_they_are_those_of_scipy() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 3)) * np.geomspace(1e-9, 3, 50)[:, None]
    np.testing.assert_allclose(rotation_of(vectors), Rotation.from_rotvec(vectors).as_matrix(), atol=1e-12)
    np.testing.assert_allclose(rotation_of(np.zeros((2, 3))), np.tile(np.eye(3), (2, 1, 1)))


def test_the_matrix_of_a_cross_product() -> None:
    a, b = np.random.default_rng(1).normal(size=(2, 4, 3))
    np.testing.assert_allclose(np.einsum("nij,nj->ni", cross_matrix(a), b), np.cross(a, b))
