"""AdamW and Muon: what they move, and that a run goes on with the one it had."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from kasportsformer.model import KASportsFormerConfig
from kasportsformer.training.cuda_graph import CapturedStep
from kasportsformer.training.data_parallel import Workers
from kasportsformer.training.dataset import DataConfig, Sampler
from kasportsformer.training.loader import one_batch
from kasportsformer.training.losses import LossConfig
from kasportsformer.training.muon import Muon, orthogonal
from kasportsformer.training.pack import Corpus
from kasportsformer.training.state import TrainConfig, TrainState
from kasportsformer.training.step import train_step

SMALL = KASportsFormerConfig(n_layers=1, dim_feat=64, dim_rep=16, num_heads=2)  # wide enough for Muon


@pytest.fixture
def sampler(corpus: Corpus) -> Sampler:
    return Sampler(corpus.split(held_out=False), DataConfig())


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_a_run_keeps_its_optimiser_over_a_restart(kind: str, sampler: Sampler, tmp_path: Path) -> None:
    config = TrainConfig(model=asdict(SMALL), lr=2e-3, warmup=1, optimizer=kind)
    whole = TrainState.new(config, "cpu")
    drawn = [one_batch(sampler, 0, 4, n) for n in range(4)]
    for batch in drawn[:2]:
        train_step(whole, batch, Workers(whole.model, 1), LossConfig())
    whole.save(tmp_path / "last.pt")
    again = TrainState.load(tmp_path / "last.pt", None, "cpu")
    assert again.config == config
    for state in (whole, again):
        for batch in drawn[2:]:
            train_step(state, batch, Workers(state.model, 1), LossConfig())
    for a, b in zip(whole.model.state_dict().values(), again.model.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_network_too_narrow_for_muon_is_moved_by_adamw(sampler: Sampler) -> None:
    narrow = asdict(replace(SMALL, dim_feat=16))
    moved = []
    for kind in ("adamw", "muon"):
        state = TrainState.new(TrainConfig(model=narrow, warmup=1, optimizer=kind), "cpu")
        train_step(state, one_batch(sampler, 0, 2, 0), Workers(state.model, 1), LossConfig())
        moved.append(state.model.state_dict())
    assert all(torch.equal(a, b) for a, b in zip(*(m.values() for m in moved), strict=True))


def test_muon_moves_the_layers_matrices_in_every_direction_alike(sampler: Sampler) -> None:
    """By the stable rank of the first step (squared norms, Frobenius over spectral; 64 at most here). All other weights
    move too."""
    ranks = {}
    for kind in ("adamw", "muon"):
        state = TrainState.new(TrainConfig(model=asdict(SMALL), lr=2e-3, warmup=1, optimizer=kind), "cpu")
        before = {name: p.detach().clone() for name, p in state.model.named_parameters()}
        train_step(state, one_batch(sampler, 0, 4, 0), Workers(state.model, 1), LossConfig())
        moved = {name: p.detach() - before[name] for name, p in state.model.named_parameters() if p.grad is not None}
        assert all(m.any() for m in moved.values())
        singular = torch.linalg.svdvals(moved["layers_with_bone.0.att_spatial.mlp.fc1.weight"])
        ranks[kind] = float(singular.square().sum() / singular.max().square())
    assert ranks["muon"] > 2 * ranks["adamw"]
    with pytest.raises(ValueError, match="adamw or muon"):
        TrainState.new(TrainConfig(model=asdict(SMALL), optimizer="sgd"), "cpu")


def test_a_rate_in_a_tensor_moves_as_a_number_does() -> None:
    """A captured step keeps its rate in a tensor, which is filled before every replay."""
    torch.manual_seed(0)
    start = torch.randn(64, 96)
    number, tensor = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    rate = torch.tensor(0.0)
    plain, captured = Muon([number], lr=0.0, weight_decay=0.1), Muon([tensor], lr=0.0, weight_decay=0.1)
    captured.param_groups[0]["lr"] = rate
    for value in (0.02, 0.01):
        plain.param_groups[0]["lr"] = value
        rate.fill_(value)
        number.grad = torch.randn_like(start)
        tensor.grad = number.grad.clone()
        plain.step()
        captured.step()
    torch.testing.assert_close(number, tensor)
    assert not torch.equal(number, start)


@pytest.mark.gpu
@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_a_captured_step_moves_as_the_plain_one(sampler: Sampler, kind: str) -> None:
    """Both after the same batches; the capture's warm-up repeats the first one three times."""
    config = TrainConfig(model=asdict(SMALL), lr=2e-3, warmup=1, optimizer=kind, bf16=False, batch=8)
    plain, captured = TrainState.new(config, "cuda"), TrainState.new(config, "cuda")
    made = [one_batch(sampler, 0, 8, step) for step in range(4)]
    step = CapturedStep(captured, made[0], LossConfig(), warm_up=3)
    workers = Workers(plain.model, 1)
    for batch in [made[0]] * 3:
        train_step(plain, batch, workers, LossConfig())
    for batch in made:
        value = float(step(batch)[0])
        assert value == pytest.approx(float(train_step(plain, batch, workers, LossConfig())[0]), rel=0.02)
    assert captured.step == plain.step == 7


def test_muon_is_torchs_own_but_for_the_rounding_of_bf16() -> None:
    torch.manual_seed(0)
    shapes = [(64, 64), (64, 256), (256, 64), (64, 64), (192, 64)]
    start = [torch.randn(shape) for shape in shapes]
    mine, theirs = ([torch.nn.Parameter(p.clone()) for p in start] for _ in range(2))
    ours = Muon(mine, lr=0.02, weight_decay=0.1)
    reference = torch.optim.Muon(theirs, lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for _ in range(3):
        for a, b in zip(mine, theirs, strict=True):
            a.grad = torch.randn_like(a)
            b.grad = a.grad.clone()
        ours.step()
        reference.step()
    for a, b, before in zip(mine, theirs, start, strict=True):
        assert torch.linalg.norm(a - b) < 0.02 * torch.linalg.norm(b - before)


@pytest.mark.parametrize("shape", [(3, 64, 256), (2, 256, 64)])
def test_orthogonal_matrices_keep_the_directions_and_lose_the_lengths(shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    matrices = torch.randn(shape) * torch.tensor([1e-3, 1.0, 1e3])[: shape[0], None, None]
    out = orthogonal(matrices)
    assert out.shape == matrices.shape
    singular = torch.linalg.svdvals(out)
    assert float(singular.min()) > 0.6
    assert float(singular.max()) < 1.3
    u, _, vt = torch.linalg.svd(matrices, full_matrices=False)
    exact = u @ vt
    cosine = (out * exact).sum((-2, -1)) / out.norm(dim=(-2, -1)) / exact.norm(dim=(-2, -1))
    assert float(cosine.min()) > 0.97
    assert not orthogonal(torch.zeros(1, 64, 64)).any()
