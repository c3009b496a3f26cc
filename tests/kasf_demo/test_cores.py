"""How many threads fit: the cores, what was asked for, and a batch's share."""

from __future__ import annotations

import pytest

from kasf_demo import cores


@pytest.mark.parametrize(
    ("available", "asked", "threads"), [(8, None, 2), (1, None, 1), (8, "1", 1), (8, "16", 2), (8, "", 2), (8, "all", 2), (8, "0", 1)]
)
def test_threads_fit_cores_and_shares(available: int, asked: str | None, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "available_cores", lambda: list(range(available)))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if asked is not None:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert cores.fitting_threads(2) == threads


def test_there_is_a_core() -> None:
    assert len(cores.available_cores()) >= 1
