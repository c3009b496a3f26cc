"""`weights convert`: our atomic wrapper around the network library's conversion."""

from __future__ import annotations

from pathlib import Path

import pytest

from kasf_demo import weights
from kasf_demo.errors import ModelError, OutputError, UsageError
from kasf_demo.weights import store

SHIPPED = weights.available("kasf-open-s")


@pytest.mark.assets
def test_converts_and_keeps_what_is_known(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from kasportsformer.checkpoint import read_config

    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "cache"))
    source = shared / "weights" / "kasportsformer_bootstrap.pth"
    target = weights.convert(source, tmp_path / "plain.safetensors", heads=4)
    assert read_config(target).num_heads == 4 and weights.resolve(target, kind="lifter").entry is None

    cached = tmp_path / "cache" / "weights" / "kasportsformer-sp-det.pth"  # as if that file had been fetched
    cached.parent.mkdir(parents=True)
    cached.write_bytes(source.read_bytes())
    weights.fetch("kasportsformer-sp-det", offline=True, say=lambda _: None)
    target = weights.convert(source, tmp_path / "known.safetensors")
    assert read_config(target).num_heads == 8, "from the registry: the file is byte for byte a known one"
    known = weights.resolve(target, kind="lifter")
    assert known.entry is not None and known.entry.name == "kasportsformer-sp-det" and known.crop_scale == 1.8
    assert {p.name for p in tmp_path.iterdir()} == {"cache", "plain.safetensors", "known.safetensors"}


def test_refusals(tmp_path: Path) -> None:
    junk = tmp_path / "junk.pth"
    junk.write_bytes(b"<!doctype html><html>quota</html>")
    with pytest.raises(ModelError) as error:
        weights.convert(junk, tmp_path / "out.safetensors", heads=4)
    assert error.value.path == junk
    with pytest.raises(UsageError, match=r"NAME\.safetensors"):
        weights.convert(junk, tmp_path / "out.pth")
    with pytest.raises(ModelError, match="no such file"):
        weights.convert(tmp_path / "no.pth", tmp_path / "out.safetensors")
    there = tmp_path / "there.safetensors"
    there.write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists already"):
        weights.convert(junk, there)
    with pytest.raises(UsageError, match="the target is the source"):
        weights.convert(there, there)
    assert SHIPPED is not None
    with pytest.raises(OutputError, match="cannot be written"):
        weights.convert(SHIPPED, tmp_path / "no" / "out.safetensors")
    assert {p.name for p in tmp_path.iterdir()} == {"junk.pth", "there.safetensors"} and there.read_bytes() == b"mine"


def test_overwrite_and_a_header_that_lies(tmp_path: Path) -> None:
    import numpy as np
    from safetensors.numpy import save_file

    assert SHIPPED is not None
    target = tmp_path / "again.safetensors"
    target.write_bytes(b"old")
    assert weights.convert(SHIPPED, target, overwrite=True) == target
    found = weights.resolve(target, kind="lifter")
    assert found.entry is not None and found.entry.name == "kasf-open-s"
    save_file({"x": np.zeros(1)}, target, metadata={store.CONVERTED_FROM: "no-such-name"})
    assert weights.resolve(target, kind="lifter").entry is None
    target.write_bytes(b"\xff" * 64)
    assert weights.resolve(target, kind="lifter").entry is None
