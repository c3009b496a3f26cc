"""What moves the weights: AdamW, or Muon for the matrices inside the layers and AdamW for the rest."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from .muon import Muon
from .networks import inner_matrices

# rows and columns of a matrix that Muon takes: smaller ones weigh a bone or read the input's three channels
SMALLEST = 64


class Optimizers:
    """Several optimisers that step as one."""

    def __init__(self, *parts: torch.optim.Optimizer) -> None:
        self.parts = parts

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """All groups; what is set in one, a rate say, holds for the next step."""
        return [group for part in self.parts for group in part.param_groups]

    def step(self) -> None:
        for part in self.parts:
            part.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        for part in self.parts:
            part.zero_grad(set_to_none=set_to_none)

    def state_dict(self) -> list[dict[str, Any]]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, saved: list[dict[str, Any]]) -> None:
        for part, state in zip(self.parts, saved, strict=True):
            part.load_state_dict(state)


def adamw(parameters: list[nn.Parameter], lr: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW that lets matrices decay and nothing else."""
    groups = [
        {"params": [p for p in parameters if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=lr, betas=(0.9, 0.99), fused=True)


def optimizer(kind: str, model: nn.Module, lr: float, weight_decay: float) -> Optimizers:
    """`adamw`; or `muon`, at the same rate; else ValueError."""
    parameters = list(model.parameters())
    if kind == "adamw":
        return Optimizers(adamw(parameters, lr, weight_decay))
    if kind != "muon":
        raise ValueError(f"the optimiser is adamw or muon, not {kind}")
    inner = inner_matrices(model, SMALLEST)
    if not inner:  # a narrow network: the rest is all of it
        return Optimizers(adamw(parameters, lr, weight_decay))
    taken = {id(p) for p in inner}
    return Optimizers(
        Muon(inner, lr, weight_decay), adamw([p for p in parameters if id(p) not in taken], lr, weight_decay)
    )
