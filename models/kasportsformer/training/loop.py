"""The loop: draw, step, average, log, save, examine. A run can be killed at any moment and goes on with `--resume`.

Batch number n depends on the run's seed and n alone, so a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

import csv
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..model import KASportsFormer
from .heldout import HeldOut, predict, scores
from .losses import LossConfig, mpjpe_m, pose_loss
from .pairs import Draw
from .parallel import Part, Workers
from .speed import mixed_precision
from .state import TrainState

Batch = tuple[Tensor, Tensor, Tensor]
LOG_COLUMNS = ("step", "windows", "loss_mm", "mpjpe_mm", "lr", "grad_norm", "windows_per_s", "data_wait_s", "time")


def batches(sampler: Draw, seed: int, size: int, first: int, ahead: int = 3) -> Iterator[Batch]:
    """Batches first, first + 1, ... for ever, made by a thread of their own while the network computes."""
    made: queue.Queue[Batch | BaseException] = queue.Queue(ahead)
    stop = threading.Event()

    def work() -> None:
        step = first
        while not stop.is_set():
            try:
                item: Batch | BaseException = one_batch(sampler, seed, size, step)
            except BaseException as error:
                item = error
            while not stop.is_set():
                try:
                    made.put(item, timeout=0.5)
                    break
                except queue.Full:
                    continue
            step += 1

    threading.Thread(target=work, daemon=True).start()
    try:
        while True:
            item = made.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()


def one_batch(sampler: Draw, seed: int, size: int, step: int) -> Batch:
    """Batch number `step`: input, truth and metres per unit."""
    pairs = sampler(np.random.default_rng([seed, step]), size)
    return torch.from_numpy(pairs.input), torch.from_numpy(pairs.truth), torch.from_numpy(pairs.metres)


def train_step(state: TrainState, batch: Batch, workers: Workers, loss_config: LossConfig) -> Tensor:
    """One step; returns the loss and MPJPE in metres and the gradient's norm before clipping, (3,)."""
    config = state.config

    def loss_of(model: KASportsFormer, part: Part) -> tuple[Tensor, Tensor]:
        x, truth, metres = (t.to(state.device, non_blocking=True) for t in part)
        with mixed_precision(state.device) if config.bf16 else nullcontext():
            predicted = model(x)
        predicted = predicted.float()
        return pose_loss(predicted, truth, metres, loss_config), mpjpe_m(predicted.detach(), truth, metres)

    for group in state.optimizer.param_groups:
        group["lr"] = config.rate(state.step)
    values = workers.backward(batch, loss_of)
    norm = torch.nn.utils.clip_grad_norm_(state.model.parameters(), config.clip)
    state.optimizer.step()
    state.step += 1
    state.windows += len(batch[0])
    state.average()
    return torch.cat([values, norm[None]]).cpu()


def train(
    state: TrainState,
    sampler: Draw,
    folder: Path,
    *,
    steps: int,
    held_out: HeldOut | None,
    threads: int = 1,
    log_every: int = 10,
    save_every: int = 100,
    evaluate_every: int = 500,
) -> None:
    """Trains until `steps` steps are done in all; writes last.pt, log.csv and eval.csv into `folder`. `threads`: see parallel.py."""
    workers = Workers(state.model, threads)
    loss_config = LossConfig(**state.config.loss)
    source = batches(sampler, state.config.seed, state.config.batch, state.step)
    sums, count, started, waited = torch.zeros(3), 0, time.monotonic(), 0.0
    while state.step < steps:
        before = time.monotonic()
        batch = next(source)
        waited += time.monotonic() - before
        values = train_step(state, batch, workers, loss_config)
        if not torch.isfinite(values[0]):
            raise FloatingPointError(f"the loss is {values[0].item()} at step {state.step}: resume with a lower --lr")
        sums, count = sums + values, count + 1
        if state.step % log_every == 0:
            _log(folder / "log.csv", state, sums / count, (time.monotonic() - started) / count, waited)
            sums, count, started, waited = torch.zeros(3), 0, time.monotonic(), 0.0
        if state.step % save_every == 0 or state.step == steps:
            state.save(folder / "last.pt")
        if held_out is not None and state.step % evaluate_every == 0:
            examine(state, held_out, folder / "eval.csv", threads)
            started = time.monotonic()


def _log(path: Path, state: TrainState, mean: Tensor, step_s: float, waited_s: float) -> None:
    loss, error, norm = (float(v) for v in mean)
    c = state.config
    row = (
        state.step, state.windows, f"{1000 * loss:.2f}", f"{1000 * error:.2f}", f"{c.rate(state.step - 1):.2e}",
        f"{norm:.3f}", f"{c.batch / step_s:.2f}", f"{waited_s:.2f}", time.strftime("%Y-%m-%dT%H:%M:%S"),
    )  # fmt: skip
    _append(path, LOG_COLUMNS, row)
    print("  ".join(f"{k} {v}" for k, v in zip(LOG_COLUMNS, row, strict=True)), flush=True)


def examine(state: TrainState, held_out: HeldOut, path: Path, threads: int) -> None:
    """Held-out errors of the running average, with noise, without the flip (half the time of the full examination)."""
    pairs = held_out.pairs(noise=True)
    predicted = predict(state.ema, pairs.input, flip=False, device=state.device, threads=threads)
    result = scores(predicted, pairs, held_out.subjects)
    columns = ("step", "windows", *(f"{group} {metric}" for group, values in result.items() for metric in values))
    numbers = [f"{v:.2f}" for values in result.values() for v in values.values()]
    _append(path, columns, (state.step, state.windows, *numbers))
    print("held out: " + "  ".join(f"{group} {values['MPJPE']:.1f}" for group, values in result.items()) + " mm", flush=True)


def _append(path: Path, columns: tuple[str, ...], row: tuple[object, ...]) -> None:
    new = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(columns)
        writer.writerow(row)
