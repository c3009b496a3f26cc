"""The GLB container: chunks, alignment, accessors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from glb_reader import Glb

from kasf_demo.export.gltf import ARRAY_BUFFER, GltfDocument


def test_numbers_come_back_whatever_their_kind(tmp_path: Path) -> None:
    document = GltfDocument("me")
    kept = {
        document.accessor(np.arange(5, dtype=np.uint8), "SCALAR"): np.arange(5)[:, None],
        document.accessor(np.eye(3, dtype=np.float32), "VEC3", bounds=True, target=ARRAY_BUFFER): np.eye(3),
        document.accessor(np.array([[1, 2]], np.uint16), "VEC2", unit=True): np.array([[1, 2]]),
        document.accessor(np.eye(4, dtype=np.float32)[None], "MAT4"): np.eye(4).reshape(1, 16),
    }
    (tmp_path / "x.glb").write_bytes(document.to_bytes())
    glb = Glb(tmp_path / "x.glb")  # which checks lengths and alignment
    for accessor, values in kept.items():
        np.testing.assert_array_equal(glb.values(accessor), values)
    first, second, third, _ = glb.json["accessors"]
    assert "min" not in first and second["min"] == [0, 0, 0] and second["max"] == [1, 1, 1] and third["normalized"]
    assert glb.json["bufferViews"][1]["target"] == ARRAY_BUFFER and "target" not in glb.json["bufferViews"][0]


def test_a_document_without_numbers_has_no_binary_chunk_and_nan_is_refused() -> None:
    document = GltfDocument("Läufer")
    data = document.to_bytes()
    assert json.loads(data[20:]) == {"asset": {"version": "2.0", "generator": "Läufer"}} and len(data) % 4 == 0
    document.add("nodes", {"translation": [float("nan")] * 3})
    with pytest.raises(ValueError, match="JSON"):
        document.to_bytes()
