"""The least total cost, against scipy's own assignment."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from kasf_demo.tracking.assignment import NEVER, assign


@pytest.mark.parametrize("seed", range(300))
def test_as_many_pairs_as_possible_at_the_least_cost(seed: int) -> None:
    random = np.random.default_rng(seed)
    costs = random.random((random.integers(0, 7), random.integers(1, 7)))
    costs[random.random(costs.shape) < random.random()] = NEVER
    rows, columns = linear_sum_assignment(costs)
    want = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if costs[i, j] < NEVER]
    assert assign(costs) == want
