"""Principal components, k-means and silhouettes, for some ten to some hundred clips."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import FloatArray

IntArray = NDArray[np.intp]
STARTS, ROUNDS = 20, 300


def principal_components(rows: FloatArray, share: float, most: int) -> tuple[FloatArray, FloatArray]:
    """(D,) mean and (C, D) orthonormal basis of (N, D) rows: as many components as have `share` of the variance, at
    most `most`. The largest entry of each is positive."""
    mean = rows.mean(0)
    _, s, vt = np.linalg.svd(rows - mean, full_matrices=False)
    power = np.cumsum(s**2) / max(float((s**2).sum()), 1e-300)
    count = min(int(np.searchsorted(power, share - 1e-12)) + 1, most, len(s))
    basis = vt[:count]
    signs = np.sign(basis[np.arange(count), np.abs(basis).argmax(1)])
    return mean, np.asarray(basis * signs[:, None])


def squared_distances(a: FloatArray, b: FloatArray) -> FloatArray:
    """(A, B) between rows."""
    return np.asarray(((a[:, None] - b[None]) ** 2).sum(-1))


def k_means(rows: FloatArray, k: int, seed: int = 42) -> tuple[FloatArray, IntArray]:
    """(k, D) centres and (N,) labels, the best of STARTS by Lloyd's rounds from k-means++ (Arthur and Vassilvitskii
    2007). Clusters are numbered by size, the largest first."""
    rng = np.random.default_rng(seed)
    best: tuple[float, FloatArray, IntArray] | None = None
    for _ in range(STARTS):
        centres = _seeded(rows, k, rng)
        for _ in range(ROUNDS):
            labels = squared_distances(rows, centres).argmin(1)
            moved = np.stack([rows[labels == i].mean(0) if (labels == i).any() else centres[i] for i in range(k)])
            if np.array_equal(moved, centres):
                break
            centres = moved
        distances = squared_distances(rows, centres)
        cost = float(distances.min(1).sum())
        if best is None or cost < best[0] - 1e-12:
            best = cost, centres, distances.argmin(1)
    assert best is not None
    _, centres, labels = best
    order = np.argsort(-np.bincount(labels, minlength=k), kind="stable")
    return centres[order], np.argsort(order)[labels]


def _seeded(rows: FloatArray, k: int, rng: np.random.Generator) -> FloatArray:
    chosen = [int(rng.integers(len(rows)))]
    while len(chosen) < k:
        near = squared_distances(rows, rows[chosen]).min(1)
        total = float(near.sum())
        share = near / total if total > 0 else np.full(len(rows), 1 / len(rows))
        chosen.append(int(rng.choice(len(rows), p=share)))
    return rows[chosen].astype(float)


def silhouettes(rows: FloatArray, labels: IntArray) -> FloatArray:
    """(N,) how much nearer each row is to its own cluster than to the next (Rousseeuw 1987), -1 to 1; 0 in a cluster
    of one."""
    apart = np.sqrt(squared_distances(rows, rows))
    kinds = np.unique(labels)
    sums = np.stack([apart[:, labels == kind].sum(1) for kind in kinds], axis=1)
    counts = np.array([(labels == kind).sum() for kind in kinds])
    own = np.searchsorted(kinds, labels)
    at = np.arange(len(rows))
    inside = sums[at, own] / np.maximum(counts[own] - 1, 1)
    means = sums / counts
    means[at, own] = np.inf
    outside = means.min(1)
    found = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-300)
    return np.where(counts[own] > 1, found, 0.0)


def adjusted_rand(a: IntArray, b: IntArray) -> float:
    """How well two groupings of the same N agree (Hubert and Arabie 1985): 1 is perfect, 0 is chance."""
    table = np.array([[int(((a == x) & (b == y)).sum()) for y in np.unique(b)] for x in np.unique(a)])

    def pairs(counts: NDArray[np.int_]) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, first, second, every = pairs(table), pairs(table.sum(1)), pairs(table.sum(0)), pairs(np.array([len(a)]))
    expected = first * second / every if every else 0.0
    top = (first + second) / 2
    return 1.0 if top == expected else (both - expected) / (top - expected)
