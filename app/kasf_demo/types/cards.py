"""A card: what a coach sees of one jump or spin. Numbers as text with their units, moments to show, and a curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from kasf_demo.types.arrays import FloatArray

Sport = Literal["skating", "athletics", "gymnastics"]


class CardNumber(NamedTuple):
    """key: name in the JSON; label: in a coach's words; text: value with unit, "-" if unknown; sure: False with the
    reason in `why`."""

    key: str
    label: str
    text: str
    sure: bool
    why: str = ""


@dataclass(frozen=True)
class CardCurve:
    """A curve over time: times_s (T,), values (T,) in `unit`. sure: drawn dashed if not."""

    label: str
    unit: str
    times_s: FloatArray
    values: FloatArray
    sure: bool


@dataclass(frozen=True)
class Card:
    """title: what and when. moments: time and name of what is shown, in order of time. span_s: the flight or spin.
    curve: None if nothing can be drawn; why_no_curve then says why."""

    kind: Literal["jump", "spin"]
    title: str
    numbers: tuple[CardNumber, ...]
    moments: tuple[tuple[float, str], ...]
    span_s: tuple[float, float]
    curve: CardCurve | None = None
    why_no_curve: str = ""
