"""One loader for all architectures: recognised by the tensors, loaded strictly, refused with one line."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_lifters import ARCHITECTURES, tiny, windows

import d3dp
import motionagformer
import motionbert
from lifting import CheckpointError, convert, load_lifter, save_safetensors

OfficialFile = Callable[..., Path]


def assert_same(ours: Any, theirs: Any) -> None:
    assert ours.architecture == theirs.architecture and not ours.training
    state = theirs.state_dict()
    assert ours.state_dict().keys() == state.keys()
    for name, value in ours.state_dict().items():
        assert value.dtype == state[name].dtype, name
        torch.testing.assert_close(value, state[name], rtol=0, atol=0)


def refusal(path: Path, **given: Any) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        load_lifter(path, **given)
    error = caught.value
    assert error.what and error.remedy and str(error) == f"{error.what}; {error.remedy}"
    assert str(error).isprintable() and len(str(error)) < 2100
    return error


@torch.inference_mode()
def test_official_layouts(network: Any, official_file: OfficialFile) -> None:
    loaded = load_lifter(official_file(network), num_heads=2)
    assert_same(loaded, network)
    assert loaded.config == network.config
    if network.architecture == "D3DP":
        loaded.sampling = network.sampling
    torch.testing.assert_close(loaded(windows(network)), network(windows(network)), rtol=0, atol=0)


@pytest.mark.parametrize("container", ["model", "model_pos", "state_dict", None])
def test_every_container_and_prefix(tmp_path: Path, container: str | None) -> None:
    for architecture, prefix in (("MotionAGFormer", "module."), ("MotionBERT", ""), ("D3DP", "module.")):
        network = tiny(architecture)
        state = {prefix + name: value for name, value in network.state_dict().items()}
        torch.save(state if container is None else {"epoch": 1, container: state}, tmp_path / "some.bin")
        assert_same(load_lifter(tmp_path / "some.bin", num_heads=2), network)


@torch.inference_mode()
def test_safetensors_round_trip(network: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_safetensors(network, path, {"licence": "x"})
    loaded = load_lifter(path)  # the head count is in the header
    assert loaded.config == network.config
    assert_same(loaded, network)
    if network.architecture == "D3DP":
        loaded.sampling = network.sampling
    torch.testing.assert_close(loaded(windows(network)), network(windows(network)), rtol=0, atol=0)


def test_half_precision_keeps_the_schedule(network: Any, tmp_path: Path) -> None:
    save_safetensors(network, tmp_path / "half.safetensors", half=True)
    loaded = load_lifter(tmp_path / "half.safetensors")
    for name, value in network.state_dict().items():
        torch.testing.assert_close(
            loaded.state_dict()[name], value, rtol=0, atol=0 if value.dtype == torch.float64 else 4e-3
        )


def test_conversion(network: Any, official_file: OfficialFile, tmp_path: Path) -> None:
    source, target = official_file(network), tmp_path / "out.safetensors"
    convert(source, target, num_heads=2, metadata={"licence": "x"})
    assert_same(load_lifter(target, architecture=network.architecture), network)
    with pytest.raises(ValueError, match="name of its own"):
        convert(source, source)


def test_a_record_beside_the_file(official_file: OfficialFile, tmp_path: Path) -> None:
    path = official_file(tiny("MotionAGFormer"))  # official.pth.tr
    (tmp_path / "official_config.json").write_text(
        json.dumps({"num_heads": 4, "neighbour_num": 3, "symmetric_graph": True, "more": 1})
    )
    config = load_lifter(path).config  # type: ignore[attr-defined]
    assert (config.num_heads, config.neighbour_num, config.symmetric_graph) == (4, 3, True)
    assert load_lifter(path, num_heads=2, symmetric_graph=False).config.num_heads == 2  # type: ignore[attr-defined]
    (tmp_path / "official_config.json").write_text('{"dim_feat": 16}')
    assert "record" in refusal(path).what


def test_overrides_that_an_architecture_lacks(official_file: OfficialFile) -> None:
    path = official_file(tiny("MotionBERT"))
    with pytest.raises(ValueError, match="MotionBERT has no neighbour_num"):
        load_lifter(path, neighbour_num=4)
    network = load_lifter(path, num_heads=2, root_relative=False, normalisation="whole-clip", neighbour_num=None)
    assert not network.root_relative and network.normalisation == "whole-clip"
    assert "normalisation" in refusal(path, num_heads=2, normalisation="square").what
    assert "multiple of num_heads" in refusal(path, num_heads=3).what


def test_another_architecture_than_asked_for(network: Any, official_file: OfficialFile) -> None:
    path = official_file(network)
    for other in set(ARCHITECTURES) - {network.architecture}:
        assert f"holds {network.architecture}, not {other}" in refusal(path, architecture=other).what
    for package in {motionagformer, motionbert, d3dp}:
        if package.__name__ != network.architecture.lower():
            with pytest.raises(CheckpointError):
                package.load_model(path)


def test_missing_unexpected_and_misshapen_tensors(network: Any, official_file: OfficialFile) -> None:
    name = next(n for n in network.state_dict() if n.endswith("fc2.bias"))
    key = f"module.{name}"
    assert f"1 missing: {name}" in refusal(official_file(network, lambda s: s.pop(key)), num_heads=2).what
    odd = official_file(network, lambda s: s.update({"module.surprise": torch.zeros(1)}))
    assert "1 unexpected: surprise" in refusal(odd, num_heads=2).what
    wrong = official_file(network, lambda s: s.update({key: torch.zeros(3)}))
    assert "wrong shape" in refusal(wrong, num_heads=2).what
    nan = official_file(network, lambda s: s[key].fill_(float("nan")))
    assert "non-finite" in refusal(nan, num_heads=2).what


def test_no_lifting_network(tmp_path: Path) -> None:
    torch.save({"model": {"encoder.weight": torch.zeros(3, 3)}}, tmp_path / "other.pth")
    error = refusal(tmp_path / "other.pth")
    assert "no lifting network" in error.what and all(name in error.remedy for name in ARCHITECTURES)
    both = {**tiny("MotionBERT").state_dict(), **tiny("MotionAGFormer").state_dict()}
    torch.save({"model": both}, tmp_path / "both.pth")
    assert "MotionAGFormer and MotionBERT" in refusal(tmp_path / "both.pth").what
    assert "No such file" in refusal(tmp_path / "absent.bin").what


class Evil:
    """Touches a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self.marker}'",)


