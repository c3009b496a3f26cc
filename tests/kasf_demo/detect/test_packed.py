"""Packed detections are the detections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from feet import some_feet
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.detect.packed import DetectionLog
from kasf_demo.types.people import Detections

people = st.lists(st.integers(-1, 2**31), max_size=4)


def found(ids: list[int], seed: int, *, known: bool = True, world: bool = False) -> Detections:
    """Made-up people with these ids."""
    random, p = np.random.default_rng(seed), len(ids)
    xy, score, box, box_score = (
        random.normal(size=(p, *shape)).astype(np.float32) for shape in ((17, 2), (17,), (4,), ())
    )
    metres = random.normal(size=(p, 12, 3)).astype(np.float32) if world and ids else None
    return Detections(xy, score, box, box_score, np.array(ids, np.int64) if known and ids else None, metres)


@given(st.lists(people, max_size=8), st.booleans())
def test_every_frame_comes_back(clip: list[list[int]], known: bool) -> None:
    frames = [found(ids, seed, known=known) for seed, ids in enumerate(clip)]
    log = DetectionLog()
    for frame in frames:
        log.append(frame)
    assert len(log) == len(frames) and len(log[1:]) == max(0, len(frames) - 1)
    for a, b in zip(frames, log, strict=True):
        for name in ("xy", "score", "box", "box_score"):
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
            assert getattr(b, name).dtype == np.float32
        if a.ids is None or (a.ids == -1).all():  # ids of no person need not be kept
            assert b.ids is None
        else:
            np.testing.assert_array_equal(a.ids, b.ids)


def test_an_index_that_is_not_there() -> None:
    log = DetectionLog()
    with pytest.raises(IndexError):
        log[0]
    log.append(Detections.empty())
    assert len(log[0]) == 0
    with pytest.raises(IndexError):
        log[-1]


@given(st.lists(st.tuples(people, st.booleans()), max_size=8))
def test_3d_estimates_come_back_where_there_were_any(clip: list[tuple[list[int], bool]]) -> None:
    frames = [found(ids, seed, world=world) for seed, (ids, world) in enumerate(clip)]
    log = DetectionLog()
    for frame in frames:
        log.append(frame)
    for a, b in zip(frames, log, strict=True):
        if a.world is not None:
            np.testing.assert_array_equal(a.world, b.world)
        else:
            assert b.world is None or np.isnan(b.world).all()


@given(st.lists(st.tuples(people, st.booleans()), max_size=8))
def test_feet_come_back_where_there_were_any(clip: list[tuple[list[int], bool]]) -> None:
    frames = [found(ids, seed) for seed, (ids, _) in enumerate(clip)]
    frames = [
        replace(f, feet=some_feet(len(f), seed)) if feet and len(f) else f
        for seed, (f, (_, feet)) in enumerate(zip(frames, clip, strict=True))
    ]
    log = DetectionLog()
    for frame in frames:
        log.append(frame)
    for a, b in zip(frames, log, strict=True):
        if a.feet is not None:
            assert b.feet is not None
            for name in ("xy", "score"):
                np.testing.assert_array_equal(getattr(a.feet, name), getattr(b.feet, name))
        else:
            assert b.feet is None or not b.feet.any
