"""Rotations from directions."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kasf_demo.multiview.rotations import angle_deg, from_vector, nearest_rotation, robust_rotation, skew, to_vector


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.001, 3.1))
def test_vectors_and_matrices_are_the_same_rotation(seed: int, angle: float) -> None:
    axis = np.random.default_rng(seed).normal(size=3)
    vector = angle * axis / np.linalg.norm(axis)
    rotation = from_vector(vector)
    assert np.allclose(rotation @ rotation.T, np.eye(3)) and np.isclose(np.linalg.det(rotation), 1)
    assert np.allclose(to_vector(rotation), vector, atol=1e-6)
    assert np.isclose(angle_deg(rotation, np.eye(3)), np.degrees(angle), atol=1e-4)


def test_no_rotation_is_the_identity() -> None:
    assert np.array_equal(from_vector(np.zeros(3)), np.eye(3)) and not to_vector(np.eye(3)).any()
    a, b = np.random.default_rng(0).normal(size=(2, 3))
    assert np.allclose(skew(a) @ b, np.cross(a, b))


def test_the_nearest_rotation_never_mirrors() -> None:
    mirrored = np.diag([1.0, 1.0, -1.0]) + 0.01
    assert np.isclose(np.linalg.det(nearest_rotation(mirrored)), 1)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000))
def test_a_third_of_wrong_directions_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = from_vector(rng.normal(size=3))
    a = rng.normal(size=(600, 3))
    a /= np.linalg.norm(a, axis=1, keepdims=True)
    b = a @ true.T + 0.1 * rng.normal(size=a.shape)
    b[:200] = rng.normal(size=(200, 3))
    b /= np.linalg.norm(b, axis=1, keepdims=True)
    found, agree = robust_rotation(a, b, np.ones(600))
    assert angle_deg(found, true) < 2
    assert agree[200:].mean() > 0.95 and agree[:200].mean() < 0.2
