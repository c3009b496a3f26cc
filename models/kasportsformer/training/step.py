"""One training step: what is computed, and how the network is moved by it."""

from __future__ import annotations

from contextlib import nullcontext

import torch
from torch import Tensor

from .data_parallel import Part, Workers
from .loader import Batch
from .losses import LossConfig, mpjpe_m, pose_loss
from .networks import Lifter, predict_for_loss
from .performance import mixed_precision
from .state import TrainState


def errors(state: TrainState, model: Lifter, part: Part, config: LossConfig) -> tuple[Tensor, Tensor]:
    """The loss, and MPJPE in metres without gradient, of a batch (input, truth, metres per unit) that lies where the
    network does."""
    x, truth, metres = part
    with mixed_precision(state.device) if state.config.bf16 else nullcontext():
        predicted, truth, metres = predict_for_loss(model, x, truth, metres)
    predicted = predicted.float()
    loss = pose_loss(predicted, truth, metres, config)
    if state.teacher is not None:
        loss = loss + state.config.hint * (1 - min(1.0, state.spent())) * state.teacher.loss(x)
    return loss, mpjpe_m(predicted.detach(), truth, metres)


def descend(state: TrainState) -> Tensor:
    """Moves the network along its gradients; returns their norm before clipping."""
    norm = torch.nn.utils.clip_grad_norm_(state.model.parameters(), state.config.clip)
    state.optimizer.step()
    return norm.detach()


def count(state: TrainState, windows: int) -> None:
    """After a step on so many windows."""
    state.step += 1
    state.windows += windows
    state.average()


def train_step(state: TrainState, batch: Batch, workers: Workers, config: LossConfig) -> Tensor:
    """One step; returns the loss and MPJPE in metres and the gradient's norm before clipping, (3,) where the network
    is."""

    def loss_of(model: Lifter, part: Part) -> tuple[Tensor, Tensor]:
        return errors(state, model, tuple(t.to(state.device, non_blocking=True) for t in part), config)

    for group in state.optimizer.param_groups:
        group["lr"] = state.rate()
    values = workers.backward(batch, loss_of)
    norm = descend(state)
    count(state, len(batch[0]))
    return torch.cat([values, norm[None]])
