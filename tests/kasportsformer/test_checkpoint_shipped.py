"""The network that ships in weights/."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from kasportsformer import convert, load_model, read_config

SHIPPED = Path(__file__).resolve().parents[2] / "weights" / "kasf-open-s.safetensors"


def test_loads_and_lifts() -> None:
    model = load_model(SHIPPED)
    assert (model.config.n_layers, model.config.dim_feat, model.config.dim_rep, model.config.num_heads) == (
        5,
        64,
        256,
        4,
    )
    assert read_config(SHIPPED) == model.config
    with torch.inference_mode():
        out = model(torch.rand(2, 27, 17, 3))
    assert out.shape == (2, 27, 17, 3) and out.isfinite().all()


@pytest.mark.assets
def test_a_trained_official_format_checkpoint_converts_without_a_change(shared: Path, tmp_path: Path) -> None:
    source = shared / "weights" / "kasportsformer_bootstrap.pth"
    theirs = load_model(source, num_heads=4)
    convert(source, tmp_path / "again.safetensors", num_heads=4)
    ours = load_model(tmp_path / "again.safetensors")
    assert ours.config == theirs.config
    x = torch.rand(2, 27, 17, 3)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=1e-6)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, rtol=0, atol=1e-6)
