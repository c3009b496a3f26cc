from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kasportsformer import mirror_h36m
from kasportsformer.anatomy import LIMB_GROUPS, BoneExt, LimbFus, mirror_tensor
from kasportsformer.blocks import SpatialGraphMixer, TemporalGraphMixer, attend, full_precision
from kasportsformer.checkpoint import load_model
from kasportsformer.model import KASportsFormer, KASportsFormerConfig


@pytest.fixture(scope="module")
def clips() -> torch.Tensor:
    return torch.rand(3, 27, 17, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.assets
def test_golden(shared: Path) -> None:
    model = load_model(shared / "golden" / "kasportsformer_small.pth", num_heads=4)
    with np.load(shared / "golden" / "kasportsformer_small_io.npz") as golden, torch.inference_mode():
        x = torch.from_numpy(golden["input"])
        for name, ours in {
            "bones": model.bone_extraction(x),
            "limbs": model.bone_refusion(x),
            "representation": model.represent(x),
            "output": model(x),
        }.items():
            np.testing.assert_allclose(ours, golden[name], rtol=0, atol=1e-5, err_msg=name)


def test_official_size() -> None:
    with torch.device("meta"):
        model = KASportsFormer(KASportsFormerConfig())
    assert sum(p.numel() for p in model.parameters()) == 29_365_668
    assert len(model.state_dict()) == 2975


@torch.inference_mode()
def test_clips_of_a_batch_are_independent(tiny: KASportsFormer, clips: torch.Tensor) -> None:
    whole = tiny(clips)
    torch.testing.assert_close(whole, torch.cat([tiny(clip[None]) for clip in clips]), rtol=0, atol=1e-6)
    torch.testing.assert_close(tiny(clips.flip(0)), whole.flip(0), rtol=0, atol=1e-6)
    assert tiny(clips[:0]).shape == (0, 27, 17, 3)


@torch.inference_mode()
def test_representation_is_what_the_head_reads(tiny: KASportsFormer, clips: torch.Tensor) -> None:
    rep = tiny(clips, return_rep=True)
    assert rep.shape == (3, 27, 17, 24) and rep.abs().max() <= 1
    torch.testing.assert_close(tiny.head(rep), tiny(clips))


@torch.inference_mode()
def test_every_branch_matters(tiny: KASportsFormer, clips: torch.Tensor) -> None:
    before = tiny(clips)
    for block in ("att_spatial", "att_temporal", "graph_spatial", "graph_temporal", "bone_spatial", "bone_temporal"):
        scale = tiny.layers_with_bone[0].get_submodule(block).layer_scale_1
        kept = scale.clone()
        scale.zero_()
        assert (tiny(clips) - before).abs().max() > 1e-4, block
        scale.copy_(kept)


def test_trains(clips: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = KASportsFormer(KASportsFormerConfig(n_layers=2, dim_feat=16, dim_rep=24, num_heads=2))
    model(clips).square().mean().backward()
    unused = {name for name, p in model.named_parameters() if p.grad is None}
    # Only the limb norms of blocks without limbs are idle, here as in the published network
    assert unused and all("norm1_limb" in name and "bone_" not in name for name in unused)


@pytest.mark.slow
def test_export_keeps_the_batch_open(tiny: KASportsFormer, clips: torch.Tensor) -> None:
    program = torch.export.export(
        tiny, (clips[:2],), dynamic_shapes={"x": {0: torch.export.Dim("batch", min=1, max=64)}}
    )
    torch.testing.assert_close(program.module()(clips), tiny(clips), rtol=0, atol=1e-5)


def test_window_and_joints_are_checked(tiny: KASportsFormer) -> None:
    for shape in ((1, 26, 17, 3), (1, 27, 16, 3), (1, 27, 17, 2), (27, 17, 3)):
        with pytest.raises(ValueError, match=r"expected \(B, 27, 17, 3\)"):
            tiny(torch.zeros(shape))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_heads": 7}, "multiple of num_heads"),
        ({"n_layers": 0}, "n_layers"),
        ({"dim_feat": 1.5}, "dim_feat"),
        ({"n_joints": 16}, "n_joints"),
        ({"dim_in": 2}, "dim_in"),
        ({"neighbour_num": 28}, "neighbour_num"),
    ],
)
def test_config_is_checked(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        KASportsFormerConfig(**change)


def test_bones_by_hand() -> None:
    joints = torch.zeros(1, 1, 17, 3)
    joints[..., 1, :2] = torch.tensor([-3.0, -4.0])  # the right hip: pelvis minus hip is (3, 4)
    bones = BoneExt()(joints)
    torch.testing.assert_close(bones[0, 0, 0], torch.tensor([0.6, 0.8, 5.0]))
    torch.testing.assert_close(bones[0, 0, 5], torch.tensor([0.0, 0.0, 1.0]))  # no length: direction 0, length 1
    torch.testing.assert_close(bones[0, 0, 16], bones[0, 0, :16].mean(0))


def test_limbs_equal_one_perceptron_after_another(clips: torch.Tensor) -> None:
    torch.manual_seed(2)
    limbs = LimbFus()
    expected = torch.zeros_like(clips)
    for g, (group, layers) in enumerate(zip(LIMB_GROUPS, limbs.mlp_layers, strict=True)):
        for channel, mlp in enumerate(layers.children()):
            hidden = torch.nn.functional.gelu(mlp.fc1(clips[..., list(group), channel]))
            expected[..., g, channel] = mlp.fc2(hidden)[..., 0]
    torch.testing.assert_close(limbs(clips), expected, rtol=0, atol=1e-6)


def test_spatial_graph_by_definition() -> None:
    a = SpatialGraphMixer(4).adjacency
    torch.testing.assert_close(a, a.T)
    assert int((a > 0).sum()) == 32 and a.diagonal().abs().max() == 0
    assert a[0, 1] == pytest.approx((3 * 2) ** -0.5)  # the pelvis has three neighbours, a hip two


def test_temporal_graph_by_definition() -> None:
    torch.manual_seed(4)
    mixer = TemporalGraphMixer(8, 27, 4)
    x, values = torch.randn(2, 5, 27, 8).unbind(0)
    x[0, 10:16] = x[0, 10]  # six equal frames tie: all of them are linked
    got = mixer.aggregate(x, values)
    for n in range(5):
        similarity = x[n] @ x[n].T
        a = (similarity >= similarity.sort(descending=True).values[:, 3:4]).float()
        d = torch.diag(a.sum(1) ** -0.5)
        torch.testing.assert_close(got[n], d @ a @ d @ values[n], rtol=0, atol=1e-5)


def test_mirror_tensor_agrees_with_numpy(clips: torch.Tensor) -> None:
    np.testing.assert_array_equal(mirror_tensor(clips).numpy(), mirror_h36m(clips.numpy()))


@pytest.mark.gpu
@torch.inference_mode()
def test_same_numbers_on_cuda(tiny: KASportsFormer, clips: torch.Tensor) -> None:
    import copy

    there = copy.deepcopy(tiny).cuda()
    torch.testing.assert_close(there(clips.cuda()).cpu(), tiny(clips), rtol=0, atol=1e-4)


def test_attention_written_out_is_torchs() -> None:
    q, k, v = torch.randn(3, 5, 4, 27, 16).unbind(0)
    want = torch.nn.functional.scaled_dot_product_attention(q, k, v)
    assert torch.allclose(attend(q, k, v), want, atol=1e-6)


def test_attention_and_nearest_frames_stay_in_float32_under_bf16_autocast() -> None:
    q, k, v = torch.randn(3, 2, 2, 17, 8).unbind(0)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(attend(q, k, v), attend(q, k, v).float())
        assert attend(q.bfloat16(), k.bfloat16(), v.bfloat16()).dtype == torch.float32
        with full_precision(q):
            assert (q @ k.transpose(-1, -2)).dtype == torch.float32


def test_nearest_frames_by_counting_are_those_by_sorting() -> None:
    """The way for GPUs, here on a CPU: ties included."""

    class OnGpu:
        is_cuda = True

        def __init__(self, similarity: torch.Tensor) -> None:
            self.similarity = similarity

        def __getitem__(self, index: Any) -> torch.Tensor:
            return self.similarity[index]

    mixer = TemporalGraphMixer(8, 27, 4)
    similarity = torch.randint(0, 6, (50, 27, 27), generator=torch.Generator().manual_seed(0)).float()
    by_counting = mixer.linked(OnGpu(similarity))  # type: ignore[arg-type]
    assert torch.equal(by_counting, mixer.linked(similarity))
    assert (by_counting.sum(-1) > 4).any()  # there were ties


class _Operations(TorchDispatchMode):
    """Names of the operations that ran."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.add(str(func))
        return func(*args, **(kwargs or {}))


def test_nothing_is_indexed_by_lists(tiny: KASportsFormer, clips: torch.Tensor) -> None:
    """A list is brought to the GPU at every call, and the capture of a CUDA graph fails at it (seen on an H100)."""
    with _Operations() as operations:
        tiny.train()(clips).sum().backward()
    tiny.eval()
    assert not {name for name in operations.names if name.startswith(("aten.index.", "aten.lift_fresh"))}
