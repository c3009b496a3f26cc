"""Fine-tuning on windows of sessions mixed with captured motion, and the error of one view before and after."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from kasf_demo.adapt.windows import ViewSampler, Windows
from kasportsformer.metrics import joint_errors, procrustes_align
from kasportsformer.training.corpus import Corpus
from kasportsformer.training.data_parallel import Part, Workers
from kasportsformer.training.dataset import DataConfig, Sampler
from kasportsformer.training.losses import LossConfig, mpjpe_m, pose_loss
from kasportsformer.training.networks import Lifter
from kasportsformer.training.performance import mixed_precision, prepare
from kasportsformer.training.state import TrainConfig, TrainState
from kasportsformer.training.step import count as counted
from kasportsformer.training.step import descend
from kasportsformer.training.validation import limb_ratio, predict
from kasportsformer.upright import half_turn, upside_down

REPLAY = Path(__file__).with_name("replay.npz")
BATCH = 16
REPLAYED = 0.5  # of a batch is captured motion
REPLAY_ASIDE = 0.15  # of the pieces of captured motion, to examine forgetting
EXAMINED = 192  # windows of captured motion
TIMED = 3  # steps after which the time that all take is told
SEED = 20


@dataclass(frozen=True)
class Errors:
    """Of one view, mm: MPJPE relative to the root, and P-MPJPE."""

    mpjpe: float
    p_mpjpe: float


class Replay:
    """Captured motion that ships with the program: to learn from, and to examine forgetting."""

    def __init__(self, frames: int) -> None:
        corpus = Corpus.load(REPLAY)
        config = DataConfig(frames=frames)
        groups = np.array([name.split("@")[0] for name in corpus.names])
        order = np.random.default_rng(SEED).permutation(sorted(set(groups)))
        aside = set(order[: max(1, round(REPLAY_ASIDE * len(order)))].tolist())  # whole recordings
        kept = [i for i, g in enumerate(groups) if g not in aside]
        self.sampler = Sampler(corpus.select(kept), config)
        other = Sampler(corpus.select([i for i, g in enumerate(groups) if g in aside]), config)
        pairs = other(np.random.default_rng(SEED), EXAMINED)
        self.examination = _trusted(pairs.input, pairs.truth, pairs.metres)

    def __call__(self, rng: np.random.Generator, count: int) -> Windows:
        """`count` windows to learn from."""
        pairs = self.sampler(rng, count)
        return _trusted(pairs.input, pairs.truth, pairs.metres)


def _trusted(source: np.ndarray, truth: np.ndarray, metres: np.ndarray) -> Windows:
    return Windows(source, truth, metres, np.ones(source.shape[:3], np.float32))


def examined(network: Lifter, windows: Windows, threads: int) -> tuple[Errors, float]:
    """The network's errors in windows, trusted joints only, averaged with the mirror image as at inference; and the
    length of its limbs over that of the truth."""
    predicted = predict(network, windows.input, flip=True, threads=threads).astype(np.float64)
    mm = 1000.0 * windows.metres[..., None, None]
    p, t = predicted * mm, windows.truth.astype(np.float64) * mm
    weight = windows.trust / windows.trust.sum()
    aligned = procrustes_align(p, t)
    errors = Errors(float((joint_errors(p, t) * weight).sum()), float((joint_errors(aligned, t) * weight).sum()))
    return errors, limb_ratio(predicted, windows.truth)


def learn(
    network: Lifter,
    views: ViewSampler,
    replay: Replay,
    *,
    steps: int,
    rate: float,
    threads: int,
    say: Callable[[str], None],
) -> Lifter:
    """A network that begins as `network` and has learnt for `steps` steps: its running average, in eval mode. Raises
    FloatingPointError if the loss is no number."""
    config = TrainConfig(
        lr=rate, batch=BATCH, warmup=max(1, steps // 10), decay_from=max(1, steps // 3), budget_decay=0.0,
        decay_steps=max(1, steps - steps // 3), ema=0.98, seed=SEED,
    )  # fmt: skip
    state = TrainState.new(config, "cpu", network)
    workers, loss_config = Workers(state.model, threads), LossConfig()

    def loss_of(model: Lifter, part: Part) -> tuple[torch.Tensor, torch.Tensor]:
        x, truth, metres, trust = part
        with mixed_precision("cpu"):
            predicted = model(x)
        predicted = predicted.float()
        return pose_loss(predicted, truth, metres, loss_config, trust), mpjpe_m(predicted.detach(), truth, metres)

    began = time.monotonic()
    for step in range(steps):
        values = workers.backward(_batch(views, replay, step), loss_of)
        if not torch.isfinite(values).all():
            raise FloatingPointError(f"the loss is {float(values[0])} at step {step}")
        for group in state.optimizer.param_groups:
            group["lr"] = state.rate()
        descend(state)
        counted(state, BATCH)
        if step + 1 == TIMED and steps > TIMED:
            left_s = (time.monotonic() - began) / TIMED * (steps - TIMED)
            say(f"{steps} steps of {BATCH} windows: about {in_words(left_s)} on this machine")
    return state.ema


def _batch(views: ViewSampler, replay: Replay, step: int) -> Part:
    rng = np.random.default_rng([SEED, step])
    again = round(BATCH * REPLAYED)
    parts = [views(rng, BATCH - again), replay(rng, again)]
    source, truth, metres, trust = (
        np.concatenate([getattr(p, name) for p in parts]) for name in ("input", "truth", "metres", "trust")
    )
    turned = upside_down(source)
    arrays = half_turn(source, turned), half_turn(truth, turned), metres, trust
    return tuple(torch.from_numpy(np.ascontiguousarray(a, np.float32)) for a in arrays)


def ready(threads: int) -> int:
    """Prepares this process for learning; before the network is loaded. Returns how many threads take part."""
    return prepare(threads, "cpu")


def in_words(seconds: float) -> str:
    """A time as people say it."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
