"""Compiled networks that are kept: the same numbers from the file, and no file that stops a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasf_demo.files.compiled_networks import MAX_FILES, compile_kept
from kasf_demo.third_party import openvino

pytest.importorskip("openvino")
CONFIG = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}


class Small:
    """A product with a matrix, relu; counts how often it is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Any:
        from openvino import Model, opset13

        self.made += 1
        x = opset13.parameter([2, 64], np.float32)
        matrix = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
        return Model([opset13.relu(opset13.matmul(x, opset13.constant(matrix), False, False))], [x])


def run(make: Small, folder: Path | None, identity: str = "small") -> np.ndarray:
    ov = openvino()
    compiled = compile_kept(ov, ov.Core(), make, CONFIG, identity, folder)
    x = np.random.default_rng(1).normal(size=(2, 64)).astype(np.float32)
    return np.array(compiled(x)[0])


def test_the_file_gives_the_same_numbers(tmp_path: Path) -> None:
    make, folder = Small(), tmp_path / "new" / "compiled"
    first, second = run(make, folder), run(make, folder)
    assert make.made == 1 and np.array_equal(first, second) and np.array_equal(first, run(make, None))


def test_another_identity_is_another_file(tmp_path: Path) -> None:
    make = Small()
    run(make, tmp_path, "a")
    run(make, tmp_path, "b")
    assert make.made == 2 and len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"nothing", "half", "a bit"])
def test_a_damaged_file_is_made_again(damage: bytes | str, tmp_path: Path) -> None:
    make = Small()
    wanted, file = run(make, tmp_path), next(tmp_path.glob("*.blob"))
    whole = file.read_bytes()
    changed = {"half": whole[: len(whole) // 2], "a bit": whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:]}
    file.write_bytes(changed[damage] if isinstance(damage, str) else damage)
    assert np.array_equal(run(make, tmp_path), wanted) and make.made == 2
    assert file.read_bytes() == whole or np.array_equal(run(make, tmp_path), wanted)
    assert make.made == 2


def test_a_whole_file_that_openvino_refuses_is_made_again(tmp_path: Path) -> None:
    import hashlib

    make = Small()
    wanted, file = run(make, tmp_path), next(tmp_path.glob("*.blob"))
    file.write_bytes(hashlib.sha256(b"no network").digest() + b"no network")
    assert np.array_equal(run(make, tmp_path), wanted) and make.made == 2


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    make = Small()
    assert run(make, tmp_path / "file" / "compiled").shape == (2, 64) and make.made == 1


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    for i in range(MAX_FILES + 3):
        run(Small(), tmp_path, str(i))
    assert len(list(tmp_path.glob("*.blob"))) == MAX_FILES
