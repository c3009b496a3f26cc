"""Parameters of which a default run takes the first few."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def slow(*values: Any) -> Any:
    """One set of parameters, for `pytest -m slow`."""
    return pytest.param(*values, marks=pytest.mark.slow)


def first(count: int, values: Iterable[Any]) -> list[Any]:
    """The first `count` values as they are, the others slow."""
    return [value if i < count else slow(value) for i, value in enumerate(values)]
