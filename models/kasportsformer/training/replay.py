"""A small corpus to ship: pieces of captured motions, against forgetting where a network is adapted.

A piece is as long as the longest window of 27 frames. Pieces are drawn by the corpus's weights, so rare movements are
among them.
"""

from __future__ import annotations

import re

import numpy as np

from .corpus import RATE_HZ, Corpus

PIECE_S = 1.6  # 27 frames at 24 frames/s, played 1.4 times as fast
STRIDE = 3  # 40 frames/s
SOURCES = re.compile(r"(cmu_\w+|\d+|salsa|snu_\w+)/")  # whose licences let anybody pass them on: CMU's, Apache-2.0, BSD


def replay(corpus: Corpus, pieces: int, seed: int = 1) -> Corpus:
    """`pieces` pieces of the motions that training sees. None overlaps another by more than half."""
    corpus = corpus.split(held_out=False)
    corpus = corpus.select([i for i, name in enumerate(corpus.names) if SOURCES.match(name)])
    rng = np.random.default_rng(seed)
    length = round(PIECE_S * RATE_HZ)
    order = rng.choice(len(corpus.middle), len(corpus.middle), replace=False, p=_shares(corpus))
    taken: list[int] = []
    motions: list[int] = []
    for centre in order.tolist():
        motion = int(np.searchsorted(corpus.first, centre, side="right")) - 1
        low, high = int(corpus.first[motion]), int(corpus.first[motion + 1])
        start = min(max(centre - length // 2, low), max(high - length, low))
        if any(abs(start - other) < length // 2 for other in taken):
            continue
        taken.append(start)
        motions.append(motion)
        if len(taken) == pieces:
            break
    ends = [min(s + length, int(corpus.first[m + 1])) for s, m in zip(taken, motions, strict=True)]
    rows = np.concatenate([np.arange(a, b) for a, b in zip(taken, ends, strict=True)])
    first = np.concatenate([[0], np.cumsum([b - a for a, b in zip(taken, ends, strict=True)])]).astype(np.int64)
    names = tuple(f"{corpus.names[m]}@{s - int(corpus.first[m])}" for s, m in zip(taken, motions, strict=True))
    weight = np.ones(len(rows), np.float32)  # they were drawn by weight
    strides = np.full(len(names), STRIDE)
    return Corpus(corpus.vectors[rows], corpus.middle[rows], weight, first, names, strides)


def _shares(corpus: Corpus) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    weight = corpus.weight.astype(np.float64) + 1e-9
    return np.asarray(weight / weight.sum())
