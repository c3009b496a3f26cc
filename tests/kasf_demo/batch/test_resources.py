"""How many workers and threads fit on a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from kasf_demo.batch import resources


def test_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_cores", lambda: list(range(8)))
    monkeypatch.setattr(resources, "available_memory", lambda: 100_000_000_000)
    auto = resources.sizes(None, None, clips=100)
    assert (auto.workers, auto.threads) == (8, 1) and sorted(sum(auto.cores, ())) == list(range(8))
    assert resources.sizes(None, None, clips=2).workers == 2 and resources.sizes(None, None, clips=2).threads == 4
    few = resources.sizes(3, None, clips=100)
    assert few.threads == 2 and len(set(sum(few.cores, ()))) == 6  # no core in two sets
    assert resources.sizes(None, 4, clips=100).workers == 2
    assert resources.sizes(20, 1, clips=100).cores == ((),) * 20  # asked for: the system shares out
    monkeypatch.setattr(resources, "available_memory", lambda: 5_000_000_000)
    assert resources.sizes(None, None, clips=100).workers == 2
    monkeypatch.setattr(resources, "available_memory", lambda: 100)
    assert resources.sizes(None, None, clips=100).workers == 1


def test_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in ("nvidia0", "nvidia1", "nvidia10", "nvidiactl", "null"):
        (tmp_path / name).touch()
    assert resources.available_gpus(tmp_path) == ("0", "1", "10")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1, GPU-abc")
    assert resources.available_gpus(tmp_path) == ("1", "GPU-abc")
    monkeypatch.setattr(resources, "available_cores", lambda: list(range(64)))
    monkeypatch.setattr(resources, "available_memory", lambda: 10**12)
    assert (
        resources.sizes(None, None, clips=1000, gpu=True).workers == 8
        and resources.sizes(None, None, clips=1000).workers == 64
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert resources.sizes(None, None, clips=1000, gpu=True).workers == 64
