"""Tiled detection: small people are detected in image tiles and then tracked in one square crop per person.

MediaPipe scales the whole frame to 224 px, in which small people are lost. Measurements: docs/decisions.md,
"MediaPipe".
"""

from __future__ import annotations

import queue
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kasf_demo import concurrency
from kasf_demo.detect.letterbox import cut
from kasf_demo.types.arrays import FloatArray, Image

SEARCH_S = 0.5  # between searches
RARELY_S, AFTER = 2.0, 4  # between searches after this many without a detection in a row
# Tile sides, as shares of the image's short side. Tiles overlap by half: 8 tiles of a 16:9 image; if these contain no
# person, 28 smaller ones
PARTS = (0.75, 0.45)
SURE = 0.7  # min mean visibility, shoulders to ankles, for a search to accept a person
LIKELY = 0.6  # the same if full-frame detection reports a small person and the second detection disagrees with it
MIN_PX = 48.0  # larger side of a person to track
ROOM = 3.2  # side of the tracking crop in person sizes (larger side): room for a leap and for lost people
MAX_PEOPLE = 4  # people tracked at a time
PATIENCE = 6  # frames without a detection until a person is dropped
BESIDE = 2.0  # a person in the full frame who is this much larger is the athlete; the small track is dropped
LARGE = 0.35  # larger people, relative to the image's short side, are left to full-frame detection if it finds them
CHECKED = 0.5  # full-frame detections up to this share of the image's short side are checked
AGREE = 0.12  # maximum difference of two detections of one person, in person sizes
SAME = 0.25  # landmarks within this distance, in person sizes, belong to one person
BODY = slice(11, 29)  # of the 33 landmarks: shoulders to ankles


class Landmarker(Protocol):
    """Finds one person in an image: landmarks (33, C), x, y in px, visibility, and what else the detector gives."""

    def find(self, image: Image) -> FloatArray | None: ...

    def forget(self) -> None: ...

    def close(self) -> None: ...


class Graph(Protocol):
    """Opens networks that track, or that treat every image as the first."""

    def open(self, *, tracks: bool) -> Landmarker: ...


@dataclass
class _Followed:
    """A tracked person: their own network, last landmarks, and the number of frames since."""

    network: Landmarker
    marks: FloatArray
    missed: int = 0


class SmallPeople:
    """The people tracked in crops of their own. Frames are given in order. `at_once` networks run in parallel, one
    thread each; results do not depend on each other."""

    def __init__(self, graph: Graph, *, at_once: int = 1) -> None:
        self._graph, self._at_once = graph, at_once
        self._searchers: list[Landmarker] = []  # opened when there is a person to search for
        self._idle: list[Landmarker] = []
        self._followed: list[_Followed] = []
        self._search_at_s, self._fruitless = -np.inf, 0
        self._lost = False  # somebody who was followed may still be there

    def look(self, image: Image, time_s: float, whole: FloatArray | None) -> list[FloatArray]:
        """Landmarks (33, C) of all people in this frame.

        `whole`: landmarks found in the full frame, or None. Tiles are searched if it is None, or if it is small and a
        second detection at that location, twice a second, contradicts it: MediaPipe can track a wrong region with high
        scores for a whole clip. While tiled tracks are active, `whole` is accepted only if a second detection confirms
        it. Tiles are searched beside it too after somebody who was followed is lost, as behind another person.
        """
        followed = list(self._followed)
        workers = min(self._at_once, len(followed))
        with concurrency.map_ordered(
            lambda p: _seen_around(p, image), followed, workers=workers, name="follow"
        ) as seen:
            for person, marks in seen:
                self._judge(person, marks)
                if person.missed > PATIENCE:
                    self._let_go(person)
                    self._lost, self._fruitless = True, 0
        refused = whole is not None and bool(self._followed) and not self._believed(image, whole)
        if refused:
            whole = None
        if time_s >= self._search_at_s and (self._lost or not refused):
            whole = self._searched(image, time_s, whole)
        return ([] if whole is None else [whole]) + [p.marks for p in self._followed if not p.missed]

    def _searched(self, image: Image, time_s: float, whole: FloatArray | None) -> FloatArray | None:
        """`whole`, or None if tiles show that it is wrong; they are searched where there is a reason to."""
        wrong = whole is None or self._contradicted(image, whole)
        if not wrong and not self._lost:
            self._search_at_s = time_s + SEARCH_S
            return whole
        before = len(self._followed)
        self._search(image, LIKELY if wrong and whole is not None else SURE, beside=None if wrong else whole)
        self._lost = self._lost and len(self._followed) == before
        fruitful = bool(self._followed) and not self._lost
        self._fruitless = 0 if fruitful else self._fruitless + 1
        self._search_at_s = time_s + (SEARCH_S if self._fruitless < AFTER else RARELY_S)
        return None if wrong and self._followed else whole

    def restart(self) -> None:
        """Drops all tracks: the next frame is treated as the first of a clip."""
        for person in list(self._followed):
            self._let_go(person)
        self._search_at_s, self._fruitless, self._lost = -np.inf, 0, False

    def close(self) -> None:
        """Frees all networks."""
        for network in [p.network for p in self._followed] + self._idle + self._searchers:
            network.close()
        self._followed, self._idle, self._searchers = [], [], []

    def _judge(self, person: _Followed, marks: FloatArray | None) -> None:
        """True if `marks`, found at the last location of `person`, are that person."""
        others = [p.marks for p in self._followed if p is not person and not p.missed]
        if marks is None or _far(marks, person.marks) or any(_same(marks, other) for other in others):
            person.missed += 1
        else:
            person.marks, person.missed = marks, 0

    def _believed(self, image: Image, whole: FloatArray) -> bool:
        """True if `whole` is one more person. Full-frame detection of small people can be wrong, or mix parts of two
        people. Tracks that `whole` replaces are dropped."""
        known = [p for p in self._followed if not p.missed and _same(whole, p.marks)]
        if known:
            needless = known if size(whole) > LARGE * min(image.shape[:2]) else []
        else:
            marks = _seen_in(self._search_networks(1)[0], image, *_around(whole, image))
            if marks is None or not _same(marks, whole):
                return False
            needless = [p for p in self._followed if size(whole) > BESIDE * size(p.marks)]
        for person in needless:
            self._let_go(person)
        return not known or bool(needless)

    def _contradicted(self, image: Image, whole: FloatArray) -> bool:
        """True if `whole` is small and a fresh detection in an enlarged crop sees something else there."""
        if size(whole) > CHECKED * min(image.shape[:2]):
            return False
        marks = _seen_in(self._search_networks(1)[0], image, *_around(whole, image))
        return marks is None or _distance(marks, whole) > AGREE

    def _search_networks(self, count: int) -> list[Landmarker]:
        """At least `count` networks that treat every image as the first."""
        while len(self._searchers) < count:
            self._searchers.append(self._graph.open(tracks=False))
        return self._searchers

    def _search_in(self, image: Image, squares: Sequence[tuple[int, int, int]]) -> list[FloatArray]:
        """Landmarks found in the tiles, in their order."""
        networks = self._search_networks(min(self._at_once, len(squares)))
        idle: queue.SimpleQueue[Landmarker] = queue.SimpleQueue()
        for network in networks:
            idle.put(network)

        def search(square: tuple[int, int, int]) -> FloatArray | None:
            network = idle.get()
            try:
                return _seen_in(network, image, *square)
            finally:
                idle.put(network)

        with concurrency.map_ordered(search, squares, workers=len(networks), name="search") as seen:
            return [marks for _, marks in seen if marks is not None]

    def _search(self, image: Image, sure: float, *, beside: FloatArray | None = None) -> None:
        """Searches ever smaller tiles until a person is tracked, for others than `beside`."""
        height, width = image.shape[:2]
        known = [] if beside is None else [beside]
        for part in PARTS:
            found = self._search_in(image, parts(height, width, part))
            found = [marks for marks in found if _visibility(marks) >= sure and size(marks) >= MIN_PX]
            for marks in sorted(found, key=_visibility, reverse=True):
                others = known + [p.marks for p in self._followed]
                if len(self._followed) < MAX_PEOPLE and not any(_same(marks, other) for other in others):
                    self._begin(marks, image)
            if self._followed:
                return

    def _begin(self, marks: FloatArray, image: Image) -> None:
        """Starts a track if the person is also found in the crop around them."""
        person = _Followed(self._idle.pop() if self._idle else self._graph.open(tracks=True), marks)
        self._judge(person, _seen_around(person, image))
        self._followed.append(person)
        if person.missed or not _same(person.marks, marks):
            self._let_go(person)

    def _let_go(self, person: _Followed) -> None:
        self._followed.remove(person)
        person.network.forget()
        self._idle.append(person.network)


