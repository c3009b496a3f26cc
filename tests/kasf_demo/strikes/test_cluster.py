"""Principal components, k-means, silhouettes and the Rand index."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.strikes.cluster import adjusted_rand, k_means, principal_components, silhouettes


def blobs(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = np.repeat([0, 1, 2], [12, 9, 5])
    return rng.normal(0, 0.3, (26, 4)) + np.array([[0, 0, 0, 0], [4, 0, 0, 0], [0, 5, 0, 0]])[truth], truth


def test_clusters_come_back_and_are_numbered_by_size() -> None:
    rows, truth = blobs()
    centres, labels = k_means(rows, 3)
    assert np.array_equal(labels, truth)  # the largest first
    assert centres[1] == pytest.approx([4, 0, 0, 0], abs=0.3)
    assert np.array_equal(k_means(rows, 3)[1], labels)
    assert silhouettes(rows, labels).min() > 0.6
    best = {k: float(silhouettes(rows, k_means(rows, k)[1]).mean()) for k in range(2, 6)}
    assert max(best, key=lambda k: best[k]) == 3


def test_silhouette_by_hand() -> None:
    rows = np.array([[0.0], [1.0], [5.0], [20.0]])
    found = silhouettes(rows, np.array([0, 0, 1, 2]))
    assert found == pytest.approx([1 - 1 / 5, 1 - 1 / 4, 0, 0])


def test_components_hold_the_share_of_variance_that_is_asked_for() -> None:
    rng = np.random.default_rng(1)
    rows = rng.normal(0, [10, 5, 1, 0.1], (200, 4)) + 3
    mean, basis = principal_components(rows, 0.95, 20)
    assert basis.shape == (2, 4) and basis @ basis.T == pytest.approx(np.eye(2)) and mean == pytest.approx(rows.mean(0))
    assert principal_components(rows, 1.0, 3)[1].shape == (3, 4)


def test_rand_index() -> None:
    a = np.array([0, 0, 1, 1, 2, 2])
    assert adjusted_rand(a, np.array([5, 5, 3, 3, 1, 1])) == 1.0
    assert adjusted_rand(a, np.array([0, 0, 0, 1, 1, 1])) == pytest.approx(0.2424242)  # Hubert and Arabie by hand
    rng = np.random.default_rng(2)
    chance = [adjusted_rand(rng.integers(0, 3, 60), rng.integers(0, 3, 60)) for _ in range(60)]
    assert abs(np.mean(chance)) < 0.02
