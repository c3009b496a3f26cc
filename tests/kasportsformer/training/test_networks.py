"""`train --architecture`: every kind of network trains on the same windows, resumes, is exported and loads again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from some_slow import first

from d3dp.model import D3DP, Sampling
from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from kasportsformer.training.__main__ import main
from kasportsformer.training.data_parallel import Workers
from kasportsformer.training.dataset import DataConfig, Sampler
from kasportsformer.training.hints import Tap, Teacher
from kasportsformer.training.loader import one_batch
from kasportsformer.training.losses import LossConfig
from kasportsformer.training.networks import ARCHITECTURES, architecture, inner_matrices, layers, predict_for_loss
from kasportsformer.training.pack import Corpus
from kasportsformer.training.state import TrainConfig, TrainState
from kasportsformer.training.step import train_step
from kasportsformer.training.takeover import taken_over
from kasportsformer.training.train import train
from kasportsformer.training.validation import make
from lifting import load_lifter, save_safetensors

SMALL = {
    "kasportsformer": {"n_layers": 1, "dim_feat": 16, "dim_rep": 16, "num_heads": 2},
    "motionagformer": {"n_layers": 2, "dim_feat": 16, "dim_rep": 16, "num_heads": 2},
    "motionbert": {"n_layers": 2, "dim_feat": 16, "dim_rep": 16, "num_heads": 2},
    "d3dp": {"n_layers": 2, "dim_feat": 16, "num_heads": 2},
}
OTHERS = [name for name in ARCHITECTURES if name != "kasportsformer"]


def config(name: str, **changes: object) -> TrainConfig:
    model = asdict(ARCHITECTURES[name].config(**{**ARCHITECTURES[name].small, **SMALL[name]}))
    return TrainConfig(architecture=name, model=model, batch=4, lr=3e-3, warmup=1, **changes)  # type: ignore[arg-type]


@pytest.fixture
def sampler(corpus: Corpus) -> Sampler:
    return Sampler(corpus.split(held_out=False), DataConfig())


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_steps_lower_the_loss(name: str, sampler: Sampler) -> None:
    state = TrainState.new(config(name), "cpu")
    workers, batch, losses = Workers(state.model, 1), one_batch(sampler, 0, 4, 0), []
    for _ in range(8):
        torch.manual_seed(5)  # D3DP's time and noise are the same in every step
        losses.append(float(train_step(state, batch, workers, LossConfig())[0]))
    assert architecture(state.model) == name and losses[-1] < 0.9 * losses[0]


@pytest.mark.parametrize("name", first(1, ARCHITECTURES))
def test_a_resumed_run_gives_the_numbers_of_one_that_was_never_killed(
    name: str, sampler: Sampler, tmp_path: Path
) -> None:
    runs = []
    for stops in ((4,), (2, 4)):
        folder = tmp_path / str(len(stops))
        folder.mkdir()
        state = TrainState.new(config(name), "cpu")
        for steps in stops:
            train(state, sampler, folder, steps=steps, held_out=None)
            torch.rand(7)  # another process would not have this one's generator
            state = TrainState.load(folder / "last.pt", config(name), "cpu")
        runs.append(list(state.ema.state_dict().values()))
    for a, b in zip(*runs, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_commands_from_corpus_to_weights(
    name: str, corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kasportsformer.training.commands.prepare", lambda threads, device: 1)
    corpus.save(tmp_path / "corpus.npz")
    (tmp_path / "only.txt").write_text("cmu/01_01\n")
    make(corpus, DataConfig(), 2).save(tmp_path / "heldout.npz")
    run, weights = tmp_path / "run", tmp_path / "a.safetensors"
    options = {"n_layers": "--layers", "dim_feat": "--dim", "dim_rep": "--dim-rep", "num_heads": "--num-heads"}
    size = [text for field, value in SMALL[name].items() for text in (options[field], str(value))]
    base = ["train", "--corpus", str(tmp_path / "corpus.npz"), "--run", str(run), "--device", "cpu", "--threads", "1"]
    held = ["--heldout", str(tmp_path / "heldout.npz")]
    only = ["--only", str(tmp_path / "only.txt"), "--batch", "2"]
    main([*base, *held, *size, *only, "--architecture", name, "--steps", "2", "--evaluate-every", "1"])
    main([*base, "--steps", "3", "--resume"])  # the run knows what it trains
    main(["export", "--run", str(run), "--out", str(weights)])
    network = load_lifter(weights)
    assert (network.normalisation, network.min_frames <= 27 <= network.max_frames) == ("square-crop", True)
    assert architecture(network) == name  # type: ignore[arg-type]
    capsys.readouterr()
    found = []
    for file in (weights, run / "last.pt"):
        main(["evaluate", "--weights", str(file), *held, "--device", "cpu", "--threads", "1"])
        found.append(capsys.readouterr().out)
    assert "06+09+11" in found[0] and found[0] == found[1]


@pytest.mark.parametrize("name", first(1, OTHERS))
def test_layers_of_kasf_open_are_taken_over_and_taught(name: str, sampler: Sampler, tmp_path: Path) -> None:
    torch.manual_seed(1)
    source = KASportsFormer(KASportsFormerConfig(n_layers=2, dim_feat=64, dim_rep=16, num_heads=4, frame_order=True))
    for parameter_name, parameter in source.named_parameters():
        if ".layer_scale_" in parameter_name:
            torch.nn.init.constant_(parameter, 0.3)
    save_safetensors(source, tmp_path / "teacher.safetensors")
    network = taken_over(source.eval(), name, {})
    one_block = layers(network)[0]
    assert len(layers(network)) == (2 if name == "motionagformer" else 4) and one_block is not None
    assert len(inner_matrices(network, 64)) > 8
    if name == "d3dp":
        x = torch.randn(3, 17, 64)
        block = source.layers_with_bone[0].get_submodule("att_spatial")
        torch.testing.assert_close(one_block(x), block(x), atol=1e-4, rtol=1e-4)  # one that has no scales of its own
    start = TrainConfig(
        architecture=name, model=asdict(network.config), batch=4, lr=2e-3, warmup=1, optimizer="muon",
        budget_cpu_s=1e6, teacher=str(tmp_path / "teacher.safetensors"),
    )  # fmt: skip
    state = TrainState.new(start, "cpu", network)
    workers, batch = Workers(state.model, 1), one_batch(sampler, 0, 4, 0)
    assert state.teacher is None  # it need not be there to examine or export a run
    state.call_teacher()
    assert state.teacher is not None
    hints = []
    for _ in range(6):
        torch.manual_seed(5)
        with torch.no_grad():
            predict_for_loss(state.model, *batch)
            hints.append(float(state.teacher.loss(batch[0])))
        train_step(state, batch, workers, LossConfig())
    assert hints[-1] < 0.9 * hints[0] < 2


def test_a_teacher_must_fit_and_imitates_itself(tmp_path: Path) -> None:
    small = KASportsFormerConfig(n_layers=2, dim_feat=16, dim_rep=16, num_heads=2)
    network = KASportsFormer(small).eval()
    save_safetensors(network, tmp_path / "a.safetensors")
    teacher = Teacher(tmp_path / "a.safetensors", network)
    x = torch.randn(2, 27, 17, 3)
    network(x)
    assert float(teacher.loss(x).detach()) < 1e-10
    other = KASportsFormer(KASportsFormerConfig(n_layers=1, dim_feat=16, dim_rep=16, num_heads=2))
    with pytest.raises(ValueError, match="must have the width and the layers"):
        Teacher(tmp_path / "a.safetensors", other)
    with pytest.raises(ValueError, match="already"):
        taken_over(network, "kasportsformer", {})
    with pytest.raises(ValueError, match="same width"):
        taken_over(network, "d3dp", {"n_layers": 3})


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_taps_see_the_stream_after_every_layer(name: str) -> None:
    network = ARCHITECTURES[name].new({**ARCHITECTURES[name].small, **SMALL[name]}).eval()
    tap, x = Tap(network), torch.randn(2, 27, 17, 3)
    if isinstance(network, D3DP):
        network.sampling = Sampling(1, 1)
    with torch.no_grad():
        predict_for_loss(network, x, x, torch.ones(2, 27))
    seen = tap.take()
    assert [tuple(s.shape) for s in seen] == [(2, 27, 17, 16)] * SMALL[name]["n_layers"] and not tap.take()
    assert not torch.equal(seen[0][0], seen[0][1]) and not torch.equal(seen[0][:, 0], seen[0][:, 1])


def test_the_diffusion_loss_is_taken_in_metres_at_all_times() -> None:
    """Truth comes back in metres, and the network is shown the noise of the time it is told."""
    network = ARCHITECTURES["d3dp"].new({**ARCHITECTURES["d3dp"].small, **SMALL["d3dp"]})
    assert isinstance(network, D3DP)
    shown: list[tuple[torch.Tensor, torch.Tensor]] = []
    network.pose_estimator.register_forward_pre_hook(lambda _, given: shown.append(given[1:]))
    truth, metres = torch.randn(400, 27, 17, 3) * 0.2, torch.full((400, 27), 2.0)
    _, clean, unit = predict_for_loss(network, torch.randn(400, 27, 17, 3), truth, metres)
    torch.testing.assert_close(clean, 2 * truth)
    assert (unit == 1).all()
    noisy, times = shown[0]
    assert float(noisy.abs().max()) < 1.1001 and int(times.min()) < 50 and int(times.max()) > 950
    off = (noisy[:, 0] - clean.clamp(-1.1, 1.1)).abs().mean((1, 2, 3))
    order = np.argsort(times.numpy())
    assert float(off[order[:20]].mean()) < 0.1 < 0.4 < float(off[order[-20:]].mean())
