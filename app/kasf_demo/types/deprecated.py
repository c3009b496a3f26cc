"""Old names that still work."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def deprecated(instead: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A function that gives a DeprecationWarning with what to write `instead`."""

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def warned(*args: P.args, **kwargs: P.kwargs) -> R:
            warnings.warn(f"{function.__qualname__} is deprecated: use {instead}", DeprecationWarning, stacklevel=2)
            return function(*args, **kwargs)

        return warned

    return mark
