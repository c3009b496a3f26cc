"""A network small enough to build in every test, and the same in the official checkpoint's clothes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from kasportsformer.model import KASportsFormer, KASportsFormerConfig


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny networks: threads cost more than they bring, above all where tests share cores."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny() -> KASportsFormer:
    """Two layers, 16 wide, 2 heads, random weights of a size that lets every branch matter."""
    torch.manual_seed(7)
    model = KASportsFormer(KASportsFormerConfig(n_layers=2, dim_feat=16, dim_rep=24, mlp_ratio=2, num_heads=2))
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "layer_scale" in name or "fusion" in name or "embed" in name:
                value.normal_(std=0.5)
        for name, value in model.named_buffers():
            if name.endswith("running_var"):
                value.uniform_(0.5, 2)
    return model.eval()


@pytest.fixture
def official_file(tiny: KASportsFormer, tmp_path: Path) -> Callable[..., Path]:
    """Writes a .pth as the official training script does: `module.` keys, optimiser state and counters beside them.

    `edit` changes the state dict in place before it is saved; other keywords are put into the outer dict.
    """

    def write(edit: Callable[[dict[str, torch.Tensor]], None] | None = None, **outer: Any) -> Path:
        state = {f"module.{name}": value.clone() for name, value in tiny.state_dict().items()}
        if edit is not None:
            edit(state)
        optimizer = torch.optim.AdamW(tiny.parameters(), lr=5e-4).state_dict()
        path = tmp_path / "official.pth"
        torch.save(
            {
                "epoch": 3,
                "lr": 5e-4,
                "optimizer": optimizer,
                "model": state,
                "min_mpjpe": 41.5,
                "wandb_id": "1abc",
                **outer,
            },
            path,
        )
        return path

    return write
