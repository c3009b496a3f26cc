"""The OpenVINO models that are shipped: as the registry says, and the same networks as the weights."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest
from walker import Clip

from kasf_demo import analyse, weights
from kasf_demo.errors import ModelError
from kasf_demo.lift.backends import NetworkFacts
from kasf_demo.lift.load import NetworkFile, load_network
from kasf_demo.lifters.ship import ship
from kasf_demo.weights import registry_file, shipped, store

pytest.importorskip("openvino")
SHIPPED = [e for e in weights.registry().values() if e.openvino]


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda e: e.name)
def test_what_is_shipped_is_what_the_registry_says(entry: registry_file.Entry) -> None:
    assert entry.openvino is not None and entry.file
    folder = weights.shipped_dir() / entry.openvino.folder
    assert {p.name for p in folder.iterdir()} == {"model.xml", "model.bin", "network.json"}
    assert weights.sha256_of(folder) == entry.openvino.sha256, f"python -m kasf_demo.lifters.ship {entry.name}"


def test_the_default_is_shipped() -> None:
    assert [e.name for e in SHIPPED] == [store.DEFAULT_LIFTER]


@pytest.mark.parametrize("entry", SHIPPED, ids=lambda e: e.name)
def test_it_is_the_network_of_the_weights(entry: registry_file.Entry, tmp_path: Path) -> None:
    """Outputs of torch with the .safetensors, and of what is shipped, in half crops, about a metre. Rounding decides
    which frames are nearest where two are as near (docs/decisions.md, "Lifting windows"): not of all outputs."""
    import torch

    from kasf_demo.lift.openvino import openvino_network

    found = weights.resolve(entry.name, kind="lifter")
    model = load_network(NetworkFile(found.path, entry.architecture, entry.network_settings))
    windows = np.random.default_rng(0).normal(0, 0.4, (4, model.max_frames, 17, 3)).astype(np.float32)
    windows = windows.cumsum(1) * 0.1  # smooth, as motions are

    def never() -> object:
        raise AssertionError("converted")

    network = openvino_network(found.sha256, "", never, tmp_path, shipped=weights.shipped_conversion(found))
    assert network.facts == NetworkFacts.of(model)
    with torch.inference_mode():
        right = model(torch.from_numpy(windows)).numpy()
    apart = np.abs(network(windows) - right)
    assert np.abs(right).max() > 0.1 and np.median(apart) < 1e-6 and np.quantile(apart, 0.99) < 5e-5


def test_results_are_those_of_torch(walk: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASF_CACHE", str(tmp_path))
    found = {
        backend: analyse(walk[0], keypoints=walk[1], device="cpu", backend=backend).people[0].pose.xyz
        for backend in ("torch", "openvino")
    }
    assert np.abs(found["torch"] - found["openvino"]).max() < 1e-4  # metres
    assert [p.name[:8] for p in (tmp_path / "openvino").iterdir()] == ["shipped-"]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what is shipped, in place of it."""
    copy = tmp_path / "shipped"
    shutil.copytree(weights.shipped_dir(), copy)
    for module in (registry_file, shipped, store):
        monkeypatch.setattr(module, "shipped_dir", lambda: copy)
    monkeypatch.setattr("kasf_demo.weights.manage.shipped_dir", lambda: copy)
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "cache"))
    return copy


def test_a_damaged_file_is_refused(house: Path, walk: Clip) -> None:
    file = house / f"{store.DEFAULT_LIFTER}_openvino" / "model.bin"
    file.write_bytes(file.read_bytes()[:-4] + b"oops")
    with pytest.raises(ModelError, match=r"damaged.*install kasf-demo again"):
        analyse(walk[0], keypoints=walk[1], device="cpu", backend="openvino")
    (row,) = weights.verify([store.DEFAULT_LIFTER])
    assert row.state == "mismatch" and row.path == file.parent and row.failed


def test_an_openvino_that_cannot_read_it_converts(
    house: Path, walk: Clip, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import openvino

    read = openvino.Core.read_model

    def older(self: object, path: Path) -> object:
        if house in Path(path).parents:
            raise RuntimeError("Check 'opset16' failed")
        return read(self, path)

    monkeypatch.setattr(openvino.Core, "read_model", older)
    with caplog.at_level(logging.WARNING):
        result = analyse(walk[0], keypoints=walk[1], device="cpu", backend="openvino")
    assert "cannot read the shipped network, which is converted: Check 'opset16'" in caplog.text
    assert result.report["lifter"]["backend"] == "openvino" and any((tmp_path / "cache").rglob("model.xml"))


def test_other_settings_are_another_network(walk: Clip) -> None:
    found = weights.resolve(store.DEFAULT_LIFTER, kind="lifter")
    assert weights.shipped_conversion(found) is not None
    settings = weights.registry()["kasportsformer-sp-det"]
    assert weights.shipped_conversion(store.replace(found, settings=settings)) is None
    assert weights.shipped_conversion(weights.resolve("kasf-open-agf-xs", kind="lifter")) is None


@pytest.mark.slow
def test_shipping_again_gives_the_same_network(tmp_path: Path) -> None:
    """The files too, if openvino and torch are the ones they were made with."""
    ship(store.DEFAULT_LIFTER, tmp_path / "again")
    known = weights.shipped_dir() / f"{store.DEFAULT_LIFTER}_openvino"
    assert (tmp_path / "again" / "network.json").read_bytes() == (known / "network.json").read_bytes()
    sizes = [(folder / "model.bin").stat().st_size for folder in (tmp_path / "again", known)]
    assert abs(sizes[0] - sizes[1]) < 1000
