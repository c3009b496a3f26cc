"""MotionBERT against the published code's output, and its own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lifting.mirror import mirror_average, start_at_root_depth, zero_root
from motionbert import SIZES, MotionBERT, MotionBERTConfig, load_model, save_safetensors


@pytest.mark.assets
@pytest.mark.parametrize("name", ["motionbert_small", "motionbert_lite_small"])
def test_golden(shared: Path, name: str) -> None:
    model = load_model(shared / "golden" / f"{name}.bin")
    with np.load(shared / "golden" / f"{name}_io.npz") as golden, torch.inference_mode():
        lengths = sorted(int(key.removeprefix("input_")) for key in golden.files if key.startswith("input_"))
        assert 27 in lengths
        for t in lengths:
            x = torch.from_numpy(golden[f"input_{t}"])
            average = mirror_average(model, x)
            for key, ours in {
                "output": model(x),
                "flip_averaged_rootrel": zero_root(average),
                "flip_averaged_global": start_at_root_depth(average),
            }.items():
                np.testing.assert_allclose(ours, golden[f"{key}_{t}"], rtol=0, atol=1e-5, err_msg=f"{key} {t}")
        x = torch.from_numpy(golden["input_27"])
        np.testing.assert_allclose(model.represent(x), golden["representation_27"], rtol=0, atol=1e-5)


@pytest.mark.parametrize(("size", "parameters"), [("full", 42_466_317), ("lite", 16_001_549)])
def test_official_sizes(size: str, parameters: int) -> None:
    with torch.device("meta"):
        model = MotionBERT(SIZES[size])
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert len(model.state_dict()) == 260


@torch.inference_mode()
def test_any_length_and_sizes_from_the_tensors(tmp_path: Path) -> None:
    config = MotionBERTConfig(
        n_layers=1, dim_feat=12, dim_rep=20, mlp_ratio=3, num_heads=3, max_frames=40, root_relative=False
    )
    save_safetensors(MotionBERT(config), tmp_path / "a.safetensors")
    model = load_model(tmp_path / "a.safetensors")
    assert model.config == config and not model.root_relative
    for frames in (1, 2, 39, 40):
        assert model(torch.rand(1, frames, 17, 3)).shape == (1, frames, 17, 3)


@pytest.mark.parametrize(
    "change", [{"num_heads": 7}, {"max_frames": 0}, {"dim_in": 2}, {"root_relative": 0}, {"normalisation": ""}]
)
def test_config_is_checked(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        MotionBERTConfig(**change)
