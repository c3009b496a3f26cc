"""KASportsFormer without some of its parts."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from kasportsformer.training.ablation import PARTS, ablate
from kasportsformer.training.data_parallel import Workers
from kasportsformer.training.dataset import DataConfig, Sampler
from kasportsformer.training.loader import one_batch
from kasportsformer.training.losses import LossConfig
from kasportsformer.training.pack import Corpus
from kasportsformer.training.state import TrainConfig, TrainState
from kasportsformer.training.step import train_step

TINY = KASportsFormerConfig(n_layers=2, dim_feat=16, dim_rep=16, num_heads=2)
CONFIG = TrainConfig(model=asdict(TINY), batch=4, lr=2e-3, warmup=1)


@pytest.fixture
def sampler(corpus: Corpus) -> Sampler:
    return Sampler(corpus.split(held_out=False), DataConfig())


@pytest.mark.parametrize("parts", [("bones",), ("limbs",), ("bones", "limbs")])
def test_ablations_take_away_what_they_name_and_a_resumed_run_stays_one(
    parts: tuple[str, ...], sampler: Sampler, tmp_path: Path
) -> None:
    config = replace(CONFIG, without=parts)
    state = TrainState.new(config, "cpu")
    kept = {"bones": state.model.bone_extraction, "limbs": state.model.bone_refusion}
    joints = torch.from_numpy(sampler(np.random.default_rng(0), 2).input)
    assert {name for name, module in kept.items() if not module(joints).any()} == set(parts)
    train_step(state, one_batch(sampler, 0, 4, 0), Workers(state.model, 1), LossConfig())
    state.save(tmp_path / "last.pt")
    config.save(tmp_path / "config.json")
    assert TrainConfig.load(tmp_path / "config.json").without == parts
    again = TrainState.load(tmp_path / "last.pt", config, "cpu")
    assert not (again.ema.bone_extraction if "bones" in parts else again.ema.bone_refusion)(joints).any()
    with pytest.raises(ValueError, match="not legs"):
        TrainState.new(replace(CONFIG, without=("legs",)), "cpu")


@pytest.mark.parametrize("branch", ["attention", "graph", "body"])
def test_a_branch_taken_away_leaves_the_others_as_they_are(branch: str, sampler: Sampler, tmp_path: Path) -> None:
    """A whole layer whose fusion never chooses the branch gives the same."""
    torch.manual_seed(0)
    whole = KASportsFormer(replace(TINY, n_layers=1)).eval()
    layer = whole.layers_with_bone[0]
    with torch.no_grad():
        layer.fusion_three_channel.bias[("attention", "graph", "body").index(branch)] = -1e4
        for name, parameter in layer.named_parameters():
            if ".layer_scale_" in name:
                parameter.fill_(0.3)
        x = torch.from_numpy(sampler(np.random.default_rng(0), 2).input)
        want = whole(x)
        fewer = ablate(whole, (branch,))
        torch.testing.assert_close(fewer(x), want, atol=1e-6, rtol=1e-5)
    config = replace(CONFIG, without=(branch,))
    state = TrainState.new(config, "cpu")
    prefix = {"attention": "att_", "graph": "graph_", "body": "bone_"}[branch]
    assert not [n for n, _ in state.model.named_parameters() if n.startswith("layers_with_bone.1." + prefix)]
    workers, batch = Workers(state.model, 1), one_batch(sampler, 0, 4, 0)
    losses = [float(train_step(state, batch, workers, LossConfig())[0]) for _ in range(5)]
    assert losses[-1] < 0.95 * losses[0]
    state.save(tmp_path / "last.pt")
    again = TrainState.load(tmp_path / "last.pt", None, "cpu")
    torch.testing.assert_close(again.ema(x), state.ema(x))


def test_something_must_be_left() -> None:
    with pytest.raises(ValueError, match="leave a branch"):
        ablate(KASportsFormer(TINY), PARTS)
