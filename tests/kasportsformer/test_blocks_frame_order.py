"""Temporal attention that knows the order of frames: what it adds, and that files and the network without it are as
they were."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from kasportsformer.blocks import AttentionMixer, FrameOrder, attend
from kasportsformer.checkpoint import CheckpointError, load_model, read_config, save_safetensors
from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from kasportsformer.training.state import with_frame_order

SMALL = KASportsFormerConfig(n_layers=2, dim_feat=16, dim_rep=24, mlp_ratio=2, num_heads=2)


@pytest.fixture(scope="module")
def plain() -> KASportsFormer:
    torch.manual_seed(3)
    model = KASportsFormer(SMALL)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if "layer_scale" in name or "fusion" in name:
                value.normal_(std=0.5)
    return model.eval()


@pytest.fixture(scope="module")
def ordered(plain: KASportsFormer) -> KASportsFormer:
    model = with_frame_order(plain).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith("order.table"):
                value.normal_(std=0.3)
    return model


@pytest.fixture(scope="module")
def clips() -> torch.Tensor:
    return torch.rand(2, 27, 17, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1


@torch.inference_mode()
def test_shuffled_frames_give_shuffled_poses_without_it_and_others_with_it(
    plain: KASportsFormer, ordered: KASportsFormer, clips: torch.Tensor
) -> None:
    """Untrained batch norms treat all frames alike."""
    shuffled = torch.randperm(27, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(plain(clips[:, shuffled]), plain(clips)[:, shuffled], rtol=0, atol=1e-5)
    assert (ordered(clips[:, shuffled]) - ordered(clips)[:, shuffled]).abs().max() > 0.01
    assert (ordered(clips.flip(1)) - ordered(clips).flip(1)).abs().max() > 0.01


@torch.inference_mode()
def test_a_network_told_the_order_begins_as_it_was(plain: KASportsFormer, clips: torch.Tensor) -> None:
    told = with_frame_order(plain).eval()
    assert told.config == replace(SMALL, frame_order=True)
    torch.testing.assert_close(told(clips), plain(clips), rtol=0, atol=0)
    with pytest.raises(ValueError, match="knows the order"):
        with_frame_order(told)


def test_the_bias_goes_by_how_far_the_key_lies_after_the_query() -> None:
    order = FrameOrder(2, 5)
    with torch.no_grad():
        order.table.copy_(torch.arange(18.0).reshape(2, 9))
    bias = order() / FrameOrder.PACE
    for query in range(5):
        for key in range(5):
            assert bias[1, query, key] == 9 + (key - query) + 4


@torch.inference_mode()
def test_attention_with_a_bias_is_torchs() -> None:
    q, k, v = torch.randn(3, 5, 4, 27, 16).unbind(0)
    bias = torch.randn(4, 27, 27)
    want = torch.nn.functional.scaled_dot_product_attention(q, k, v, bias)
    torch.testing.assert_close(attend(q, k, v, bias), want, rtol=0, atol=1e-6)


@torch.inference_mode()
def test_a_head_can_look_at_the_next_frame_alone() -> None:
    mixer = AttentionMixer(4, 1, FrameOrder(1, 6))
    assert mixer.order is not None
    mixer.order.table[0, 5 + 1] = 20.0
    mixer.qkv.weight.zero_()
    mixer.qkv.weight[8:] = torch.eye(4)  # values are the tokens, all keys are alike
    mixer.proj.weight.copy_(torch.eye(4))
    mixer.proj.bias.zero_()
    x = torch.randn(3, 6, 4)
    torch.testing.assert_close(mixer(x)[:, :5], x[:, 1:], rtol=0, atol=1e-5)


def test_its_tables_learn(ordered: KASportsFormer, clips: torch.Tensor) -> None:
    model = with_frame_order(KASportsFormer(SMALL))
    (model(clips) - clips).square().mean().backward()
    tables = [p for name, p in model.named_parameters() if name.endswith("order.table")]
    assert len(tables) == 2 * SMALL.n_layers and all(t.grad is not None and t.grad.abs().max() > 0 for t in tables)


def test_files_hold_it(ordered: KASportsFormer, plain: KASportsFormer, clips: torch.Tensor, tmp_path: Path) -> None:
    for name, model in (("ordered", ordered), ("plain", plain)):
        save_safetensors(model, tmp_path / f"{name}.safetensors")
        again = load_model(tmp_path / f"{name}.safetensors")
        assert again.config == model.config == read_config(tmp_path / f"{name}.safetensors")
        with torch.inference_mode():
            torch.testing.assert_close(again(clips), model(clips), rtol=0, atol=0)


@pytest.mark.parametrize("claims", [True, False])
def test_a_record_that_contradicts_the_tensors(
    claims: bool, ordered: KASportsFormer, plain: KASportsFormer, tmp_path: Path
) -> None:
    torch.save({"model": (plain if claims else ordered).state_dict()}, tmp_path / "a.pth")
    (tmp_path / "a_config.json").write_text(json.dumps({"num_heads": 2, "frame_order": claims}))
    with pytest.raises(CheckpointError, match="frame_order"):
        load_model(tmp_path / "a.pth")


def test_a_file_with_some_of_its_tables(ordered: KASportsFormer, tmp_path: Path) -> None:
    state = ordered.state_dict()
    del state["layers_with_bone.1.bone_temporal.mixer.order.table"]
    torch.save({"model": state}, tmp_path / "a.pth")
    with pytest.raises(CheckpointError, match=r"1 missing: layers_with_bone\.1\.bone_temporal\.mixer\.order\.table"):
        load_model(tmp_path / "a.pth", num_heads=2)


@pytest.mark.parametrize("value", [1, "yes", None])
def test_it_is_true_or_false(value: object) -> None:
    with pytest.raises(ValueError, match="frame_order"):
        KASportsFormerConfig(frame_order=value)  # type: ignore[arg-type]
