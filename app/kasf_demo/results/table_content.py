"""Canonical text of a table for hashing, so that a table saved again by a spreadsheet program is recognised."""

from __future__ import annotations

import math
from collections.abc import Sequence

DIGITS = (4, 4, 4, 2, 2)  # decimals of x, y, z (metres) and u, v (pixels) in the table


def content_line(frame: int, time_s: float, person: str, cells: Sequence[str]) -> bytes:
    """One line of the content: for each person, frame and joint, in this order, x, y, z, u, v as written; without
    people for each frame."""
    return f"{frame},{time_s:.6f},{person},{','.join(cells)}\n".encode()


def fixed_cell(value: float, digits: int) -> str:
    """`value` with `digits` decimals, empty if it is not finite; -0.0 and what rounds to it is 0, so that equal results
    are equal text."""
    if not math.isfinite(value):
        return ""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text
