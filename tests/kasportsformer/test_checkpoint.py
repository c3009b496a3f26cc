from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from kasportsformer import (
    CheckpointError,
    KASportsFormer,
    KASportsFormerConfig,
    convert,
    load_model,
    read_config,
    save_safetensors,
)

OfficialFile = Callable[..., Path]


def assert_same(ours: KASportsFormer, theirs: KASportsFormer, atol: float = 0) -> None:
    state = theirs.state_dict()
    assert ours.state_dict().keys() == state.keys()
    for name, value in ours.state_dict().items():
        torch.testing.assert_close(value, state[name], rtol=0, atol=atol)


def test_official_format(official_file: OfficialFile, tiny: KASportsFormer) -> None:
    model = load_model(official_file(), num_heads=2)
    assert model.config == tiny.config and not model.training
    assert_same(model, tiny)
    assert all(p.device.type == "cpu" and p.requires_grad for p in model.parameters())
    x = torch.rand(2, 27, 17, 3)
    torch.testing.assert_close(model(x), tiny(x), rtol=0, atol=1e-6)


def test_keys_without_prefix(tmp_path: Path, tiny: KASportsFormer) -> None:
    torch.save(tiny.state_dict(), tmp_path / "bare.pth")
    assert_same(load_model(tmp_path / "bare.pth", num_heads=2), tiny)


def test_half_precision_is_widened(official_file: OfficialFile, tiny: KASportsFormer) -> None:
    def halve(state: dict[str, torch.Tensor]) -> None:
        state.update({k: v.half() for k, v in state.items() if v.is_floating_point()})

    model = load_model(official_file(halve), num_heads=2)
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert_same(model, tiny, atol=2e-3)


def test_safetensors_round_trip(tmp_path: Path, tiny: KASportsFormer) -> None:
    path = tmp_path / "a.safetensors"
    save_safetensors(tiny, path, {"licence": "x", "z": "1", "a": "2"})
    first = path.read_bytes()
    model = load_model(path)  # the head count is in the header
    assert model.config == tiny.config == read_config(path)
    assert_same(model, tiny)
    for _ in range(5):  # the library's own header order is random
        save_safetensors(model, path, {"a": "2", "licence": "x", "z": "1"})
        assert path.read_bytes() == first
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


def test_failed_save_leaves_the_old_file(tmp_path: Path, tiny: KASportsFormer, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save_safetensors(tiny, path)
    assert path.read_bytes() == b"old" and [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


def test_convert_is_reproducible(official_file: OfficialFile, tmp_path: Path, tiny: KASportsFormer) -> None:
    source = official_file()
    outputs = [tmp_path / "1.safetensors", tmp_path / "2.safetensors"]
    for output in outputs:
        assert convert(source, output, num_heads=2, metadata={"licence": "x"}) == tiny.config
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert hashlib.sha256(source.read_bytes()).hexdigest().encode() in outputs[0].read_bytes()[:4096]
    with pytest.raises(ValueError, match="name of its own"):
        convert(source, source)


@pytest.mark.parametrize("number", [np.float64(41.5), np.float32(41.5), np.int64(4)])
def test_numpy_numbers_are_refused_with_a_hint_that_works(
    official_file: OfficialFile, tmp_path: Path, number: np.generic
) -> None:
    source = official_file(min_mpjpe=number)
    with pytest.raises(CheckpointError, match=r"numpy.*kasportsformer import convert"):
        load_model(source, num_heads=2)
    convert(source, tmp_path / "out.safetensors", num_heads=2)
    assert load_model(tmp_path / "out.safetensors").config.num_heads == 2


# --- the head count, which does not follow from tensor shapes ---


def test_head_count_sources(official_file: OfficialFile, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = official_file()
    assert load_model(source).config.num_heads == 8
    assert "head count" in caplog.text  # not the official width, so the official head count is a guess worth a word
    (tmp_path / "official_config.json").write_text(json.dumps({"num_heads": 4, "neighbour_num": 3, "somebody": "else"}))
    assert load_model(source).config.num_heads == 4
    assert load_model(source).config.neighbour_num == 3
    assert load_model(source, num_heads=2).config.num_heads == 2
    with pytest.raises(CheckpointError, match="multiple of num_heads"):
        load_model(source, num_heads=5)


@pytest.mark.parametrize("record", ['{"dim_feat": 32}', "[1]", "{", "[" * 100_000])
def test_a_record_that_contradicts_or_is_broken(official_file: OfficialFile, tmp_path: Path, record: str) -> None:
    (tmp_path / "official_config.json").write_text(record)
    assert_refused(official_file(), "record")


# --- files that must be refused, each with one line ---


def assert_refused(path: Path, *words: str) -> CheckpointError:
    with pytest.raises(CheckpointError) as caught:
        load_model(path, num_heads=2)
    error = caught.value
    for word in words:
        assert word in str(error)
    assert error.what and error.remedy and str(error) == f"{error.what}; {error.remedy}"
    assert str(error).isprintable() and len(str(error)) < 2100
    return error


def test_no_file_and_folder(tmp_path: Path) -> None:
    assert_refused(tmp_path / "absent.pth", "No such file")
    assert_refused(tmp_path, "not a file")


PAGE = b"<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head></html>"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (bytes(4096), "neither"),
        (PAGE, "HTML"),
        (b"\n <html>", "HTML"),
        (b"version https://git-lfs.github.com/spec/v1\n", "neither"),
        (b"PK\x03\x04" + bytes(100), "truncated"),
        (b"\x80\x04\x95junk", "pickle"),
    ],
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_not_a_checkpoint(tmp_path: Path, content: bytes, word: str, suffix: str) -> None:
    path = tmp_path / f"w{suffix}"
    path.write_bytes(content)
    assert_refused(path, word)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.999])
