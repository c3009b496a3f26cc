"""Weight files that lie or want to run code. Nothing of them may be executed or allocated."""

from __future__ import annotations

import argparse
import io
import json
import os
import pickle
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from kasportsformer import CheckpointError, KASportsFormer, convert, load_model
from lifting.tensorfile import read_tensors


class Evil:
    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (f"touch '{self.marker}'",)


@pytest.mark.parametrize("protocol", range(6))
def test_raw_pickle_that_runs_code(tmp_path: Path, protocol: int) -> None:
    path, marker = tmp_path / "evil.pth", tmp_path / "PWNED"
    path.write_bytes(pickle.dumps({"model": Evil(marker)}, protocol))
    for load in (load_model, lambda p: convert(p, tmp_path / "out.safetensors")):
        with pytest.raises(CheckpointError):
            load(path)
    assert not marker.exists() and not (tmp_path / "out.safetensors").exists()


def test_zip_pickle_that_runs_code(official_file: Callable[..., Path], tmp_path: Path) -> None:
    marker = tmp_path / "PWNED"
    path = official_file(optimizer=Evil(marker))
    for load in (load_model, lambda p: convert(p, tmp_path / "out.safetensors")):
        with pytest.raises(CheckpointError, match=r"system.*could run code"):
            load(path)
    assert not marker.exists() and not (tmp_path / "out.safetensors").exists()


def test_legacy_torch_format_is_not_opened(tmp_path: Path, tiny: KASportsFormer) -> None:
    torch.save({"model": tiny.state_dict()}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    with pytest.raises(CheckpointError, match=r"before torch 1\.6"):
        load_model(tmp_path / "old.pth")


def test_python_objects_get_a_convert_hint(
    official_file: Callable[..., Path], tmp_path: Path, tiny: KASportsFormer
) -> None:
    with pytest.raises(CheckpointError, match=r"argparse\.Namespace.*safetensors"):
        load_model(official_file(args=argparse.Namespace(n=1)))
    torch.save(tiny, tmp_path / "full.pth")
    with pytest.raises(CheckpointError, match=r"holds Python objects.*safetensors"):
        load_model(tmp_path / "full.pth")
    torch.save({"model": tiny}, tmp_path / "inner.pth")
    with pytest.raises(CheckpointError, match=r"holds Python objects.*safetensors"):
        load_model(tmp_path / "inner.pth")


def test_torchscript_and_other_zips(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "some.pth", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(CheckpointError, match="zip archive"):
        load_model(tmp_path / "some.pth")


def _rewrite(
    source: Path, target: Path, change: Callable[[str, bytes], bytes], compression: int = zipfile.ZIP_STORED
) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", compression) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
    return target


def test_compressed_archive_is_not_unpacked(official_file: Callable[..., Path], tmp_path: Path) -> None:
    path = _rewrite(official_file(), tmp_path / "bomb.pth", lambda _, content: content, zipfile.ZIP_DEFLATED)
    with pytest.raises(CheckpointError, match="compressed"):
        load_model(path)


def test_storage_smaller_than_the_tensor_says(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(2, 3)}, tmp_path / "a.pth")

    def lie(name: str, content: bytes) -> bytes:
        return content.replace(b"K\x06tq", b"J\x00\x00\x00\x04tq").replace(
            b"K\x02K\x03\x86", b"J\x00\x00\x00\x02K\x01\x86"
        )

    with pytest.raises(CheckpointError):
        read_tensors(_rewrite(tmp_path / "a.pth", tmp_path / "lie.pth", lie))


def _safetensors(header: dict[str, Any] | bytes, length: int | None = None, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


@pytest.mark.parametrize(
    "content",
    [
        _safetensors(b"{}", length=2**62),
        _safetensors(b"{}", length=99_000_000),
        _safetensors({"a": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}, data=bytes(16)),
        _safetensors({"a": {"dtype": "F32", "shape": [2**62, 2**62], "data_offsets": [0, 16]}}, data=bytes(16)),
        _safetensors({"a": {"dtype": "F32", "shape": [4], "data_offsets": [16, 0]}}, data=bytes(16)),
        _safetensors({"a": {"dtype": "XX", "shape": [4], "data_offsets": [0, 16]}}, data=bytes(16)),
        _safetensors(b"{" * 100_000),
        _safetensors(b'{"a": \xff\xfe}'),
    ],
)
def test_lying_safetensors_headers_allocate_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hdr_huge.safetensors"
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match="safetensors"):
        load_model(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_wide_names_cannot_build_a_wide_network(tmp_path: Path) -> None:
    """Shapes that ask for terabytes, with no data behind them."""
    state = {
        "joints_embed.weight": torch.zeros(1).expand(2**20, 3),
        "pos_embed": torch.zeros(1).expand(1, 17, 2**20),
        "layers_with_bone.0.att_spatial.mlp.fc1.weight": torch.zeros(1).expand(2**30, 2**20),
    }
    buffer = io.BytesIO()
    torch.save({"model": state}, buffer)
    (tmp_path / "wide.pth").write_bytes(buffer.getvalue())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(CheckpointError, match="missing"):
        load_model(tmp_path / "wide.pth")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
