"""A tiny network of every architecture, and its file as the official training scripts write it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_lifters import ARCHITECTURES, tiny


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny networks: threads cost more than they bring."""
    torch.set_num_threads(1)


@pytest.fixture(params=ARCHITECTURES)
def network(request: pytest.FixtureRequest) -> Any:
    """A tiny network of each architecture in turn."""
    return tiny(request.param)


@pytest.fixture
def official_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a network as its authors' script does: container, `module.` keys, optimiser state, numpy numbers, random
    state.

    `edit` changes the state dict in place; other keywords go into the outer dict.
    """

    def write(network: Any, edit: Callable[[dict[str, Any]], object] | None = None, **outer: Any) -> Path:
        state = {f"module.{name}": value.clone() for name, value in network.state_dict().items()}
        if edit is not None:
            edit(state)
        optimizer = torch.optim.AdamW(network.parameters(), lr=5e-4).state_dict()
        content: dict[str, Any] = {"epoch": 3, "lr": 5e-4, "optimizer": optimizer}
        if network.architecture in ("KASportsFormer", "MotionAGFormer"):
            path = tmp_path / "official.pth.tr"
            content |= {"model": state, "min_mpjpe": np.float64(41.5), "wandb_id": "1abc"}
        elif network.architecture == "MotionBERT":
            path = tmp_path / "official.bin"
            content |= {"model_pos": state, "min_loss": np.float32(41.5)}
        else:
            path = tmp_path / "official.bin"
            content |= {"random_state": np.random.RandomState(1), "model_pos": state}
        torch.save({**content, **outer}, path)
        return path

    return write