def test_truncated(official_file: OfficialFile, tmp_path: Path, tiny: KASportsFormer, keep: float) -> None:
    source = official_file()
    save_safetensors(tiny, tmp_path / "t.safetensors")
    for path in (source, tmp_path / "t.safetensors"):
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * keep)])
        assert_refused(path, "truncated")


def _set(name: str, value: torch.Tensor) -> Callable[[dict[str, torch.Tensor]], None]:
    return lambda state: state.__setitem__(name, value)


def test_missing_and_unexpected_names_come_in_fives(official_file: OfficialFile) -> None:
    def edit(state: dict[str, torch.Tensor]) -> None:
        for name in [
            n for n in state if "layers_with_bone.1.att_spatial.mlp" in n or n.endswith(".1.att_spatial.norm2.weight")
        ]:
            state["module.stranger." + name] = state.pop(name)
        state["module.\n\x1b[2Jx"] = torch.zeros(1)

    error = assert_refused(
        official_file(edit), "5 missing: layers_with_bone.1.att_spatial.norm2.weight", "6 unexpected: ", ", ..."
    )
    assert "wrong shape" not in error.what and error.what.count("stranger") == 5


def test_missing_prefix_of_one_key(official_file: OfficialFile) -> None:
    assert_refused(
        official_file(lambda s: s.__setitem__("head.bias", s.pop("module.head.bias"))), "lack the prefix", "'head.bias'"
    )


def test_wrong_shapes_are_named(official_file: OfficialFile) -> None:
    name = "layers_with_bone.1.att_spatial.mixer.proj.weight"
    assert_refused(
        official_file(_set(f"module.{name}", torch.zeros(8, 16))),
        f"1 of the wrong shape: {name} (8, 16) instead of (16, 16)",
    )


@pytest.mark.parametrize(
    ("name", "shape", "word"),
    [
        ("pos_embed", (1, 16, 16), "n_joints must be 17"),
        ("bone_pos_embed", (1, 16, 16), "wrong shape"),
        ("layers_with_bone.0.graph_temporal.mixer.batch_norm.weight", (81,), "81 frames"),
        ("layers_with_bone.1.graph_temporal.mixer.batch_norm.weight", (81,), "wrong shape"),
        ("joints_embed.weight", (16, 2), "dim_in must be 3"),
        ("joints_embed.weight", (0, 3), "dim_feat"),
        ("joints_embed.weight", (), "wrong shape"),
    ],
)
def test_wrong_window_joints_or_channels(
    official_file: OfficialFile, name: str, shape: tuple[int, ...], word: str
) -> None:
    assert_refused(official_file(_set(f"module.{name}", torch.zeros(shape))), word)


def test_another_network(tmp_path: Path) -> None:
    torch.save({"model": torch.nn.Linear(3, 3).state_dict()}, tmp_path / "other.pth")
    assert_refused(tmp_path / "other.pth", "not a KASportsFormer checkpoint")
    torch.save({"epoch": 3, "lr": 0.1}, tmp_path / "counters.pth")
    assert_refused(tmp_path / "counters.pth", "named tensors")
    torch.save([1, 2], tmp_path / "list.pth")
    assert_refused(tmp_path / "list.pth", "no state dict")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_values_that_are_not_finite_are_counted(
    official_file: OfficialFile, tmp_path: Path, tiny: KASportsFormer, value: float
) -> None:
    def edit(state: dict[str, torch.Tensor]) -> None:
        state["module.head.weight"][0, :3] = value
        state["module.layers_with_bone.0.graph_spatial.mixer.batch_norm.running_var"][0] = value

    assert_refused(official_file(edit), "checkpoint has 4 non-finite values")


def test_odd_kinds_of_tensor(official_file: OfficialFile) -> None:
    name = "module.head.weight"
    for value in (
        torch.zeros(3, 24, dtype=torch.int64),
        torch.zeros(3, 24).to_sparse(),
        torch.zeros(3, 24, device="meta"),
    ):
        assert_refused(official_file(_set(name, value)))


def test_one_stored_number_repeated(tmp_path: Path) -> None:
    """Right names and shapes, which cost memory only when they are touched."""
    with torch.device("meta"):
        shapes = KASportsFormer(KASportsFormerConfig(n_layers=1, dim_feat=1024)).state_dict()
    one = torch.zeros(1)
    state = {n: one.expand(v.shape) if v.is_floating_point() else torch.tensor(0) for n, v in shapes.items()}
    torch.save({"model": state}, tmp_path / "repeated.pth")
    assert_refused(tmp_path / "repeated.pth", "claim more bytes")


def test_layer_number_does_not_set_the_size(official_file: OfficialFile) -> None:
    assert_refused(official_file(_set("module.layers_with_bone.999999999.x", torch.zeros(1))), "missing")
