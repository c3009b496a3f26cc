"""GLB, the binary file of glTF 2.0, which browsers, phones, game engines and Blender open: all people of a clip as
animated skeletons with a light body. Metres, y up, the clip's own times.

Source: Khronos, glTF 2.0 Specification, sections 3.7 (skins) and 3.11 (animations).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.export.body_mesh import body_mesh
from kasf_demo.export.gltf import ARRAY_BUFFER, ELEMENT_ARRAY_BUFFER, GltfDocument
from kasf_demo.export.rig import Rig, rig_of
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.people import Person
from kasportsformer.skeleton import H36M_NAMES

AXES = "x to the right of the image, y up, z toward the camera; the floor at y = 0"
MIN_TURN = 1e-6  # a node that turns less than this in the whole clip has no channel


def write_glb(path: Path, people: Sequence[Person], about: Mapping[str, str | float | bool | None]) -> None:
    """Writes the people that have a pose, in world axes: for each a hierarchy of nodes, a skin and a mesh, and one
    animation for all.

    Nodes are named as the joints; helpers that only turn lie on their parent. Keys are at the times of the frames with
    a pose. In all others the person's root has scale 0, by which glTF viewers hide it. about: `npz.origin`. Raises
    ValueError if nobody has a pose.
    """
    posed = [person for person in people if person.pose.valid.any()]
    if not posed:
        raise ValueError("no frame holds a pose")
    document = GltfDocument(f"kasf-demo {about.get('kasf_demo_version') or ''}".strip())
    material = document.add(
        "materials",
        {"name": "body", "pbrMetallicRoughness": {"metallicFactor": 0.0, "roughnessFactor": 0.6}},
    )
    animation = _Animation(document)
    roots: list[int] = []
    for person in posed:
        roots += _add_person(document, animation, person, material)
    extras = {"joints": list(H36M_NAMES), "axes": AXES, "unit": "m", "people": [p.id for p in posed]}
    document.json["scenes"] = [{"nodes": roots, "extras": extras | {k: v for k, v in about.items() if v is not None}}]
    document.json["scene"] = 0
    document.add("animations", {"name": "motion", "samplers": animation.samplers, "channels": animation.channels})
    path.write_bytes(document.to_bytes())


class _Animation:
    """Samplers and channels of the one animation; keys of the same times share their accessor."""

    def __init__(self, document: GltfDocument) -> None:
        self.document = document
        self.samplers: list[dict[str, Any]] = []
        self.channels: list[dict[str, Any]] = []

    def times(self, seconds: FloatArray) -> int:
        return self.document.accessor(seconds.astype(np.float32), "SCALAR", bounds=True)

    def channel(self, node: int, path: str, times: int, values: FloatArray, *, step: bool = False) -> None:
        output = self.document.accessor(values.astype(np.float32), "VEC4" if path == "rotation" else "VEC3")
        self.samplers.append({"input": times, "output": output, "interpolation": "STEP" if step else "LINEAR"})
        self.channels.append({"sampler": len(self.samplers) - 1, "target": {"node": node, "path": path}})


def _add_person(document: GltfDocument, animation: _Animation, person: Person, material: int) -> list[int]:
    """Nodes, skin, mesh and channels of one person. Returns the two nodes at the top: skeleton and body."""
    rig = rig_of(person.pose)
    first = len(document.json.get("nodes", []))
    quaternions = rig.quaternions()
    for i, name in enumerate(rig.names):
        place = rig.root_m[0] if rig.parents[i] < 0 else rig.offsets_m[i]
        children = [first + c for c, parent in enumerate(rig.parents) if parent == i]
        node = {"name": name, "translation": _plain(place), "rotation": _plain(quaternions[0, i])}
        document.add("nodes", node | ({"children": children} if children else {}))
    _animate(animation, first, rig, quaternions, np.asarray(person.pose.times_s, float), person.pose.valid)
    top = document.add("nodes", {"name": f"person {person.id}", "children": [first], "extras": {"person": person.id}})
    body = {"name": f"body {person.id}", "mesh": _mesh(document, rig, material), "skin": _skin(document, rig, first)}
    return [top, document.add("nodes", body)]


def _plain(values: FloatArray) -> list[float]:
    return [round(float(v), 7) + 0.0 for v in values]


def _animate(
    animation: _Animation, first: int, rig: Rig, quaternions: FloatArray, times_s: FloatArray, valid: BoolArray
) -> None:
    """Channels of a person's root place, of each node that turns, and of the root's scale if there are gaps."""
    kept = increasing(times_s[rig.frames])
    times = animation.times(times_s[rig.frames][kept])
    animation.channel(first, "translation", times, rig.root_m[kept])
    for i in range(len(rig.names)):
        if np.ptp(quaternions[:, i], axis=0).max() > MIN_TURN:
            animation.channel(first + i, "rotation", times, quaternions[kept, i])
    if not valid.all():
        changes = np.flatnonzero(np.diff(valid.astype(int), prepend=-1))  # the first frame, and each change
        changes = changes[increasing(times_s[changes])]
        scale = np.repeat(valid[changes].astype(float)[:, None], 3, axis=1)
        animation.channel(first, "scale", animation.times(times_s[changes]), scale, step=True)


def increasing(times_s: FloatArray) -> BoolArray:
    """(K,) True where a time is later than all before it as float32, which is what glTF holds: hours into a clip of a
    high rate, frames may be too close."""
    seconds = times_s.astype(np.float32)
    return np.asarray(np.diff(np.maximum.accumulate(seconds), prepend=-np.inf) > 0)


def _skin(document: GltfDocument, rig: Rig, first: int) -> int:
    matrices = np.tile(np.eye(4, dtype=np.float32), (len(rig.names), 1, 1))
    matrices[:, 3, :3] = -rig.rest_m  # glTF writes matrices by columns
    joints = [first + i for i in range(len(rig.names))]
    return document.add(
        "skins",
        {
            "inverseBindMatrices": document.accessor(matrices, "MAT4"), "joints": joints, "skeleton": first,
            "extras": {"joints": list(rig.names)},
        },
    )  # fmt: skip


def _mesh(document: GltfDocument, rig: Rig, material: int) -> int:
    mesh = body_mesh(rig)
    joints = np.zeros((len(mesh.node), 4), np.uint8)
    joints[:, 0] = mesh.node
    weights = np.zeros((len(mesh.node), 4), np.float32)
    weights[:, 0] = 1.0
    attributes = {
        "POSITION": document.accessor(mesh.positions_m.astype(np.float32), "VEC3", bounds=True, target=ARRAY_BUFFER),
        "NORMAL": document.accessor(mesh.normals.astype(np.float32), "VEC3", target=ARRAY_BUFFER),
        "COLOR_0": document.accessor(_linear(mesh.rgb), "VEC4", unit=True, target=ARRAY_BUFFER),
        "JOINTS_0": document.accessor(joints, "VEC4", target=ARRAY_BUFFER),
        "WEIGHTS_0": document.accessor(weights, "VEC4", target=ARRAY_BUFFER),
    }
    indices = document.accessor(mesh.triangles.reshape(-1), "SCALAR", target=ELEMENT_ARRAY_BUFFER)
    return document.add(
        "meshes",
        {"name": "body", "primitives": [{"attributes": attributes, "indices": indices, "material": material}]},
    )


def _linear(rgb: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """(V, 4) opaque vertex colours, 0 to 65535, in the linear RGB that glTF wants, of sRGB 0 to 255 (IEC 61966-2-1)."""
    share = rgb / 255.0
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.concatenate([np.round(65535 * light), np.full((len(rgb), 1), 65535)], axis=1).astype(np.uint16)
