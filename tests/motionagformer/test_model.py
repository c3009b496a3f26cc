"""MotionAGFormer against the published code's output, and its own rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lifting.mirror import mirror_average, zero_root
from lifting.tensorfile import CheckpointError
from motionagformer import SIZES, MotionAGFormer, MotionAGFormerConfig, load_model, save_safetensors
from motionagformer.model import spatial_links


@pytest.mark.assets
def test_golden(shared: Path) -> None:
    path = shared / "golden" / "motionagformer_small.pth.tr"
    model, symmetric = load_model(path), load_model(path, symmetric_graph=True)
    blocks: dict[str, torch.Tensor] = {}
    names = ("att_spatial", "att_temporal", "graph_spatial", "graph_temporal")
    for name in names:
        model.layers[0].get_submodule(name).register_forward_hook(
            lambda _, __, out, name=name: blocks.update({name: out.clone()})
        )
    with np.load(shared / "golden" / "motionagformer_small_io.npz") as golden, torch.inference_mode():
        x = torch.from_numpy(golden["input"])
        model(x[:1])
        for name in names:
            ours = blocks[name] if name.endswith("spatial") else blocks[name].transpose(0, 1)
            np.testing.assert_allclose(ours[None], golden[f"layer0_{name}"], rtol=0, atol=1e-5, err_msg=name)
        for name, found in {
            "representation": model.represent(x[:1]),
            "output": model(x),
            "output_flip_averaged": zero_root(mirror_average(model, x)),
            "output_symmetric_graph": symmetric(x),
        }.items():
            np.testing.assert_allclose(found, golden[name], rtol=0, atol=1e-5, err_msg=name)


@pytest.mark.parametrize(
    ("size", "parameters", "tensors"),
    [("xs", 2_241_531, 801), ("s", 4_817_119, 1725), ("b", 11_723_811, 1065), ("l", 19_007_111, 1725)],
)
def test_official_sizes(size: str, parameters: int, tensors: int) -> None:
    with torch.device("meta"):
        model = MotionAGFormer(SIZES[size])
    assert sum(p.numel() for p in model.parameters()) == parameters
    assert len(model.state_dict()) == tensors


@pytest.mark.parametrize("frames", [1, 27, 81, 243])
def test_other_windows_and_sizes_are_read_from_the_tensors(tmp_path: Path, frames: int) -> None:
    config = MotionAGFormerConfig(
        n_layers=1, dim_feat=12, dim_rep=20, mlp_ratio=3, num_heads=3, n_frames=frames, neighbour_num=1
    )
    save_safetensors(MotionAGFormer(config), tmp_path / "a.safetensors")
    model = load_model(tmp_path / "a.safetensors")
    assert model.config == config and model(torch.rand(1, frames, 17, 3)).shape == (1, frames, 17, 3)


def test_three_links_lead_one_way_only() -> None:
    published, symmetric = spatial_links(False), spatial_links(True)
    assert torch.equal(symmetric, symmetric.T)
    assert (symmetric - published).nonzero().tolist() == [[0, 4], [8, 11], [8, 14]]
    assert published[0].nonzero().flatten().tolist() == [1, 7] and published[4].nonzero().flatten().tolist() == [0, 5]


def test_files_of_another_joint_order_are_refused(tmp_path: Path) -> None:
    model = MotionAGFormer(MotionAGFormerConfig(n_layers=1, dim_feat=8, dim_rep=8, n_frames=3))
    torch.save({"epoch": 1, "model": model.state_dict(), "min_p1": 16.2}, tmp_path / "3dhp.pth.tr")
    with pytest.raises(CheckpointError, match="MPI-INF-3DHP"):
        load_model(tmp_path / "3dhp.pth.tr")


@pytest.mark.parametrize(
    "change",
    [
        {"num_heads": 7},
        {"n_layers": 0},
        {"n_layers": True},
        {"n_joints": 16},
        {"neighbour_num": 244},
        {"symmetric_graph": 1},
        {"normalisation": "x"},
    ],
)
def test_config_is_checked(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        MotionAGFormerConfig(**change)
