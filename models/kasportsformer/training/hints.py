"""A trained network teaches another of its width, layer by layer (hints: Romero et al., FitNets, ICLR 2015).

What each layer hands on is compared after normalising every token, so that the two networks' scales need not agree.
A window then says 17 x T x C numbers about every layer, not three numbers a joint about the last one: a small network
learns from a few thousand windows what takes hundreds of thousands from nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lifting.blocks import from_joints
from lifting.load import load_lifter

from ..skeleton import N_JOINTS
from .networks import Lifter, as_lifter, layers


class Tap:
    """Collects what the layers of a network hand on, (B, T, J, C) each, in `seen`; `take` empties it."""

    def __init__(self, network: Lifter) -> None:
        self.seen: list[Tensor] = []
        parts = dict(network.named_children())
        if "blocks_st" in parts:  # MotionBERT: two orders, mixed outside the blocks
            for module in [*list(parts["blocks_st"].children())[1:], parts["norm"]]:
                module.register_forward_pre_hook(self._before)
        elif "pose_estimator" in parts:  # D3DP: one norm for all layers, called after each
            parts["pose_estimator"].get_submodule("Temporal_norm").register_forward_hook(self._by_joint)
        else:
            for module in layers(network):
                module.register_forward_hook(self._after)

    def take(self) -> list[Tensor]:
        seen, self.seen = self.seen, []
        return seen

    def _before(self, _: nn.Module, given: Any) -> None:
        self.seen.append(given[0])

    def _after(self, _: nn.Module, __: Any, made: Tensor) -> None:
        self.seen.append(made)

    def _by_joint(self, _: nn.Module, __: Any, made: Tensor) -> None:
        self.seen.append(from_joints(made, N_JOINTS))


class Teacher:
    """A network whose layers another one learns to imitate. ValueError if widths or layers differ."""

    def __init__(self, path: Path, student: Lifter) -> None:
        network = as_lifter(load_lifter(path)).requires_grad_(False)
        if any(getattr(network.config, n) != getattr(student.config, n) for n in ("dim_feat", "n_layers")):
            raise ValueError(f"{path.name}: a teacher must have the width and the layers of the network it teaches")
        self._network, self._mine, self._theirs = network, Tap(network), Tap(student)

    def loss(self, x: Tensor) -> Tensor:
        """After the student's pass over x (B, T, 17, 3): the mean squared difference of normalised layers, 2 for layers
        that have nothing in common."""
        with torch.no_grad():
            self._network(x)
        pairs = zip(self._mine.take(), self._theirs.take(), strict=True)
        return torch.stack([F.mse_loss(_normalised(b), _normalised(a)) for a, b in pairs]).mean()


def _normalised(tokens: Tensor) -> Tensor:
    return F.layer_norm(tokens, tokens.shape[-1:])
