"""Data of a plot or report: one measured person of a clip, with title and notes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.arrays import BoolArray, Image
from kasf_demo.types.cards import Card
from kasf_demo.types.motion import Angles, Motion
from kasf_demo.types.people import Person


class Cut(NamedTuple):
    """A part of a frame, (h, w, 3) RGB, and where its first pixel was, px."""

    image: Image
    x_px: int
    y_px: int


class Box(NamedTuple):
    """A box in an image, px; it may extend beyond it."""

    x0: int
    y0: int
    x1: int
    y1: int

    def cut(self, image: Image) -> Cut:
        """That part of `image`, as far as it is inside, and never empty."""
        height, width = image.shape[:2]
        x0, y0 = min(max(self.x0, 0), width - 1), min(max(self.y0, 0), height - 1)
        return Cut(np.array(image[y0 : max(self.y1, y0 + 1), x0 : max(self.x1, x0 + 1)]), x0, y0)


class Moment(NamedTuple):
    """A frame by number, with its time and name; `box` is the crop of its image."""

    frame: int
    time_s: float
    name: str
    box: Box


class PlacedCard(NamedTuple):
    """A card of a jump or spin with its moments as frames, and image crops of them by frame, as far as available."""

    card: Card
    moments: tuple[Moment, ...]
    cuts: dict[int, Cut]


@dataclass(frozen=True)
class Subject:
    """title: of the clip and person, any text. person: in world axes. raw: the angles before smoothing, or None.

    reliable (T,): True where the ground trajectory is reliable. cuts: image crops of the moments, by frame,
    as far as available. notes: sentences for a report. cuts_s: when the second and later shots begin. cards: of jumps
    and spins; no_card: what to say if a sport was asked for and nothing of it was found.
    """

    title: str
    person: Person
    motion: Motion
    reliable: BoolArray
    moments: tuple[Moment, ...]
    raw: Angles | None = None
    cuts: dict[int, Cut] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cuts_s: tuple[float, ...] = ()
    cards: tuple[PlacedCard, ...] = ()
    no_card: str = ""


def seen_of(person: Person) -> NDArray[np.intp]:
    """The numbers of the frames with a pose."""
    return np.flatnonzero(person.pose.valid)
