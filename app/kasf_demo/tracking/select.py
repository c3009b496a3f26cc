"""Athlete selection: --athlete largest|center|longest|auto|ID|X,Y|X,Y@T|all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from kasf_demo.errors import UsageError
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Track

_ALLOWED = "auto, largest, center, longest, all, a person's number, X,Y in pixels, or X,Y@SECONDS"
BRIEF = 0.1  # tracks shorter than this share of the longest one are flickers
START_FRAMES = 6  # people who appear within so many frames of the first person count as present from the start
_NUMBER = r"(\d{1,6}(?:\.\d{1,6})?)"
_POINT = re.compile(rf"{_NUMBER}\s*,\s*{_NUMBER}(?:\s*@\s*{_NUMBER})?", re.ASCII)
MISSED = 0.1  # a point farther from a person's box than this share of its size does not select the person
TINY = 0.15  # people smaller than this share of the largest person are flickers


@dataclass(frozen=True)
class Spec:
    """The parsed value of --athlete: a rule, a person's id, or a point (x, y) px. time_s: of the clip as played, at
    which a person is at the point; None: when the people come into view."""

    rule: Literal["auto", "largest", "center", "longest", "all", "id", "point"]
    id: int = 0
    point: tuple[float, float] = (0.0, 0.0)
    time_s: float | None = None


def parse_spec(spec: str) -> Spec:
    """Checks the text of --athlete. Raises UsageError. The command line calls it before any work is done."""
    text = spec.strip().lower()
    if text in ("auto", "largest", "center", "longest", "all"):
        return Spec(text)  # type: ignore[arg-type]
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return Spec("id", id=int(text))
    if point := _POINT.fullmatch(text):
        return Spec("point", 0, (float(point[1]), float(point[2])), None if point[3] is None else float(point[3]))
    raise UsageError(f"--athlete {spec[:40]!r} is not understood", f"use {_ALLOWED}")


def choose(tracks: Sequence[Track], spec: str, width: int, height: int) -> list[Track]:
    """The tracks that `spec` selects, best first; empty if `tracks` is empty.

    auto: the largest `weight`. largest: the largest median box. longest: the most frames. center: nearest to the image
    centre on average. These three ignore `flickers`. X,Y: of the tracks that are no flickers and present when the first
    of them starts, the one whose first box contains the point or is nearest to it. all: every track but flickers.
    Raises UsageError for an invalid spec, a point outside the image or an unknown id (the message lists the ids), and
    for X,Y@T, which moment.at_moment makes an id of.
    """
    want = parse_spec(spec)
    if want.rule == "point" and not (want.point[0] <= width and want.point[1] <= height):
        raise UsageError(f"--athlete {spec}: outside the image of {width}x{height}", "give pixels within it")
    if want.time_s is not None:
        raise UsageError(f"--athlete {spec} is not possible here", "give X,Y without a time")
    ranked = sorted((t for t in tracks if t.keypoints.valid.any()), key=lambda t: (-weight(t, width, height), t.id))
    if not ranked:
        return []
    if want.rule == "auto":
        return ranked[:1]
    if want.rule == "id":
        return [_by_id(ranked, want.id)]
    brief = {t.id for t in flickers(ranked)}
    steady = [t for t in ranked if t.id not in brief]
    if want.rule == "point":
        start = min(_first(t) for t in steady) + START_FRAMES
        return [min((t for t in steady if _first(t) <= start), key=lambda t: _from_point(t, want.point))]
    if want.rule == "all":
        return steady
    rank = {"largest": lambda t: -_size(t), "longest": lambda t: -int(t.keypoints.valid.sum())}
    return [min(steady, key=rank.get(want.rule, lambda t: _from_middle(t, width, height)))]


def point_warning(track: Track, spec: str, others: Sequence[Track] = ()) -> str | None:
    """The warning if --athlete X,Y hits no person: the track taken instead, its position, and a track that is there
    later."""
    want = parse_spec(spec)
    if want.rule != "point":
        return None
    outside, _ = _from_point(track, want.point)
    if outside <= MISSED * _size(track):
        return None
    x0, y0, x1, y1 = (round(float(v)) for v in track.box[_first(track)])
    text = f"--athlete {spec}: no person there when the clip starts; person {track.id}, {outside:.0f} px away, is taken"
    text += f" (at {(x0 + x1) // 2},{(y0 + y1) // 2}, box {x0},{y0} to {x1},{y1})"
    later = [t for t in others if t.id != track.id and _from_point(t, want.point)[0] == 0]
    return text + (
        f"; person {later[0].id} is there from frame {_first(later[0])} on: --athlete {later[0].id}" if later else ""
    )


def weight(track: Track, width: int, height: int) -> float:
    """Weight of a track as the athlete: size (by the image diagonal) x mean joint score, summed over the frames.

    Spectators lose by size, passers-by by frames, posters and shadows by score.
    """
    k = track.keypoints
    sides = track.box[k.valid, 2:] - track.box[k.valid, :2]
    size = np.sqrt(np.maximum(sides, 0).prod(1)) / max(float(np.hypot(width, height)), 1.0)
    return float((size * k.score[k.valid].mean(1)).sum(dtype=np.float64))


def flickers(tracks: Sequence[Track]) -> list[Track]:
    """Tracks much shorter than the longest or much smaller than the largest: reflections, faces in a crowd, false
    finds."""
    longest = max((int(t.keypoints.valid.sum()) for t in tracks), default=0)
    largest = max((_size(t) for t in tracks), default=0.0)
    return [t for t in tracks if t.keypoints.valid.sum() < BRIEF * longest or _size(t) < TINY * largest]


def _first(track: Track) -> int:
    """The first frame with the person."""
    return int(np.argmax(track.keypoints.valid))


def _size(track: Track) -> float:
    sides = track.box[track.keypoints.valid, 2:] - track.box[track.keypoints.valid, :2]
    return float(np.median(np.sqrt(np.maximum(sides, 0).prod(1))))


def _from_middle(track: Track, width: int, height: int) -> float:
    box = track.box[track.keypoints.valid]
    middle = (box[:, :2] + box[:, 2:]) / 2
    return float(np.linalg.norm(middle - np.array([width, height]) / 2, axis=1).mean())


def _from_point(track: Track, point: tuple[float, float]) -> tuple[float, float]:
    """How far the point is from the track's first box, see `outside_box`."""
    return outside_box(track.box[_first(track)], point)


