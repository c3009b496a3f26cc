"""What is wrong with the footage, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Level = Literal["ok", "warning", "problem"]


class ImageSample(NamedTuple):
    """The part of a frame around a person. brightness: mean of 0 to 255; contrast: its standard deviation; blur: 0 is
    sharp, 1 blurred."""

    frame: int
    brightness: float
    contrast: float
    blur: float


@dataclass(frozen=True)
class Finding:
    """code: what was looked at. text: what was found, and remedy: what to do, empty if nothing. value and unit: the
    number that it rests on, None without one."""

    code: str
    level: Level
    text: str
    remedy: str = ""
    value: float | None = None
    unit: str = ""

    @property
    def sentence(self) -> str:
        """Text and remedy in one line."""
        return f"{self.text}; {self.remedy}" if self.remedy else self.text
