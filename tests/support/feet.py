"""`some_feet`: made-up foot points."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.feet import FEET, FootPoints


def some_feet(n: int, seed: int = 0) -> FootPoints:
    """N rows, all known."""
    rng = np.random.default_rng(seed)
    shape = (n, len(FEET))
    return FootPoints(
        rng.normal(size=(*shape, 2)).astype(np.float32),
        rng.uniform(0.3, 1, shape).astype(np.float32),
    )
