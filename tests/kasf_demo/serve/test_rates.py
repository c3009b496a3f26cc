"""The limit on requests of an address."""

from __future__ import annotations

from kasf_demo.serve.rates import MAX_ADDRESSES, Rates


def test_a_burst_then_a_constant_rate() -> None:
    rates = Rates(per_s=2.0, burst=5)
    assert [rates.allow("a", 0.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert rates.allow("b", 0.0)
    assert [rates.allow("a", 1.0) for _ in range(3)] == [True, True, False]
    assert [rates.allow("a", 100.0) for _ in range(6)] == [True] * 5 + [False]


def test_few_addresses_are_remembered() -> None:
    rates = Rates(per_s=1.0, burst=1)
    for number in range(MAX_ADDRESSES * 2):
        rates.allow(str(number), 0.0)
    assert len(rates._buckets) == MAX_ADDRESSES
