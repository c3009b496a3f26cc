"""The loop on a tiny network: the loss falls, a killed run goes on to the same numbers, the commands work together."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from kasportsformer.checkpoint import load_model
from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from kasportsformer.training.__main__ import main
from kasportsformer.training.augment import AugmentConfig
from kasportsformer.training.data_parallel import Workers
from kasportsformer.training.dataset import DataConfig, Mixture, Sampler
from kasportsformer.training.loader import batches, one_batch
from kasportsformer.training.losses import LossConfig, pose_loss
from kasportsformer.training.pack import Corpus, subject
from kasportsformer.training.plot_curves import plot
from kasportsformer.training.state import TrainConfig, TrainState, deepen
from kasportsformer.training.step import train_step
from kasportsformer.training.train import train
from kasportsformer.training.validation import LIMBS, HeldOut, limb_ratio, make, predict, scores

TINY = KASportsFormerConfig(n_layers=1, dim_feat=16, dim_rep=16, num_heads=2)
CONFIG = TrainConfig(model=asdict(TINY), batch=4, lr=2e-3, warmup=1)


@pytest.fixture
def sampler(corpus: Corpus) -> Sampler:
    return Sampler(corpus.split(held_out=False), DataConfig())


def weights(state: TrainState) -> list[torch.Tensor]:
    return [t.clone() for module in (state.model, state.ema) for t in module.state_dict().values()]


def test_shallow_networks_start_with_the_configured_layer_scale() -> None:
    model = TrainState.new(replace(CONFIG, layer_scale=0.25), "cpu").model
    assert torch.equal(model.layers_with_bone[0].att_spatial.layer_scale_1, torch.full((16,), 0.25))


def test_bf16_products_give_nearly_the_same_step(sampler: Sampler) -> None:
    batch = one_batch(sampler, 0, 8, 0)
    losses = []
    for bf16 in (False, True):  # the same where the hardware has no bf16
        state = TrainState.new(replace(CONFIG, bf16=bf16), "cpu")
        losses.append(float(train_step(state, batch, Workers(state.model, 1), LossConfig())[0]))
    assert losses[1] == pytest.approx(losses[0], rel=0.02)


def test_steps_lower_the_loss(sampler: Sampler) -> None:
    state = TrainState.new(CONFIG, "cpu")
    batch = one_batch(sampler, 0, 4, 0)
    workers = Workers(state.model, 1)
    losses = [float(train_step(state, batch, workers, LossConfig())[0]) for _ in range(6)]
    assert losses[-1] < 0.9 * losses[0]


def test_the_loss_of_the_truth_is_nothing_and_scale_counts_less() -> None:
    truth, metres = torch.randn(2, 5, 17, 3), torch.rand(2, 5) + 0.5
    assert float(pose_loss(truth, truth, metres, LossConfig())) < 1e-4
    off = float(pose_loss(1.1 * truth, truth, metres, LossConfig(velocity=0)))
    position = ((0.1 * truth * metres[..., None, None]).norm(dim=-1)).mean()
    assert off == pytest.approx(float(position), rel=1e-3)  # of which the scale-free half is nothing


def test_a_resumed_run_gives_the_numbers_of_one_that_was_never_killed(sampler: Sampler, tmp_path: Path) -> None:
    whole = TrainState.new(CONFIG, "cpu")
    train(whole, sampler, tmp_path, steps=4, held_out=None, log_every=1)
    first = TrainState.new(CONFIG, "cpu")
    (tmp_path / "cut").mkdir()
    train(first, sampler, tmp_path / "cut", steps=2, held_out=None)
    second = TrainState.load(tmp_path / "cut" / "last.pt", CONFIG, "cpu")
    assert second.step == 2
    train(second, sampler, tmp_path / "cut", steps=4, held_out=None)
    for a, b in zip(weights(whole), weights(second), strict=True):
        assert torch.equal(a, b)
    assert (tmp_path / "log.csv").read_text().count("\n") == 5


def test_workers_give_the_gradient_of_the_whole_batch(sampler: Sampler) -> None:
    """In eval mode, where no batch statistics differ between halves."""
    x, y, m = one_batch(sampler, 0, 5, 0)
    grads = []
    for count in (1, 2):
        torch.manual_seed(0)
        model = KASportsFormer(TINY).eval()
        workers = Workers(model, count)

        def loss_of(net: KASportsFormer, part: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, torch.Tensor]:
            loss = pose_loss(net(part[0]), part[1], part[2], LossConfig())
            return loss, loss.detach()

        workers.backward((x, y, m), loss_of)
        grads.append([p.grad for p in model.parameters() if p.grad is not None])
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)


def test_two_workers_train_one_network(sampler: Sampler) -> None:
    state = TrainState.new(CONFIG, "cpu")
    workers = Workers(state.model, 2)
    batch = one_batch(sampler, 0, 4, 0)
    losses = [float(train_step(state, batch, workers, LossConfig())[0]) for _ in range(6)]
    assert losses[-1] < 0.9 * losses[0]
    for mine, theirs in zip(state.model.state_dict().values(), workers.replicas[1].state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)


def test_the_rate_warms_up_stays_and_falls() -> None:
    config = replace(CONFIG, lr=1.0, warmup=10, decay_from=100, decay_steps=100)
    assert config.rate(0) == pytest.approx(0.1) and config.rate(50) == 1
    assert config.rate(150) == pytest.approx(0.5) and config.rate(200) < 1e-9 and config.rate(500) < 1e-9


def test_a_time_budget_ends_a_run_with_a_rate_of_nothing(sampler: Sampler, tmp_path: Path) -> None:
    config = replace(CONFIG, budget_s=100.0, budget_decay=0.5)
    assert (
        config.rate(50, config.spent(40.0, 90.0)) == config.lr
        and config.rate(50, config.spent(75.0, 0.0)) == pytest.approx(0.5 * config.lr)
        and config.rate(50, config.spent(100.0, 0.0)) < 1e-9
    )
    state = TrainState.new(config, "cpu")
    state.spent_s = 99.9999  # a run that was killed late: one step is left
    train(state, sampler, tmp_path, steps=50, held_out=None)
    assert state.step == 1
    assert TrainState.load(tmp_path / "last.pt", config, "cpu").spent_s >= 100.0


def test_a_budget_of_processor_time_does_not_count_what_others_use(sampler: Sampler, tmp_path: Path) -> None:
    config = replace(CONFIG, budget_cpu_s=100.0)
    assert config.spent(1e6, 50.0) == 0.5 and replace(config, budget_s=80.0).spent(60.0, 50.0) == 0.75
    state = TrainState.new(config, "cpu")
    state.spent_cpu_s = 99.9999
    train(state, sampler, tmp_path, steps=50, held_out=None)
    again = TrainState.load(tmp_path / "last.pt", config, "cpu")
    assert state.step == again.step == 1 and again.spent_cpu_s >= 100.0 and again.rate() < 1e-9


def test_a_process_stops_in_time_and_goes_on(sampler: Sampler, tmp_path: Path) -> None:
    state = TrainState.new(CONFIG, "cpu")
    train(state, sampler, tmp_path, steps=10**6, held_out=None, stop_after_s=0.01)
    again = TrainState.load(tmp_path / "last.pt", CONFIG, "cpu")
    assert 1 <= again.step == state.step < 100
    train(again, sampler, tmp_path, steps=again.step + 2, held_out=None, save_every=10**6, save_every_s=0.0)
    assert TrainState.load(tmp_path / "last.pt", CONFIG, "cpu").step == again.step


def test_batches_do_not_depend_on_who_makes_them(sampler: Sampler) -> None:
    by_thread, by_processes = batches(sampler, 3, 4, 7), batches(sampler, 3, 4, 7, processes=2)
    for step in range(7, 11):
        expected = one_batch(sampler, 3, 4, step)
        for made in (next(by_thread), next(by_processes)):
            for a, b in zip(expected, made, strict=True):
                assert torch.equal(a, b)


def test_a_grown_network_begins_as_it_was_and_learns_in_its_new_layers(sampler: Sampler) -> None:
    torch.manual_seed(0)
    config = replace(TINY, n_layers=2)
    small = TrainState.new(replace(CONFIG, model=asdict(config)), "cpu").model.eval()
    large = deepen(small, 5).eval()
    x = torch.from_numpy(sampler(np.random.default_rng(0), 3).input)
    with torch.inference_mode():
        moved = (large(x) - small(x)).abs().max()
    assert large.config.n_layers == 5 and 0 < moved < 0.02
    for layer, origin in ((0, 0), (3, 1)):  # the originals are untouched
        scales = [m.layers_with_bone[i].att_spatial.layer_scale_1 for m, i in ((large, layer), (small, origin))]
        assert torch.equal(*scales)
    state = TrainState.new(replace(CONFIG, model=asdict(large.config)), "cpu", large)
    before = state.model.layers_with_bone[1].att_spatial.mlp.fc1.weight.clone()
    train_step(state, one_batch(sampler, 0, 4, 0), Workers(state.model, 1), LossConfig())
    assert not torch.equal(before, state.model.layers_with_bone[1].att_spatial.mlp.fc1.weight)
    with pytest.raises(ValueError, match="not more"):
        deepen(small, 2)


def test_held_out_subjects_stay_out(corpus: Corpus) -> None:
    assert corpus.split(held_out=False).names == ("cmu/01_01",)
    assert corpus.split(held_out=True).names == ("cmu/09_02",)
    assert [subject(n) for n in ("a/06_12", "salsa/06", "127/127_03", "85/85_01")] == ["06", "salsa", "127", "85"]


def test_no_motion_of_a_demo_clip_is_trained_on(corpus: Corpus) -> None:
    makers = Path(__file__).parents[3] / "demo_videos" / "make" / "clips.py"
    members = re.findall(r'Athlete\(\w+, "([^"]+)"', makers.read_text())
    motions = ["/".join(Path(m).with_suffix("").parts[-2:]) for m in members]
    assert len(motions) >= 9
    count = len(motions)
    rows = Corpus(
        *(np.zeros((count, *a.shape[1:]), np.float32) for a in (corpus.vectors, corpus.middle, corpus.weight)),
        np.arange(count + 1),
        tuple(motions),
    )
    with pytest.raises(ValueError, match="concatenate"):
        rows.split(held_out=False)  # nothing is left


def test_examination_is_repeatable_and_the_truth_scores_nothing(corpus: Corpus, tmp_path: Path) -> None:
    held = make(corpus, DataConfig(), 6)
    held.save(tmp_path / "heldout.npz")
    again = HeldOut.load(tmp_path / "heldout.npz")
    np.testing.assert_array_equal(held.noisy, again.noisy)
    clean, noise = held.pairs(noise=False), held.pairs(noise=True)
    assert (clean.input[..., 2] == 1).all() and (noise.input[..., 2] < 1).any()
    exact = scores(clean.truth, clean, held.subjects)
    assert exact["all"]["MPJPE"] == 0 and set(exact) == {"09", "06+09+11", "all"}
    # both show the same motion before the same camera
    np.testing.assert_allclose(
        clean.truth * clean.metres[..., None, None], noise.truth * noise.metres[..., None, None], atol=1e-4
    )
    model = KASportsFormer(TINY).eval()
    a, b = (predict(model, clean.input, flip=True, batch=n, threads=t) for n, t in ((2, 2), (6, 1)))
    np.testing.assert_allclose(a, b, atol=1e-5)


def test_the_limbs_ratio_is_that_of_eight_bones() -> None:
    truth = np.random.default_rng(0).normal(size=(3, 4, 17, 3))
    assert len(LIMBS) == 8
    assert limb_ratio(0.9 * truth, truth) == pytest.approx(0.9)
    other = truth.copy()
    other[..., [7, 8, 9, 10], :] = 0  # the trunk is none of them
    assert limb_ratio(other, truth) == pytest.approx(1.0)


def test_mixtures(sampler: Sampler) -> None:
    pairs = Mixture(sampler, sampler, 0.25)(np.random.default_rng(0), 8)
    assert len(pairs) == 8 and pairs.metres.shape == (8, 27)


def test_commands_from_corpus_to_weights(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # its settings are the whole process's, and other tests share this one
    monkeypatch.setattr("kasportsformer.training.commands.prepare", lambda threads, device: 1)
    corpus.save(tmp_path / "corpus.npz")
    make(corpus, DataConfig(), 2).save(tmp_path / "heldout.npz")
    run = tmp_path / "run"
    small = ["--layers", "1", "--dim", "16", "--dim-rep", "16", "--num-heads", "2", "--batch", "2"]
    base = ["train", "--corpus", str(tmp_path / "corpus.npz"), "--run", str(run), "--device", "cpu", "--threads", "1"]
    held = ["--heldout", str(tmp_path / "heldout.npz")]
    main([*base, *held, *small, "--steps", "2", "--evaluate-every", "1"])
    with pytest.raises(SystemExit, match="--resume"):
        main([*base, "--steps", "3"])
    main([*base, "--steps", "3", "--resume", "--lr", "0.0001", "--augment", "tumble=0.5"])
    resumed = TrainConfig.load(run / "config.json")
    assert resumed.lr == 0.0001 and resumed.augment["tumble"] == 0.5 and resumed.augment["lean"] == AugmentConfig().lean
    main(["export", "--run", str(run), "--out", str(tmp_path / "a.safetensors"), "--meta", "licence=Apache-2.0"])
    assert load_model(tmp_path / "a.safetensors").config == TINY
    for weights_file in (tmp_path / "a.safetensors", run / "last.pt"):
        capsys.readouterr()
        main(["evaluate", "--weights", str(weights_file), *held, "--device", "cpu", "--threads", "1"])
        text = capsys.readouterr().out
        assert "06+09+11" in text and "clean" in text
    main(["export", "--run", str(run), "--out", str(tmp_path / "half.safetensors"), "--half"])
    halves = load_model(tmp_path / "half.safetensors").state_dict()
    for name, value in load_model(tmp_path / "a.safetensors").state_dict().items():
        torch.testing.assert_close(halves[name], value, atol=1e-7, rtol=1e-3)
    (run / "log.csv").write_text("step,windows,mpjpe_mm\n10,320,90\n20,640,80\n")
    plot(run, tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000
