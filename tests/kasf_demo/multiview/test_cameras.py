"""Projection and triangulation are each other's inverse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from virtual_views import around, in_sight

from kasf_demo.multiview.cameras import Prior, project, solve3, triangulate


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(20, 160), st.integers(2, 4))
def test_exact_keypoints_give_the_points_back(seed: int, apart_deg: float, count: int) -> None:
    points = np.random.default_rng(seed).uniform(-0.8, 0.8, (7, 5, 3)) + np.array([0, 0, 1])
    cameras = around(tuple(apart_deg * n / (count - 1) for n in range(count)))
    assert in_sight(cameras, points.reshape(-1, 3))
    xy = project(cameras, points)
    assert np.allclose(triangulate(cameras, xy, np.ones(xy.shape[:-1])), points, atol=1e-6)
    assert np.allclose(triangulate(cameras.scaled(2.5), xy, np.ones(xy.shape[:-1])), 2.5 * points, atol=1e-5)
    own = cameras.seen_from(1)
    assert np.allclose(project(own, points @ cameras.rotations[1].T + cameras.translations[1]), xy, atol=1e-6)


def test_one_ray_gives_no_point_unless_there_is_a_prior() -> None:
    points = np.array([[0.1, 0.2, 1.1], [0.3, 0.0, 0.9]])
    cameras = around((0.0, 70.0))
    xy, weight = project(cameras, points), np.ones((2, 2))
    weight[1, 0] = 0.0
    xy[1, 0] = np.nan
    found = triangulate(cameras, xy, weight)
    assert np.isnan(found[0]).all() and np.allclose(found[1], points[1], atol=1e-6)
    held = triangulate(cameras, xy, weight, prior=Prior(points + 0.05, np.full(2, 100.0)))
    ray = project(cameras.only([0]), held[:1])[0, 0]
    assert np.allclose(ray, xy[0, 0], atol=0.5), "the ray counts far more than the prior"
    assert 0 < np.linalg.norm(held[0] - points[0]) < 0.09


def test_a_point_that_more_weight_sees_is_nearer_to_that_ray() -> None:
    cameras, point = around((0.0, 80.0, 40.0)), np.array([[0.0, 0.0, 1.0]])
    xy = project(cameras, point)
    xy[2] += 40.0
    off = [
        np.linalg.norm(project(cameras, triangulate(cameras, xy, np.array([[1.0], [1.0], [w]])))[2] - xy[2])
        for w in (0.3, 3.0)
    ]
    assert off[1] < 0.5 * off[0]


def test_systems_of_three_are_solved() -> None:
    rng = np.random.default_rng(1)
    roots = rng.normal(size=(20, 3, 3))
    normal, x = roots @ roots.swapaxes(1, 2) + 0.1 * np.eye(3), rng.normal(size=(20, 3))
    assert np.allclose(solve3(normal, np.einsum("nij,nj->ni", normal, x)), x, atol=1e-8)


def test_shapes_are_checked() -> None:
    cameras = around((0.0, 50.0))
    with pytest.raises(ValueError, match="translations"):
        type(cameras)(cameras.intrinsics, cameras.rotations, cameras.translations[:1])
