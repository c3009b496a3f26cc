"""Muon (Jordan 2024): momentum whose matrices are made orthogonal, so that a step moves every direction alike.

torch.optim.Muon computes one matrix at a time and in bf16: 0.9 s a step for the 130 matrices of 5 layers x 64 on one
core that does not multiply in bf16, a third of a training step with 16 windows. In float32, all matrices of a shape at
once, it takes 0.07 s (2026-11-27).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

_ROUNDS = 5
_A, _B, _C = 3.4445, -4.7750, 2.0315  # Jordan's quintic: steep at 0, and within 0.7 to 1.2 for all that it has raised


def orthogonal(matrices: Tensor) -> Tensor:
    """(N, rows, columns) to the same with singular values near 1: U V' of U S V', by Newton and Schulz's iteration."""
    if matrices.shape[-2] > matrices.shape[-1]:
        flat: Tensor = orthogonal(matrices.mT).mT
        return flat
    x: Tensor = matrices / matrices.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C), x, beta=_A)
    return x


class Muon(torch.optim.Optimizer):
    """For matrices. Steps are as large as AdamW's (arXiv 2502.16982: 0.2 by the root of the longer side), so that one
    rate serves both."""

    def __init__(
        self, params: list[torch.nn.Parameter], lr: float, weight_decay: float, momentum: float = 0.95
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for parameters in alike.values():
                self._move(parameters, group)

    def _move(self, parameters: list[Tensor], group: dict[str, Any]) -> None:
        """Parameters of one shape, with Nesterov's momentum."""
        gradients: list[Tensor] = [p.grad for p in parameters if p.grad is not None]
        for parameter in parameters:
            if "mean" not in self.state[parameter]:
                self.state[parameter]["mean"] = torch.zeros_like(parameter)
        means: list[Tensor] = [self.state[p]["mean"] for p in parameters]
        torch._foreach_lerp_(means, gradients, 1 - group["momentum"])
        updates = orthogonal(torch.stack(torch._foreach_lerp(gradients, means, group["momentum"])))
        # the rate may be a tensor: a captured step reads it anew at every replay
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_sub_(
            parameters, list((updates * (0.2 * group["lr"] * max(parameters[0].shape) ** 0.5)).unbind())
        )
