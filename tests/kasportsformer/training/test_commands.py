"""`train --frame-order`: weights without it begin as they were, learn it, and keep it in every file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kasportsformer.checkpoint import load_model, save_safetensors
from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from kasportsformer.training.__main__ import main
from kasportsformer.training.pack import Corpus
from kasportsformer.training.state import TrainConfig, TrainState

TINY = KASportsFormerConfig(n_layers=1, dim_feat=16, dim_rep=16, num_heads=2)


@pytest.mark.parametrize("begins", ["from weights", "from nothing"])
def test_a_run_with_frame_order(begins: str, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # it would set up this process
    monkeypatch.setattr("kasportsformer.training.commands.prepare", lambda threads, device: 1)
    corpus.save(tmp_path / "corpus.npz")
    save_safetensors(KASportsFormer(TINY), tmp_path / "start.safetensors")
    small = ["--layers", "1", "--dim", "16", "--dim-rep", "16", "--num-heads", "2"]
    start = ["--from", str(tmp_path / "start.safetensors")] if begins == "from weights" else small
    run = tmp_path / "run"
    base = ["train", "--corpus", str(tmp_path / "corpus.npz"), "--run", str(run), "--device", "cpu", "--batch", "2"]
    main([*base, *start, "--frame-order", "--steps", "1"])
    assert TrainConfig.load(run / "config.json").model["frame_order"] is True
    main([*base, "--steps", "3", "--resume"])  # with the settings recorded by the run
    state = TrainState.load(run / "last.pt", None, "cpu")
    tables = [p for name, p in state.ema.named_parameters() if name.endswith("order.table")]
    assert state.step == 3 and len(tables) == 2 and all(t.abs().max() > 0 for t in tables)
    main(["export", "--run", str(run), "--out", str(tmp_path / "a.safetensors")])
    model = load_model(tmp_path / "a.safetensors")
    assert model.config.frame_order
    x = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (1, 27, 17, 3)).astype(np.float32))
    torch.testing.assert_close(model(x), state.ema(x))
