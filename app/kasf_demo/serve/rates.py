"""How often an address may ask: a bucket that fills at a constant rate."""

from __future__ import annotations

import time
from collections import OrderedDict

MAX_ADDRESSES = 4096


class Rates:
    """per_s: requests that come in on average; burst: at once."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s, self._burst = per_s, burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allow(self, address: str, now: float | None = None) -> bool:
        """Counts a request."""
        now = time.monotonic() if now is None else now
        left, since = self._buckets.pop(address, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) * self._per_s)
        self._buckets[address] = (left - 1 if left >= 1 else left, now)
        while len(self._buckets) > MAX_ADDRESSES:
            self._buckets.popitem(last=False)
        return left >= 1
