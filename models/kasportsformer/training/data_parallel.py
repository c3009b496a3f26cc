"""Data-parallel threads on a CPU: each takes its share of the batch through the network alone, and gradients meet once
a step.

Torch's own threads meet after every operation, thousands of times a step: on 2 cores that costs a sixth of the time,
and much more when another program takes one of the cores for a moment.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from .networks import Lifter

Part = tuple[Tensor, ...]
LossOf = Callable[[Lifter, Part], tuple[Tensor, Tensor]]


class Workers:
    """`count` copies of a network that share its weights and have gradients and batch statistics of their own."""

    def __init__(self, model: Lifter, count: int) -> None:
        self.replicas = [model, *(_sharing(model) for _ in range(count - 1))]
        self._pool = ThreadPoolExecutor(count) if count > 1 else None

    def backward(self, batch: Part, loss_of: LossOf) -> Tensor:
        """Fills the first network's gradients with those of the mean loss over the batch. Returns the means of
        `loss_of`'s values (2,)."""
        count = len(self.replicas)
        parts = list(zip(*(t.tensor_split(count) for t in batch), strict=True))
        shares = [len(part[0]) / len(batch[0]) for part in parts]

        def work(i: int) -> Tensor:
            self.replicas[i].zero_grad(set_to_none=True)
            loss, other = loss_of(self.replicas[i], parts[i])
            (loss * shares[i]).backward()  # type: ignore[no-untyped-call]
            return torch.stack([loss.detach(), other.detach()]) * shares[i]

        if self._pool is None:
            return work(0)
        values = torch.stack(list(self._pool.map(work, range(count)))).sum(0)
        self._gather()
        return values

    @torch.no_grad()
    def _gather(self) -> None:
        for mine, *theirs in zip(*(r.parameters() for r in self.replicas), strict=True):
            for parameter in theirs:
                if parameter.grad is not None and mine.grad is not None:
                    mine.grad += parameter.grad
        for mean, *parts in zip(*(r.buffers() for r in self.replicas), strict=True):
            if mean.is_floating_point():
                mean.copy_(torch.stack([mean, *parts]).mean(0))
            for part in parts:
                part.copy_(mean)


def _sharing(model: Lifter) -> Lifter:
    replica = copy.deepcopy(model)
    for mine, theirs in zip(replica.parameters(), model.parameters(), strict=True):
        mine.data = theirs.data
    return replica
