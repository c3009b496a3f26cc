"""A training step as one CUDA graph: of a small network a GPU does thousands of steps in the time that Python needs to
start them."""

from __future__ import annotations

import torch
from torch import Tensor

from .loader import Batch
from .losses import LossConfig
from .state import TrainState
from .step import count, descend, errors


class CapturedStep:
    """Does what `step.train_step` does, for batches of the example's size. The warm-up steps before the capture count
    as steps."""

    def __init__(self, state: TrainState, example: Batch, loss_config: LossConfig, warm_up: int = 3) -> None:
        self._state, self._loss = state, loss_config
        self._input = tuple(t.to(state.device) for t in example)
        self._rate = torch.tensor(0.0, device=state.device)
        for group in state.optimizer.param_groups:
            group["lr"], group["capturable"] = self._rate, True  # Muon's steps can be captured as they are
        side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):  # compiles, chooses kernels and makes the optimiser's state
            for _ in range(warm_up):
                self._rate.fill_(state.rate())
                state.optimizer.zero_grad(set_to_none=True)
                self._step()
                count(state, len(example[0]))
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        # the capture makes gradients of its own, in memory that replays write again
        state.optimizer.zero_grad(set_to_none=True)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            self._values = self._step()

    def __call__(self, batch: Batch) -> Tensor:
        """Loss and MPJPE in metres and the gradient's norm, (3,): overwritten by the next call."""
        for mine, new in zip(self._input, batch, strict=True):
            mine.copy_(new, non_blocking=True)
        self._rate.fill_(self._state.rate())
        self._graph.replay()
        count(self._state, len(batch[0]))
        return self._values

    def _step(self) -> Tensor:
        loss, error = errors(self._state, self._state.model, self._input, self._loss)
        loss.backward()  # type: ignore[no-untyped-call]
        return torch.stack([loss.detach(), error, descend(self._state)])
