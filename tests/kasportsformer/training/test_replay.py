"""The small corpus that ships against forgetting."""

import numpy as np

from kasportsformer.training.corpus import RATE_HZ, Corpus
from kasportsformer.training.replay import PIECE_S, replay


def test_pieces_are_of_motions_that_may_ship_and_do_not_repeat() -> None:
    rng = np.random.default_rng(0)
    lengths = {"cmu_02/02_01": 1500, "06/06_01": 1500, "mass/a": 1500, "cmu_02/02_03": 100}
    first = np.concatenate([[0], np.cumsum(list(lengths.values()))])
    total = int(first[-1])
    vectors = rng.normal(size=(total, 18, 3)).astype(np.float32)
    corpus = Corpus(vectors, np.zeros((total, 3), np.float32), np.ones(total, np.float32), first, tuple(lengths))
    made = replay(corpus, 100)
    assert {n.split("@")[0] for n in made.names} == {"cmu_02/02_01", "cmu_02/02_03"}, "06 is held out, mass not free"
    starts = sorted(int(n.split("@")[1]) for n in made.names if n.startswith("cmu_02/02_01"))
    assert len(starts) >= 7 and min(np.diff(starts)) >= PIECE_S * RATE_HZ / 2 - 1
    for i, name in enumerate(made.names):
        source = 0 if name.startswith("cmu_02/02_01") else int(first[3])
        start = source + int(name.split("@")[1])
        piece = made.vectors[made.first[i] : made.first[i + 1]]
        assert (piece == vectors[start : start + len(piece)]).all()
