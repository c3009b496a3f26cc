"""Capsules: closed, facing outwards, as thick as asked."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.export.body_mesh import capsule


@pytest.mark.parametrize("stop", [(0.0, -0.4, 0.0), (0.3, 0.2, -0.1)])
def test_a_capsule_is_closed_and_faces_outwards(stop: tuple[float, float, float]) -> None:
    start = np.array([1.0, 2.0, 3.0])
    positions, normals, triangles = capsule(start, start + stop, np.array([0.08, 0.05]))
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1)
    corners = positions[triangles]
    faces = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.linalg.norm(faces, axis=-1) > 1e-6).all() and np.abs(faces.sum(0)).max() < 1e-9  # closed
    assert ((faces * normals[triangles].sum(1)).sum(-1) > 0).all()
    from_start, from_stop = (np.linalg.norm(positions - p, axis=-1) for p in (start, start + stop))
    assert np.minimum(abs(from_start - 0.08), abs(from_stop - 0.05)).max() < 1e-9


def test_a_broad_capsule_is_stretched_along_x_only() -> None:
    args = np.zeros(3), np.array([0.0, 0.3, 0.0]), np.array([0.1, 0.1])
    plain, _, _ = capsule(*args)
    broad, normals, _ = capsule(*args, broad=1.5)
    np.testing.assert_allclose(broad, plain * [1.5, 1, 1])
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1)


def test_a_bone_of_no_length_is_a_ball() -> None:
    positions, normals, _ = capsule(np.zeros(3), np.zeros(3), np.array([0.1, 0.1]))
    np.testing.assert_allclose(np.linalg.norm(positions, axis=-1), 0.1)
    np.testing.assert_allclose(positions, 0.1 * normals, atol=1e-12)
