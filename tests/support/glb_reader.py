"""A reader of GLB files that shares no code with the writer: JSON, accessors, nodes at any time, skinned vertices."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

Array = NDArray[np.float64]
KINDS = {5121: "u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Glb:
    """One file, wholly read. `json` is its document."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        magic, version, length = struct.unpack("<4sII", data[:12])
        assert (magic, version, length) == (b"glTF", 2, len(data)) and length % 4 == 0
        size, kind = struct.unpack("<I4s", data[12:20])
        assert kind == b"JSON"
        self.json: dict[str, Any] = json.loads(data[20 : 20 + size])
        rest = data[20 + size :]
        blob, kind = struct.unpack("<I4s", rest[:8])
        assert kind == b"BIN\0" and blob == len(rest) - 8 == self.json["buffers"][0]["byteLength"]
        self.blob = rest[8:]

    def values(self, accessor: int) -> NDArray[Any]:
        """(count, width) of an accessor."""
        a = self.json["accessors"][accessor]
        view = self.json["bufferViews"][a["bufferView"]]
        assert view["byteOffset"] % 4 == 0
        kind, n = np.dtype(KINDS[a["componentType"]]), a["count"] * WIDTH[a["type"]]
        assert view["byteLength"] == n * kind.itemsize
        return np.frombuffer(self.blob, kind, n, view["byteOffset"]).reshape(a["count"], -1)

    def track(self, node: int, path: str) -> tuple[Array, Array, str] | None:
        """Times, values and interpolation of what moves a node, None if nothing does."""
        animation = self.json["animations"][0]
        for channel in animation["channels"]:
            if channel["target"] == {"node": node, "path": path}:
                s = animation["samplers"][channel["sampler"]]
                return self.values(s["input"])[:, 0].astype(float), self.values(s["output"]), s["interpolation"]
        return None

    def matrices(self, time_s: float) -> Array:
        """(nodes, 4, 4) from each node to the world."""
        nodes = self.json["nodes"]
        parent = {child: i for i, node in enumerate(nodes) for child in node.get("children", [])}
        local = [self._local(i, time_s) for i in range(len(nodes))]
        out = []
        for i, matrix in enumerate(local):
            up = parent.get(i)
            while up is not None:
                matrix, up = local[up] @ matrix, parent.get(up)
            out.append(matrix)
        return np.array(out)

    def _local(self, i: int, time_s: float) -> Array:
        node, out = self.json["nodes"][i], np.eye(4)
        turned = self._at(i, "rotation", time_s, np.array(node.get("rotation", [0, 0, 0, 1.0])))
        scale = self._at(i, "scale", time_s, np.array(node.get("scale", [1.0, 1, 1])))
        out[:3, :3] = Rotation.from_quat(turned).as_matrix() * scale
        out[:3, 3] = self._at(i, "translation", time_s, np.array(node.get("translation", [0.0, 0, 0])))
        return out

    def _at(self, i: int, path: str, time_s: float, still: Array) -> Array:
        track = self.track(i, path)
        if track is None:
            return still
        times, values, how = track
        if how == "STEP":
            return np.asarray(values[max(np.searchsorted(times, time_s, side="right") - 1, 0)], float)
        when = np.clip(time_s, times[0], times[-1])
        if path == "rotation" and len(times) > 1:
            return np.asarray(Slerp(times, Rotation.from_quat(values))(when).as_quat())
        return np.array([np.interp(when, times, column) for column in values.T])

    def places(self, time_s: float, skin: int = 0) -> dict[str, Array]:
        """Name of each node of a skin -> its place (3,)."""
        matrices = self.matrices(time_s)
        return {self.json["nodes"][i]["name"]: matrices[i, :3, 3] for i in self.json["skins"][skin]["joints"]}

    def vertices(self, time_s: float, skin: int = 0) -> Array:
        """(V, 3) of the mesh of a skin, moved by its nodes."""
        held = self.json["skins"][skin]
        body = next(n for n in self.json["nodes"] if n.get("skin") == skin)
        attributes = self.json["meshes"][body["mesh"]]["primitives"][0]["attributes"]
        inverse = self.values(held["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2)
        moved = self.matrices(time_s)[held["joints"]] @ inverse
        p = np.concatenate([self.values(attributes["POSITION"]), np.ones((self._count(attributes), 1))], axis=1)
        joints, weights = self.values(attributes["JOINTS_0"]), self.values(attributes["WEIGHTS_0"])
        return np.einsum("vk,vkij,vj->vi", weights, moved[joints], p)[:, :3]

    def _count(self, attributes: dict[str, int]) -> int:
        return int(self.json["accessors"][attributes["POSITION"]]["count"])
