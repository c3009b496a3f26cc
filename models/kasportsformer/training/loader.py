"""Batches for the loop, made while the network computes: by a thread on a CPU, by processes for a fast device.

Batch number n depends on the run's seed and n alone, however it is made.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ..upright import half_turn, upside_down
from .dataset import Draw

Batch = tuple[Tensor, Tensor, Tensor]


def one_batch(sampler: Draw, seed: int, size: int, step: int) -> Batch:
    """Batch number `step`: input, truth and metres per unit; rotated by 180 degrees where a person is upside down, as
    at inference."""
    pairs = sampler(np.random.default_rng([seed, step]), size)
    turned = upside_down(pairs.input)
    source, truth = half_turn(pairs.input, turned), half_turn(pairs.truth, turned)
    return torch.from_numpy(source), torch.from_numpy(truth), torch.from_numpy(pairs.metres)


def batches(sampler: Draw, seed: int, size: int, first: int, *, processes: int = 0, ahead: int = 3) -> Iterator[Batch]:
    """Batches first, first + 1, ... for ever; in page-locked memory from `processes`, for a GPU. A sampler's error is
    raised here."""
    if processes:
        return _from_processes(sampler, seed, size, first, processes, ahead)
    return _from_a_thread(sampler, seed, size, first, ahead)


class _Numbered(Dataset[Batch]):
    """Batches by number."""

    def __init__(self, sampler: Draw, seed: int, size: int) -> None:
        self.sampler, self.seed, self.size = sampler, seed, size

    def __getitem__(self, step: int) -> Batch:
        return one_batch(self.sampler, self.seed, self.size, step)


def _from_processes(sampler: Draw, seed: int, size: int, first: int, processes: int, ahead: int) -> Iterator[Batch]:
    loader = DataLoader(
        _Numbered(sampler, seed, size), batch_size=None, sampler=range(first, 2**62), num_workers=processes,
        prefetch_factor=ahead, pin_memory=torch.cuda.is_available(),
    )  # fmt: skip
    yield from loader


def _from_a_thread(sampler: Draw, seed: int, size: int, first: int, ahead: int) -> Iterator[Batch]:
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
