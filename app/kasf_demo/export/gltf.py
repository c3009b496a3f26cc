"""A glTF 2.0 document and its binary container (GLB): JSON, and one buffer of numbers.

Source: Khronos, glTF 2.0 Specification, sections 3.6 (buffers, accessors) and 4 (GLB file format).
"""

from __future__ import annotations

import json
import struct
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER = 34962, 34963  # bufferView.target: vertex attributes, triangle indices
_COMPONENTS = {"float32": 5126, "uint8": 5121, "uint16": 5123, "uint32": 5125}
_MAGIC, _VERSION, _JSON, _BIN = 0x46546C67, 2, 0x4E4F534A, 0x004E4942
_ALIGNED = 4  # bytes: start of each accessor and length of each chunk

Kind = Literal["SCALAR", "VEC2", "VEC3", "VEC4", "MAT4"]


class GltfDocument:
    """A document under construction. `add` and `accessor` return the index by which other parts refer to the new one;
    `to_bytes` is the GLB file."""

    def __init__(self, generator: str) -> None:
        self.json: dict[str, Any] = {"asset": {"version": "2.0", "generator": generator}}
        self._blob = bytearray()

    def add(self, group: str, part: dict[str, Any]) -> int:
        """Appends `part` to `group` (nodes, meshes, skins, ...)."""
        parts: list[dict[str, Any]] = self.json.setdefault(group, [])
        parts.append(part)
        return len(parts) - 1

    def accessor(
        self, values: NDArray[Any], kind: Kind, *, target: int | None = None, bounds: bool = False, unit: bool = False
    ) -> int:
        """Appends (N, ...) numbers, float32, uint8, uint16 or uint32. bounds: with minimum and maximum, which the
        format wants of positions and of animation times; unit: whole numbers stand for 0 to 1."""
        flat = np.ascontiguousarray(values).reshape(len(values), -1)
        self._blob += bytes(-len(self._blob) % _ALIGNED)
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self._blob), "byteLength": flat.nbytes}
        self._blob += flat.astype(flat.dtype.newbyteorder("<")).tobytes()
        more: dict[str, Any] = {"min": flat.min(0).tolist(), "max": flat.max(0).tolist()} if bounds else {}
        return self.add(
            "accessors",
            {
                "bufferView": self.add("bufferViews", view | ({} if target is None else {"target": target})),
                "componentType": _COMPONENTS[flat.dtype.name], "count": len(flat), "type": kind,
            } | ({"normalized": True} if unit else {}) | more,
        )  # fmt: skip

    def to_bytes(self) -> bytes:
        """The GLB file: header, JSON chunk, binary chunk."""
        blob = bytes(self._blob) + bytes(-len(self._blob) % _ALIGNED)
        document = self.json | ({"buffers": [{"byteLength": len(blob)}]} if blob else {})
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        text += b" " * (-len(text) % _ALIGNED)
        chunks = struct.pack("<II", len(text), _JSON) + text
        if blob:
            chunks += struct.pack("<II", len(blob), _BIN) + blob
        return struct.pack("<III", _MAGIC, _VERSION, 12 + len(chunks)) + chunks
