"""The loop: draw, step, average, log, save, examine. A run can be killed at any moment and goes on with `--resume`.

Batch number n depends on the run's seed and n alone, so a resumed run sees what an uninterrupted one would have seen.
"""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from .cuda_graph import CapturedStep
from .data_parallel import Workers
from .dataset import Draw
from .loader import Batch, batches, one_batch
from .losses import LossConfig
from .performance import compile_layers
from .state import TrainState
from .step import train_step
from .validation import HeldOut, predict, scores

LOG_COLUMNS = ("step", "windows", "loss_mm", "mpjpe_mm", "lr", "grad_norm", "windows_per_s", "data_wait_s", "time")


def train(
    state: TrainState,
    sampler: Draw,
    folder: Path,
    *,
    steps: int,
    held_out: HeldOut | None,
    threads: int = 1,
    processes: int = 0,
    log_every: int = 10,
    save_every: int = 100,
    save_every_s: float = 60.0,
    stop_after_s: float | None = None,
    evaluate_every: int = 500,
) -> None:
    """Trains until `steps` steps are done in all, the time budget is spent, or stop_after_s have passed here.

    Writes last.pt, log.csv and eval.csv into `folder`; a checkpoint every save_every steps or save_every_s seconds,
    whichever comes first. `threads`: see data_parallel.py; `processes`: see loader.py. Raises FloatingPointError when
    the loss is no number; the last checkpoint is sound then.
    """
    if state.config.compile:
        compile_layers(state.model)
    state.call_teacher()
    step = _stepper(state, sampler, threads)
    source = batches(sampler, state.config.seed, state.config.batch, state.step, processes=processes)
    clock, sums = _Clock(state, stop_after_s), torch.zeros(3, device=state.device)
    while state.step < steps and not clock.over():
        with clock.waiting():
            batch = next(source)
        sums += step(batch)
        clock.stepped()
        saves = state.step % save_every == 0 or state.step == steps or clock.over() or clock.unsaved_s() >= save_every_s
        if state.step % log_every == 0 or saves:
            # reads the values: only here the program waits for the device
            _log(folder / "log.csv", state, sums / clock.steps, clock)
            sums.zero_()
            clock.restart()
        if saves:
            state.save(folder / "last.pt")
            clock.saved()
        if held_out is not None and state.step % evaluate_every == 0:
            evaluate(state, held_out, folder / "eval.csv", threads)
            clock.restart()


def _stepper(state: TrainState, sampler: Draw, threads: int) -> Callable[[Batch], Tensor]:
    """What does a step: `train_step`, or the same captured on the GPU."""
    loss_config = LossConfig(**state.config.loss)
    if state.config.graph and state.device.startswith("cuda"):
        # before the feed begins: no other thread may call CUDA while a step is captured
        return CapturedStep(state, one_batch(sampler, state.config.seed, state.config.batch, state.step), loss_config)
    workers = Workers(state.model, 1 if state.teacher else threads)  # a teacher watches one network
    return lambda batch: train_step(state, batch, workers, loss_config)


class _Clock:
    """Time per step and time spent waiting for data since the last line of the log; adds what was spent to the
    state."""

    def __init__(self, state: TrainState, stop_after_s: float | None = None) -> None:
        self._state = state
        self._stop_at = math.inf if stop_after_s is None else time.monotonic() + stop_after_s
        self._saved = time.monotonic()
        self.restart()

    def restart(self) -> None:
        self.steps, self.waited_s, self._began = 0, 0.0, time.monotonic()
        self._last, self._last_cpu = self._began, time.process_time()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        before = time.monotonic()
        yield
        self.waited_s += time.monotonic() - before

    def stepped(self) -> None:
        now, cpu = time.monotonic(), time.process_time()
        self.steps += 1
        self._state.spent_s += now - self._last
        self._state.spent_cpu_s += cpu - self._last_cpu
        self._last, self._last_cpu = now, cpu

    def saved(self) -> None:
        self._saved = time.monotonic()

    def unsaved_s(self) -> float:
        return time.monotonic() - self._saved

    def step_s(self) -> float:
        return (time.monotonic() - self._began) / self.steps

    def over(self) -> bool:
        return self._state.spent() >= 1 or time.monotonic() >= self._stop_at


def _log(path: Path, state: TrainState, mean: Tensor, clock: _Clock) -> None:
    loss, error, norm = mean.tolist()
    if not math.isfinite(loss):
        raise FloatingPointError(f"the loss is {loss} at step {state.step}: resume with a lower --lr")
    c = state.config
    row = (
        state.step,
        state.windows,
        f"{1000 * loss:.2f}",
        f"{1000 * error:.2f}",
        f"{state.rate(state.step - 1):.2e}",
        f"{norm:.3f}",
        f"{c.batch / clock.step_s():.2f}",
        f"{clock.waited_s:.2f}",
        time.strftime("%Y-%m-%dT%H:%M:%S"),
    )
    _append(path, LOG_COLUMNS, row)
    print("  ".join(f"{k} {v}" for k, v in zip(LOG_COLUMNS, row, strict=True)), flush=True)


def evaluate(state: TrainState, held_out: HeldOut, path: Path, threads: int) -> None:
    """Held-out errors of the running average, with noise, without the flip (half the time of the full examination)."""
    pairs = held_out.pairs(noise=True)
    predicted = predict(state.ema, pairs.input, flip=False, device=state.device, threads=threads)
    result = scores(predicted, pairs, held_out.subjects)
    columns = ("step", "windows", *(f"{group} {metric}" for group, values in result.items() for metric in values))
    numbers = [f"{v:.2f}" for values in result.values() for v in values.values()]
    _append(path, columns, (state.step, state.windows, *numbers))
    print(
        "held out: " + "  ".join(f"{group} {values['MPJPE']:.1f}" for group, values in result.items()) + " mm",
        flush=True,
    )


def _append(path: Path, columns: tuple[str, ...], row: tuple[object, ...]) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(columns)
        writer.writerow(row)
