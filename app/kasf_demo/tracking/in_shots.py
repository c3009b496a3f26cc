"""Athlete selection over several shots. Tracks of different shots are treated as different people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kasf_demo.tracking.select import choose, parse_spec, unknown_id
from kasf_demo.types.people import Track


def number_apart(shots: Sequence[Sequence[Track]]) -> list[list[Track]]:
    """The tracks with ids that are unique over the clip: a shot's ids follow those of the shots before it."""
    out: list[list[Track]] = []
    last = 0
    for tracks in shots:
        taken = {t.id for done in out for t in done}
        clash = bool(taken & {t.id for t in tracks})
        out.append([replace(t, id=t.id + last) for t in tracks] if clash else list(tracks))
        last = max([last, *(t.id for t in out[-1])])
    return out


def keep_ids(shots: Sequence[Sequence[Track]], before: Sequence[Sequence[Track]]) -> list[list[Track]]:
    """The tracks of each shot with the ids of those `before` that they contain, by the number of frames that they
    share; others get ids that nobody had. Tracks of a shot have as many rows in both."""
    unused = max((t.id for tracks in before for t in tracks), default=0)
    out: list[list[Track]] = []
    for tracks, old in zip(shots, before, strict=True):
        shared = np.array([[_shared_frames(t, o) for o in old] for t in tracks]).reshape(len(tracks), len(old))
        ids: dict[int, int] = {}
        for flat in np.argsort(-shared, axis=None, kind="stable").tolist():
            i, j = divmod(flat, len(old))
            if shared[i, j] and i not in ids and old[j].id not in ids.values():
                ids[i] = old[j].id
        for i in range(len(tracks)):
            if i not in ids:
                unused += 1
                ids[i] = unused
        out.append([replace(t, id=ids[i]) for i, t in enumerate(tracks)])
    return out


def _shared_frames(a: Track, b: Track) -> int:
    """The number of frames in which both have the same keypoints."""
    both = a.keypoints.valid & b.keypoints.valid
    return int((a.keypoints.xy[both] == b.keypoints.xy[both]).all((1, 2)).sum())


def choose_in_shots(
    shots: Sequence[Sequence[Track]], spec: str, width: int, height: int, firsts: Sequence[int] | None = None
) -> list[list[Track]]:
    """The tracks that `spec` asks for, by shot. Tracks of a shot have as many rows as it has frames; ids are unique
    (`number_apart`).

    all: as in each shot alone. X,Y: in the first shot that has people. A number: the person with that id. Other rules:
    each shot's own choice, and of these the one that the rule prefers; `auto` prefers the most usable time (frames
    times mean score). firsts: the shots' first frames, for messages. Raises UsageError as `choose`.
    """
    rule = parse_spec(spec).rule
    if len(shots) == 1 or rule == "all":
        return [choose(tracks, spec, width, height) for tracks in shots]
    if rule == "id":
        return _by_id(shots, parse_spec(spec).id, firsts or [0] * len(shots))
    own = [choose(tracks, spec, width, height) for tracks in shots]
    candidates = [t for tracks in own for t in tracks[:1]]
    if not candidates:
        return own
    if rule == "point":
        best = candidates[0]
    elif rule == "auto":
        best = max(candidates, key=usable_frames)
    else:
        best = choose(candidates, spec, width, height)[0]
    return [[t for t in tracks if t is best] for tracks in own]


def usable_frames(track: Track) -> float:
    """Number of frames with the person, each weighted by the mean score of its joints."""
    k = track.keypoints
    return float(k.score[k.valid].mean(1).sum())


def _by_id(shots: Sequence[Sequence[Track]], number: int, firsts: Sequence[int]) -> list[list[Track]]:
    found = [[t for t in tracks if t.id == number] for tracks in shots]
    if not any(found) and any(shots):
        raise unknown_id([(t, first) for tracks, first in zip(shots, firsts, strict=True) for t in tracks], number)
    return found