def outside_box(box: FloatArray, point: tuple[float, float]) -> tuple[float, float]:
    """How far a point is outside of a box (4,), px (0 inside), then from the box's middle in box sizes."""
    box = box.astype(np.float64)
    p = np.array(point)
    outside = float(np.linalg.norm(np.maximum(np.maximum(box[:2] - p, p - box[2:]), 0)))
    return outside, float(np.linalg.norm((p - (box[:2] + box[2:]) / 2) / np.maximum(box[2:] - box[:2], 1)))


def _by_id(tracks: list[Track], number: int) -> Track:
    for track in tracks:
        if track.id == number:
            return track
    raise unknown_id([(t, 0) for t in tracks], number)


def unknown_id(tracks: Sequence[tuple[Track, int]], number: int) -> UsageError:
    """The error for an unknown track id; it lists the ids. With each track: the clip's frame of its first row."""
    ordered = sorted(tracks, key=lambda pair: pair[0].id)
    there = ", ".join(f"{t.id} (frames {_range(t, first)})" for t, first in ordered[:20])
    more = f" and {len(ordered) - 20} more" if len(ordered) > 20 else ""
    return UsageError(f"--athlete {number}: no person has this id", f"there are {there}{more}")


def _range(track: Track, first: int) -> str:
    frames = np.flatnonzero(track.keypoints.valid) + first
    return f"{frames[0]}-{frames[-1]}"
