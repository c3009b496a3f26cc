"""A jointed skeleton of constant bone lengths that follows a pose: the hierarchy of the BVH file, y up, metres, for
formats that animate nodes by rotations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from kasf_demo.export.bvh import BASES, NODES, REST, TURNED, Node, bone_lengths, hierarchy, local_rotations, swing
from kasf_demo.export.foot_axes import ends_of, foot_axes
from kasf_demo.export.resample import y_up
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M

# a limb that passes the direction opposite to its rest pose would twist by half a turn at once; it does so at this rate
MAX_TWIST_DEG_PER_S = 360.0


@dataclass(frozen=True)
class Rig:
    """N nodes over K frames. names (N,): the 17 joints, heels and toes of feet that are known in any frame, and helpers
    that lie on their parent; parents (N,), -1 for the
    root; offsets_m (N, 3) from the parent in the rest pose, a T facing z; aimed: end of each bone -> its node.

    frames (K,): those of the clip with a pose; root_m (K, 3); rotations (K, N, 3, 3) against the parent.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets_m: FloatArray
    aimed: dict[str, int]
    frames: NDArray[np.intp]
    root_m: FloatArray
    rotations: FloatArray

    @property
    def rest_m(self) -> FloatArray:
        """(N, 3) places of the nodes in the rest pose."""
        out = self.offsets_m.copy()
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                out[node] += out[parent]
        return out

    def quaternions(self) -> FloatArray:
        """(K, N, 4) x, y, z, w of the rotations; each has the sign that is nearer to the frame before."""
        k, n = self.rotations.shape[:2]
        out = Rotation.from_matrix(self.rotations.reshape(-1, 3, 3)).as_quat().reshape(k, n, 4)
        turned = (out[1:] * out[:-1]).sum(-1, keepdims=True) < 0
        out[1:] *= np.cumprod(np.where(turned, -1.0, 1.0), axis=0)
        return np.asarray(out)


def rig_of(pose: Pose3D) -> Rig:
    """The rig that follows a pose in world axes. Raises ValueError if no frame has a pose."""
    frames = np.flatnonzero(pose.valid)
    if not len(frames):
        raise ValueError("no frame holds a pose")
    xyz = y_up(np.asarray(pose.xyz, float)[frames])
    lengths = bone_lengths(xyz)
    nodes, ankles, ends = _feet(pose, frames, xyz)
    helpers = dict.fromkeys((*BASES.values(), "pelvis"), np.zeros(3))
    rest = {name: lengths[name] * np.array(REST[name]) for name in lengths} | helpers | ends
    offsets = np.array([rest[node.name] for node in nodes])
    offsets[0, 1] = lengths["l_knee"] + lengths["l_ankle"]  # the rest pose stands on its ankles
    return Rig(
        tuple(n.name for n in nodes), tuple(n.parent for n in nodes), offsets,
        {n.aims: i for i, n in enumerate(nodes) if n.aims is not None},
        frames, xyz[:, 0], steady_rotations(xyz, np.asarray(pose.times_s, float)[frames], nodes, ankles),
    )  # fmt: skip


def _feet(
    pose: Pose3D, frames: NDArray[np.intp], xyz: FloatArray
) -> tuple[tuple[Node, ...], dict[str, FloatArray], dict[str, FloatArray]]:
    """The nodes, axes of the ankles (K, 3, 3) whose foot is known in any frame, and places (3,) of heels and toes in
    them. Where a foot is not known it keeps the axes of the nearest frame."""
    if pose.feet is None:
        return NODES, {}, {}
    feet = y_up(np.asarray(pose.feet.xyz, float)[frames])
    sides = "".join(side for side, heel in (("l", 0), ("r", 2)) if np.isfinite(feet[:, heel]).any())
    ankles = {f"{side}_ankle": foot_axes(xyz, feet, side) for side in sides}
    return hierarchy(sides), ankles, {name: end for side in sides for name, end in ends_of(xyz, feet, side).items()}


def steady_rotations(
    xyz: FloatArray, times_s: FloatArray, nodes: tuple[Node, ...] = NODES, ankles: dict[str, FloatArray] | None = None
) -> FloatArray:
    """(K, N, 3, 3) as `bvh.local_rotations` of (K, 17, 3) poses, y up, but no limb twists faster than
    MAX_TWIST_DEG_PER_S. The joints' places are the same."""
    plain = local_rotations(xyz, nodes, ankles)
    world: list[FloatArray] = []
    local: list[FloatArray] = []
    for i, node in enumerate(nodes):
        above: FloatArray = world[node.parent] if node.parent >= 0 else np.broadcast_to(np.eye(3), (len(xyz), 3, 3))
        turned: FloatArray
        if node.name in TURNED or (ankles and node.name in ankles):  # against a parent whose own twist was slowed down
            now = _product(plain, i, nodes)
            turned = np.swapaxes(above, 1, 2) @ now
        elif node.aims is None:
            turned = plain[:, i]
        else:
            towards = np.swapaxes(above, 1, 2) @ (xyz[:, H36M[node.aims]] - xyz[:, H36M[node.at]])[..., None]
            turned = _without_flips(np.array(REST[node.aims]), towards[..., 0], times_s)
        local.append(turned)
        world.append(above @ turned)
    return np.stack(local, axis=1)


def _product(local: FloatArray, node: int, nodes: tuple[Node, ...]) -> FloatArray:
    """(K, 3, 3) the world rotation of a node."""
    out = local[:, node]
    while (node := nodes[node].parent) >= 0:
        out = local[:, node] @ out
    return out


def _without_flips(rest: FloatArray, towards: FloatArray, times_s: FloatArray) -> FloatArray:
    """(K, 3, 3) rotations from direction `rest` (3,) to `towards` (K, 3): the smallest ones, with a twist that leads
    back to them from frames in which they jump."""
    towards = towards / np.maximum(np.linalg.norm(towards, axis=-1, keepdims=True), 1e-12)
    smallest = swing(np.broadcast_to(rest, towards.shape), towards)
    if len(towards) < 2:
        return smallest
    carried = swing(towards[:-1], towards[1:]) @ smallest[:-1]  # the frame before, taken along without any twist
    turn = carried @ np.swapaxes(smallest[1:], 1, 2)  # about `towards`
    axis = np.stack([turn[:, 2, 1] - turn[:, 1, 2], turn[:, 0, 2] - turn[:, 2, 0], turn[:, 1, 0] - turn[:, 0, 1]], -1)
    sine, cosine = (axis * towards[1:]).sum(-1) / 2, (np.trace(turn, axis1=1, axis2=2) - 1) / 2
    jumps = np.arctan2(sine, cosine)
    allowed = np.radians(MAX_TWIST_DEG_PER_S) * np.diff(times_s)
    twist = np.zeros(len(towards))
    for k, (jump, most) in enumerate(zip(jumps, allowed, strict=True), 1):
        ahead = (twist[k - 1] + jump + np.pi) % (2 * np.pi) - np.pi
        twist[k] = np.sign(ahead) * max(abs(ahead) - most, 0.0)
    return np.asarray(Rotation.from_rotvec(twist[:, None] * towards).as_matrix() @ smallest)
