"""The paper's losses, in metres: MPJPE + 0.5 N-MPJPE + the error of the joints' velocity.

In metres and not in the network's unit: the unit is half the crop, and an athlete who runs through a still image would
count for less.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class LossConfig:
    """Weights of the terms. Source: arXiv 2507.20763 and its ancestor MotionAGFormer (0.5 and 20).

    Velocity weighs less here: its gradient acts twice on every frame, and at 20 it outweighs the positions many times
    over, which a run of few windows cannot afford. (Not tuned.)
    """

    scale_free: float = 0.5
    velocity: float = 2.0


def distance(a: Tensor, b: Tensor, trust: Tensor | None = None) -> Tensor:
    """Mean over all joints of |a - b|, (..., 3), weighted by trust (...); its gradient stays finite where they
    meet."""
    off = ((a - b).square().sum(-1) + 1e-12).sqrt()
    return off.mean() if trust is None else (off * trust).sum() / trust.sum().clamp_min(1.0)


def pose_loss(
    predicted: Tensor, truth: Tensor, metres: Tensor, config: LossConfig, trust: Tensor | None = None
) -> Tensor:
    """The loss in metres. predicted, truth (B, T, 17, 3) in the network's unit, which is metres (B, T) long. trust
    (B, T, 17): 1 for joints whose truth is known, 0 for those that do not count; None: all are."""
    p, t = predicted * metres[..., None, None], truth * metres[..., None, None]
    position = distance(p, t, trust)
    known = 1.0 if trust is None else trust[..., None]
    scale = (known * p * t).sum((-2, -1), keepdim=True) / (known * p * p).sum((-2, -1), keepdim=True).clamp_min(1e-6)
    scale_free = distance(scale * p, t, trust)
    both = None if trust is None else trust[:, 1:] * trust[:, :-1]
    velocity = distance(p[:, 1:] - p[:, :-1], t[:, 1:] - t[:, :-1], both)
    return position + config.scale_free * scale_free + config.velocity * velocity


def mpjpe_m(predicted: Tensor, truth: Tensor, metres: Tensor) -> Tensor:
    """Root-relative MPJPE in metres, as inference takes it (the predicted root is subtracted)."""
    with torch.no_grad():
        relative = predicted - predicted[:, :, :1]
        return distance(relative * metres[..., None, None], truth * metres[..., None, None])
