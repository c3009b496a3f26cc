"""Which of several people continues which track: the pairs of least total cost."""

from __future__ import annotations

import lap

from kasf_demo.types.arrays import FloatArray

NEVER = 1e6  # the cost of a pair that cannot be


def assign(costs: FloatArray) -> list[tuple[int, int]]:
    """The pairs (row, column) of least total cost, as many as possible, without those that cost NEVER."""
    if costs.size == 0:
        return []
    # without the limit, lapjv misses the least total where costs differ by factors of a million
    columns, _ = lap.lapjv(costs, extend_cost=True, cost_limit=NEVER / 100, return_cost=False)
    return [(row, int(column)) for row, column in enumerate(columns) if column >= 0]