class Constructed:
    """Calls one of numpy's admitted names with a hostile argument."""

    def __init__(self, name: str, argument: Any) -> None:
        self.name, self.argument = name, argument

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        import numpy.random._pickle as numpy_pickle

        return getattr(numpy_pickle, self.name), (self.argument,)


@pytest.mark.parametrize(
    ("architecture", "key"),
    [("MotionAGFormer", "model"), ("MotionBERT", "model_pos"), ("D3DP", "optimizer"), ("D3DP", "random_state")],
)
def test_hostile_files_run_nothing(official_file: OfficialFile, tmp_path: Path, architecture: str, key: str) -> None:
    network, marker = tiny(architecture), tmp_path / "PWNED"
    error = refusal(official_file(network, **{key: Evil(marker)}), num_heads=2)
    assert "system" in error.what and not marker.exists()
    nested = Constructed("__randomstate_ctor", Evil(marker))
    assert "system" in refusal(official_file(network, random_state=nested), num_heads=2).what and not marker.exists()


def test_numpy_names_are_swallowed_not_called(official_file: OfficialFile, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy.random._pickle as numpy_pickle

    network = tiny("D3DP")
    path = official_file(network)

    def called(*_: object) -> None:
        raise AssertionError("numpy's constructor was called")

    monkeypatch.setattr(numpy_pickle, "__randomstate_ctor", called)
    monkeypatch.setattr(numpy_pickle, "__bit_generator_ctor", called)
    assert_same(load_lifter(path, num_heads=2), network)


def test_arrays_in_place_of_tensors_are_refused(official_file: OfficialFile) -> None:
    import numpy as np

    network = tiny("MotionBERT")
    assert (
        "other than named tensors"
        in refusal(official_file(network, lambda s: s.update({"module.head.bias": np.zeros(3)}))).what
    )
