"""The autoencoder against vectors of the published one (random weights)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from lifting.tensorfile import CheckpointError
from shotstyle import ShotAutoencoder, load_model
from shotstyle.model import adjacency


@pytest.mark.assets
def test_codes_and_poses_are_those_of_the_published_network(shared: Path) -> None:
    model = load_model(shared / "golden" / "shot_autoencoder_small.pth")
    with np.load(shared / "golden" / "shot_posture.npz") as vectors:
        want = {name: vectors[name] for name in ("adjacency", "gcn_code", "latent", "reconstruction")}
        poses = torch.tensor(vectors["after_smoothing"], dtype=torch.float32)
    assert np.array_equal(adjacency().numpy(), want["adjacency"])
    with torch.no_grad():
        found = {"gcn_code": model.nodes(poses), "latent": model.encode(poses), "reconstruction": model(poses)}
    for name, value in found.items():
        assert np.abs(value.numpy() - want[name]).max() < 1e-5, name


def test_only_its_own_tensors_are_taken(tmp_path: Path) -> None:
    good = ShotAutoencoder().state_dict()
    torch.save(good, tmp_path / "good.pth")
    assert not load_model(tmp_path / "good.pth").training
    changes = {
        "missing": {k: v for k, v in good.items() if k != "lstm_decoder.fc.bias"},
        "unknown": {**good, "more": torch.zeros(1)},
        "instead of": {**good, "lstm_decoder.fc.bias": torch.zeros(3)},
        "finite": {**good, "lstm_decoder.fc.bias": torch.full((68,), float("nan"))},
    }
    for what, state in changes.items():
        torch.save(state, tmp_path / "bad.pth")
        with pytest.raises(CheckpointError, match=what):
            load_model(tmp_path / "bad.pth")
    torch.save({"code": Path("x")}, tmp_path / "object.pth")
    with pytest.raises(CheckpointError):
        load_model(tmp_path / "object.pth")