def size(marks: FloatArray) -> float:
    """Larger side, px, of the landmarks' bounding box."""
    return float(np.ptp(marks[:, :2], axis=0).max())


def parts(height: int, width: int, part: float) -> list[tuple[int, int, int]]:
    """Left, top and side, px, of tiles whose side is `part` of the image's short side. They cover the image and overlap
    by half. None if they are too small to contain a person."""
    side = round(part * min(height, width))
    if side < MIN_PX:
        return []

    def starts(length: int) -> list[int]:
        return [int(x) for x in np.linspace(0, length - side, 1 + int(np.ceil((length - side) / (side / 2)))).round()]

    return [(left, top, side) for top in starts(height) for left in starts(width)]


def _around(marks: FloatArray, image: Image) -> tuple[int, int, int]:
    """Left, top and side, px, of a person's tracking crop."""
    side = min(round(ROOM * size(marks)), max(image.shape[:2]))
    left, top = ((marks[:, :2].min(0) + marks[:, :2].max(0)) / 2 - side / 2).round().astype(int)
    return int(left), int(top), side


def _seen_in(network: Landmarker, image: Image, left: int, top: int, side: int) -> FloatArray | None:
    """Landmarks, in px of `image`, of the person that `network` finds in that square."""
    marks = network.find(cut(image, left, top, side, beyond=0))
    if marks is not None:
        marks[:, :2] += np.array([left, top], marks.dtype)
    return marks


def _seen_around(person: _Followed, image: Image) -> FloatArray | None:
    """Landmarks that the person's network finds around the person's last location."""
    return _seen_in(person.network, image, *_around(person.marks, image))


def _visibility(marks: FloatArray) -> float:
    return float(marks[BODY, 2].mean())


def _distance(a: FloatArray, b: FloatArray) -> float:
    """Mean distance of the landmarks by the larger person's size."""
    return float(np.linalg.norm(a[:, :2] - b[:, :2], axis=1).mean()) / max(size(a), size(b), 1.0)


def _same(a: FloatArray, b: FloatArray) -> bool:
    return _distance(a, b) < SAME


def _far(now: FloatArray, before: FloatArray) -> bool:
    """True for another person: within one frame no person moves by half their size, or doubles or halves in size."""
    ratio = size(now) / max(size(before), 1.0)
    return _distance(now, before) > 0.5 or not 0.5 < ratio < 2
