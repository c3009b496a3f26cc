"""D3DP against the published code's output, and its own rules: schedule, sampler, aggregation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from d3dp import D3DP, D3DPConfig, Sampling, load_model, network_passes, save_safetensors
from d3dp.aggregate import image_units, j_agg, j_best_error, p_agg, p_best_error, project, spread
from d3dp.schedule import cosine_schedule, sampling_times
from kasportsformer.skeleton import COCO, H36M
from lifting.mirror import mirror
from lifting.tensorfile import CheckpointError


@pytest.fixture(scope="module")
def golden(shared: Path) -> Iterator[dict[str, torch.Tensor]]:
    with np.load(shared / "golden" / "d3dp_small_io.npz") as file:
        yield {name: torch.from_numpy(file[name]) for name in file.files}


@pytest.fixture(scope="module")
def model() -> D3DP:
    torch.manual_seed(3)
    return D3DP(D3DPConfig(n_layers=1, dim_feat=8, num_heads=2, n_frames=5), Sampling(3, 2, 1)).eval()


def close(ours: torch.Tensor, theirs: torch.Tensor, atol: float = 1e-5) -> None:
    torch.testing.assert_close(ours, theirs, rtol=0, atol=atol)


@pytest.mark.assets
@torch.inference_mode()
def test_golden_network_and_sampler(shared: Path, golden: dict[str, torch.Tensor]) -> None:
    model = load_model(shared / "golden" / "d3dp_small.bin")
    close(
        model.pose_estimator(golden["input_2d"], golden["network_x3d"], golden["network_t"]), golden["network_output"]
    )
    close(mirror(golden["input_2d"]), golden["input_2d_flipped"])
    assert sampling_times(4) == golden["times"].tolist()
    close(model.sample(golden["input_2d"], golden["noise"]), golden["prediction"])


@pytest.mark.assets
def test_golden_aggregation(golden: dict[str, torch.Tensor]) -> None:
    poses = golden["prediction"].clone()
    poses[..., 0, :] = 0
    close(p_agg(poses), golden["p_agg"])
    projected = project(poses + golden["root_m"][:, None, None], golden["camera"])
    close(projected, golden["reprojected"])
    pose, choice = j_agg(poses, projected, golden["input_2d"][:, None])
    assert torch.equal(choice, golden["j_agg_choice"].long())
    close(pose, golden["j_agg"])
    close(p_best_error(poses, golden["truth"]), golden["mpjpe_p_best"])
    close(j_best_error(poses, golden["truth"]), golden["mpjpe_j_best"])


def test_official_size() -> None:
    with torch.device("meta"):
        model = D3DP()
    assert sum(p.numel() for p in model.parameters()) == 34_835_459
    assert len(model.state_dict()) == 220


def test_schedule() -> None:
    alphas = cosine_schedule()["alphas_cumprod"]
    assert alphas.dtype == torch.float64
    assert alphas[0].item() == pytest.approx(0.999958715775, abs=1e-12)
    assert alphas[499].item() == pytest.approx(0.493843590, abs=1e-9)
    assert alphas[999].item() == pytest.approx(2.4287669e-9, rel=1e-7)
    assert sampling_times(5) == [999, 799, 599, 399, 199, -1] and sampling_times(1) == [999, -1]


@torch.inference_mode()
def test_same_seed_same_poses(model: D3DP) -> None:
    x = torch.rand(3, 5, 17, 3, generator=torch.Generator().manual_seed(1)) * 2 - 1
    first, spread_m = model.lift(x)
    torch.manual_seed(99)  # the global generator plays no part
    assert torch.equal(model(x), first)
    assert spread_m.shape == (3, 5, 17) and (spread_m[..., 0] == 0).all() and (spread_m[..., 1:] > 0).all()
    model.sampling, kept = Sampling(3, 2, 2), model.sampling
    assert (model(x) - first).abs().max() > 1e-4
    model.sampling = Sampling(1, 2, 1)
    assert (model.lift(x)[1] == 0).all()
    model.sampling = kept
    assert torch.equal(model.hypotheses(x)[..., 0, :], torch.zeros(3, 3, 5, 3))


@torch.inference_mode()
def test_mirrored_input_and_noise_give_mirrored_poses(model: D3DP) -> None:
    generator = torch.Generator().manual_seed(1)
    x, noise = torch.rand(2, 5, 17, 2, generator=generator) - 0.5, torch.randn(3, 2, 2, 5, 17, 3, generator=generator)
    poses = model.sample(x, noise)
    close(model.sample(mirror(x), mirror(noise)), mirror(poses), 1e-4)
    assert poses.shape == (2, 3, 2, 5, 17, 3) and poses.abs().max() <= 1.1


@torch.inference_mode()
def test_confidence_does_not_move_the_hypotheses(model: D3DP) -> None:
    x = torch.rand(1, 5, 17, 3)
    other = x.clone()
    other[..., 2] = 0.5
    assert torch.equal(model.hypotheses(x), model.hypotheses(other))


def test_hypothesis_nearest_to_the_keypoint_the_first_of_equals() -> None:
    poses = torch.zeros(3, 1, 17, 3)
    poses[1], poses[2] = 1, 2
    projected = poses[..., :2].clone()
    keypoints = torch.zeros(1, 17, 2)
    keypoints[0, 5] = 1.9
    keypoints[0, 6] = 0.5  # as near to the first as to the second
    pose, choice = j_agg(poses, projected, keypoints)
    assert choice[0, 5] == 2 and choice[0, 6] == 0 and choice[0, 0] == 0
    assert (pose[0, 5] == 2).all() and (pose[0, 6] == 0).all()


def test_spread_by_hand() -> None:
    poses = torch.zeros(2, 1, 17, 3)
    poses[0, 0, 4] = torch.tensor([0.3, 0.4, 0.0])
    assert spread(poses)[0, 4].item() == pytest.approx(0.25) and spread(poses)[0, 5] == 0


@pytest.mark.parametrize("joints", ["h36m", "coco"])
def test_image_units_recover_the_scale(joints: Any) -> None:
    generator = torch.Generator().manual_seed(5)
    pose = torch.randn(2, 4, 17, 3, generator=generator) * 0.4
    pose[..., 0, :] = 0
    pose[..., H36M["r_hip"], :] = -pose[..., H36M["l_hip"], :]
    scale = torch.tensor([0.4, 0.9])[:, None, None, None]
    keypoints = torch.ones(2, 4, 17, 3)
    if joints == "coco":
        for name, index in COCO.items():
            side, _, part = name.partition("_")
            if f"{side[0]}_{part}" in H36M:
                keypoints[..., index, :2] = (pose * scale)[..., H36M[f"{side[0]}_{part}"], :2] + 0.2
    else:
        keypoints[..., :2] = (pose * scale)[..., :2] + 0.2
    close(image_units(pose, keypoints, joints), pose * scale)
    # not found
    keypoints[0, 0, H36M["head"] if joints == "h36m" else COCO["left_wrist"]] = torch.tensor([50.0, 50.0, 0.0])
    assert (image_units(pose, keypoints, joints)[0] / pose[0] / 0.4 - 1).nan_to_num().abs().max() < 0.3


def test_another_schedule_is_refused(model: D3DP, tmp_path: Path) -> None:
    state = dict(model.state_dict())
    for name in ("betas", "alphas_cumprod"):
        torch.save({"model_pos": {**state, name: torch.linspace(1e-4, 0.02, 1000).double()}}, tmp_path / "linear.bin")
        with pytest.raises(CheckpointError, match=f"noise schedule .{name}"):
            load_model(tmp_path / "linear.bin", num_heads=2)
    torch.save({"model_pos": {name: value for name, value in state.items() if name != "betas"}}, tmp_path / "none.bin")
    with pytest.raises(CheckpointError, match="1 missing: betas"):
        load_model(tmp_path / "none.bin", num_heads=2)


@pytest.mark.parametrize("frames", [1, 27])
def test_sizes_are_read_from_the_tensors(tmp_path: Path, frames: int) -> None:
    config = D3DPConfig(n_layers=3, dim_feat=12, mlp_ratio=3, num_heads=3, n_frames=frames, input_joints="coco")
    save_safetensors(D3DP(config), tmp_path / "a.safetensors")
    model = load_model(tmp_path / "a.safetensors")
    assert model.config == config and model.input_joints == "coco"
    with torch.inference_mode():
        assert model(torch.rand(1, frames, 17, 3)).shape == (1, frames, 17, 3)


def test_settings_are_checked() -> None:
    for wrong in ({"hypotheses": 0}, {"steps": 1001}, {"steps": 1.5}, {"seed": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Sampling(**wrong)  # type: ignore[arg-type]
    for other in ({"dim_feat": 7}, {"num_heads": 3}, {"input_joints": "halpe"}, {"n_layers": 0}):
        with pytest.raises(ValueError, match="dim_feat" if "heads" in next(iter(other)) else next(iter(other))):
            D3DPConfig(**other)  # type: ignore[arg-type]
    assert network_passes(Sampling(5, 2), 7) == 140
