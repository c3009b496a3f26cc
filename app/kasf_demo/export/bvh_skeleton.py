"""The skeleton of our BVH files: Human3.6M's joints, the rest pose, and rotations that reproduce a pose exactly.

A joint's rotation aims all its children at once, but pelvis and thorax have three, whose directions are independent in an estimate. As in
CMU's files, each of these therefore hangs on a joint of its own without length (`r_hip_base`, `l_collar`, ...), so that every bone has its
measured direction. Axes here are BVH's: y up, z toward the camera. The rest pose is a T, facing z, the left hand at +x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import BONES, H36M

DOWN, UP, LEFT, RIGHT = (0.0, -1.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)
# end of each bone -> its direction in the rest pose
REST: dict[str, tuple[float, float, float]] = {
    "r_hip": RIGHT, "r_knee": DOWN, "r_ankle": DOWN, "l_hip": LEFT, "l_knee": DOWN, "l_ankle": DOWN, "spine": UP, "thorax": UP, "neck": UP,
    "head": UP, "l_shoulder": LEFT, "l_elbow": LEFT, "l_wrist": LEFT, "r_shoulder": RIGHT, "r_elbow": RIGHT, "r_wrist": RIGHT,
}  # fmt: skip
BASES = {"r_hip": "r_hip_base", "l_hip": "l_hip_base", "spine": "spine_base", "neck": "neck_base", "l_shoulder": "l_collar",
         "r_shoulder": "r_collar"}  # fmt: skip
END_M = 0.05  # end sites are handles to see the last joint by: nothing is known of feet, hands and the crown
TURNED = ("pelvis", "thorax")  # joints that carry the body's orientation


@dataclass(frozen=True)
class Node:
    """A joint of the file: name, index of its parent (-1: none), the Human3.6M joint where it lies, the one that it points at (or None)."""

    name: str
    parent: int
    at: str
    aims: str | None


def hierarchy() -> tuple[Node, ...]:
    """All joints, parents first and depth first, as BVH writes them."""
    nodes: list[Node] = []
    children: dict[str, list[str]] = {}
    names = list(H36M)
    for parent, child in BONES:
        children.setdefault(names[parent], []).append(names[child])

    def add(joint: str, parent: int) -> None:
        below = children.get(joint, [])
        nodes.append(Node(joint, parent, joint, None if joint in TURNED or not below else below[0]))
        own = len(nodes) - 1
        for child in below:
            if child in BASES:
                nodes.append(Node(BASES[child], own, joint, child))
                add(child, len(nodes) - 1)
            else:
                add(child, own)

    add("pelvis", -1)
    return tuple(nodes)


NODES = hierarchy()


def bone_lengths(xyz: FloatArray) -> dict[str, float]:
    """End of each bone -> median length over the frames of (T, 17, 3), metres."""
    names = list(H36M)
    return {names[b]: float(np.median(np.linalg.norm(xyz[:, b] - xyz[:, a], axis=-1))) for a, b in BONES}


def local_rotations(xyz: FloatArray) -> FloatArray:
    """(T, N, 3, 3) rotation of each of `NODES` against its parent, for (T, 17, 3) poses, y up.

    Pelvis and thorax take the axes of hips and shoulders. Every other joint turns as little as it can to point its bone along the pose's:
    what the 17 joints do not tell, the twist of a limb, is zero.
    """
    world: list[FloatArray] = []
    local: list[FloatArray] = []
    for node in NODES:
        above: FloatArray = world[node.parent] if node.parent >= 0 else np.broadcast_to(np.eye(3), (len(xyz), 3, 3))
        turned: FloatArray
        if node.name in TURNED:
            turned = _body_axes(xyz, "hip" if node.name == "pelvis" else "shoulder")
        elif node.aims is None:
            turned = above
        else:
            now = above @ np.array(REST[node.aims])
            turned = swing(now, xyz[:, H36M[node.aims]] - xyz[:, H36M[node.at]]) @ above
        world.append(turned)
        local.append(np.swapaxes(above, 1, 2) @ turned)
    return np.stack(local, axis=1)


def _body_axes(xyz: FloatArray, line: str) -> FloatArray:
    """(T, 3, 3) columns left, up, forward: left along the line from right to left, up along the trunk as far as it can."""
    middle = [(xyz[:, H36M[f"r_{part}"]] + xyz[:, H36M[f"l_{part}"]]) / 2 for part in ("hip", "shoulder")]
    left = _unit(xyz[:, H36M[f"l_{line}"]] - xyz[:, H36M[f"r_{line}"]])
    up: FloatArray = middle[1] - middle[0]
    up = _unit(up - np.sum(up * left, axis=-1, keepdims=True) * left)
    return np.stack([left, up, np.cross(left, up)], axis=-1)


def swing(a: FloatArray, b: FloatArray) -> FloatArray:
    """(T, 3, 3) the smallest rotations that take directions a (T, 3) to b (T, 3). Opposite ones: half a turn about any axis across."""
    a, b = _unit(a), _unit(b)
    axis, cosine = np.cross(a, b), np.sum(a * b, axis=-1)
    opposite = cosine < -1 + 1e-9
    x, y, z = np.moveaxis(axis, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack([zero, -z, y, z, zero, -x, -y, x, zero], axis=-1).reshape(-1, 3, 3)
    out = np.eye(3) + cross + cross @ cross / np.where(opposite, 1.0, 1 + cosine)[:, None, None]  # Rodrigues
    if opposite.any():
        across: FloatArray = np.cross(a[opposite], np.eye(3)[np.argmin(np.abs(a[opposite]), axis=-1)])
        across = _unit(across)
        out[opposite] = 2 * across[:, :, None] * across[:, None, :] - np.eye(3)
    return np.asarray(out)


def _unit(v: FloatArray) -> FloatArray:
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-12))


def zxy_deg(rotations: FloatArray) -> FloatArray:
    """(T, N, 3) degrees about z, x, y of (T, N, 3, 3) = Rz Rx Ry, without needless jumps over time."""
    r = rotations
    cosine = np.hypot(r[..., 0, 1], r[..., 1, 1])
    free = cosine > 1e-7  # else z and y turn about the same axis: all of it goes to z
    z = np.where(free, np.arctan2(-r[..., 0, 1], r[..., 1, 1]), np.arctan2(r[..., 1, 0], r[..., 0, 0]))
    y = np.where(free, np.arctan2(-r[..., 2, 0], r[..., 2, 2]), 0.0)
    angles = np.asarray(np.degrees(np.stack([z, np.arctan2(r[..., 2, 1], cosine), y], axis=-1)))
    for t in range(1, len(angles)):
        angles[t] = _nearest(angles[t], angles[t - 1])
    return angles


def _nearest(angles: FloatArray, before: FloatArray) -> FloatArray:
    """The same rotations (N, 3), written so that they are closest to those before."""
    other = np.stack([angles[:, 0] + 180, 180 - angles[:, 1], angles[:, 2] + 180], axis=-1)
    both = np.stack([a + 360 * np.round((before - a) / 360) for a in (angles, other)])
    best = np.argmin(np.abs(both - before).sum(-1), axis=0)
    return np.asarray(both[best, np.arange(len(angles))])
