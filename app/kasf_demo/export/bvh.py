"""BVH, the motion file of animation programs: a skeleton of constant bone lengths that moves by rotations. Metres, y
up, facing z.

Source: Meredith and Maddock, Motion Capture File Formats Explained, 2001. The format knows no unit: Blender reads
metres at their size.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kasf_demo.export.foot_axes import ends_of, foot_axes
from kasf_demo.export.resample import EvenMotion, fixed, interpolated, y_up
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.skeleton import BONES, H36M

DOWN, UP, LEFT, RIGHT = (0.0, -1.0, 0.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (-1.0, 0.0, 0.0)
FRONT = (0.0, 0.0, 1.0)
# end of each bone -> its direction in the rest pose
REST: dict[str, tuple[float, float, float]] = {
    "r_hip": RIGHT,
    "r_knee": DOWN,
    "r_ankle": DOWN,
    "l_hip": LEFT,
    "l_knee": DOWN,
    "l_ankle": DOWN,
    "spine": UP,
    "thorax": UP,
    "neck": UP,
    "head": UP,
    "l_shoulder": LEFT,
    "l_elbow": LEFT,
    "l_wrist": LEFT,
    "r_shoulder": RIGHT,
    "r_elbow": RIGHT,
    "r_wrist": RIGHT,
}
BASES = {
    "r_hip": "r_hip_base",
    "l_hip": "l_hip_base",
    "spine": "spine_base",
    "neck": "neck_base",
    "l_shoulder": "l_collar",
    "r_shoulder": "r_collar",
}
END_M = 0.05  # end sites only make the last joint visible: hands and the crown are not estimated
TURNED = ("pelvis", "thorax")  # joints that carry the body's orientation


@dataclass(frozen=True)
class Node:
    """A joint of the file: name, index of its parent (-1: none), the Human3.6M joint where it lies, the one that it
    points at (or None)."""

    name: str
    parent: int
    at: str
    aims: str | None


def hierarchy(feet: str = "") -> tuple[Node, ...]:
    """All joints, parents first and depth first, as BVH writes them. feet: sides, "", "l", "r" or "lr", whose ankle has
    a heel and a toe."""
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
        if joint[1:] == "_ankle" and joint[0] in feet:
            nodes.extend(Node(f"{joint[0]}_{end}", own, joint, None) for end in ("heel", "toe"))

    add("pelvis", -1)
    return tuple(nodes)


NODES = hierarchy()


def bone_lengths(xyz: FloatArray) -> dict[str, float]:
    """End of each bone -> median length over the frames of (T, 17, 3), metres."""
    names = list(H36M)
    return {names[b]: float(np.median(np.linalg.norm(xyz[:, b] - xyz[:, a], axis=-1))) for a, b in BONES}


def local_rotations(
    xyz: FloatArray, nodes: tuple[Node, ...] = NODES, ankles: dict[str, FloatArray] | None = None
) -> FloatArray:
    """(T, N, 3, 3) rotation of each of `nodes` against its parent, for (T, 17, 3) poses, y up.

    Pelvis and thorax take the axes of hips and shoulders, ankles those of their feet (T, 3, 3), if given. Every other
    joint has the smallest rotation that aligns its bone with the pose: the twist of a limb, which 17 joints do not
    determine, is zero."""
    world: list[FloatArray] = []
    local: list[FloatArray] = []
    for node in nodes:
        above: FloatArray = world[node.parent] if node.parent >= 0 else np.broadcast_to(np.eye(3), (len(xyz), 3, 3))
        turned: FloatArray
        if ankles and node.name in ankles:
            turned = ankles[node.name]
        elif node.name in TURNED:
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
    """(T, 3, 3) columns left, up, forward: left along the line from right to left, up along the trunk as far as it
    can."""
    middle = [(xyz[:, H36M[f"r_{part}"]] + xyz[:, H36M[f"l_{part}"]]) / 2 for part in ("hip", "shoulder")]
    left = _unit(xyz[:, H36M[f"l_{line}"]] - xyz[:, H36M[f"r_{line}"]])
    up: FloatArray = middle[1] - middle[0]
    up = _unit(up - np.sum(up * left, axis=-1, keepdims=True) * left)
    return np.stack([left, up, np.cross(left, up)], axis=-1)


def swing(a: FloatArray, b: FloatArray) -> FloatArray:
    """(T, 3, 3) the smallest rotations that take directions a (T, 3) to b (T, 3). Opposite ones: half a turn about any
    perpendicular axis."""
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


_ROTATIONS = "Zrotation Xrotation Yrotation"


def write_bvh(path: Path, motion: EvenMotion, *, name: str) -> None:
    """Writes 17 joints and six helpers, and heels and toes on ankles whose foot is known. Frames without a pose are
    interpolated between their neighbours, held at the ends: BVH has no gaps.

    The JSON reports how many. Raises ValueError for a motion without any pose.
    """
    xyz = y_up(bridged(motion.xyz, motion.valid))
    nodes, ankles, ends = NODES, dict[str, FloatArray](), dict[str, FloatArray]()
    if motion.feet is not None:
        feet = y_up(motion.feet)
        sides = "".join(side for side, heel in (("l", 0), ("r", 2)) if np.isfinite(feet[:, heel]).any())
        nodes = hierarchy(sides)
        ankles = {f"{side}_ankle": foot_axes(xyz, feet, side) for side in sides}
        ends = {name: end for side in sides for name, end in ends_of(xyz, feet, side).items()}
    lines = ["HIERARCHY", *_hierarchy_lines(nodes, bone_lengths(xyz[motion.valid]), ends)]
    lines += ["MOTION", f"Frames: {len(xyz)}", f"Frame Time: {1 / motion.rate_hz:.8f}"]
    angles = zxy_deg(local_rotations(xyz, nodes, ankles)).reshape(len(xyz), -1)
    for root, row in zip(xyz[:, 0], angles, strict=True):
        lines.append(" ".join([*(fixed(v, 5) for v in root), *(fixed(v, 4) for v in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")


def bridged(xyz: FloatArray, valid: BoolArray) -> FloatArray:
    """(T, 17, 3) gaps interpolated linearly, the first and last pose held at the ends. Raises ValueError if there is no
    pose."""
    if not valid.any():
        raise ValueError("no frame holds a pose")
    flat = np.where(valid[:, None, None], xyz, np.nan).reshape(len(xyz), -1)
    return interpolated(flat).reshape(xyz.shape)


def _hierarchy_lines(nodes: tuple[Node, ...], lengths: dict[str, float], ends: dict[str, FloatArray]) -> list[str]:
    """ends: (3,) m of heels and toes from their ankles."""
    lines: list[str] = []
    depth = {-1: 0}
    for i, node in enumerate(nodes):
        depth[i] = depth[node.parent] + 1
        pad = "\t" * (depth[i] - 1)
        lines += [
            f"{pad}{'ROOT' if node.parent < 0 else 'JOINT'} {node.name}",
            f"{pad}{{",
            f"{pad}\tOFFSET {_offset(node.name, lengths, ends)}",
            f"{pad}\tCHANNELS 3 {_ROTATIONS}"
            if node.parent >= 0
            else f"{pad}\tCHANNELS 6 Xposition Yposition Zposition {_ROTATIONS}",
        ]
        if not any(n.parent == i for n in nodes):
            end = " ".join(fixed(END_M * c, 5) for c in REST.get(node.name, FRONT))
            lines += [f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET {end}", f"{pad}\t}}"]
        after = nodes[i + 1].parent if i + 1 < len(nodes) else -1
        closing = depth[i] - (depth[after] if i + 1 < len(nodes) else 0)
        lines += ["\t" * (depth[i] - 1 - k) + "}" for k in range(closing)]
    return lines


def _offset(name: str, lengths: dict[str, float], ends: dict[str, FloatArray]) -> str:
    """From the parent in the rest pose; none for the root and the helpers, which lie where their parent lies."""
    if name == "pelvis" or name in BASES.values():
        return "0 0 0"
    if name in ends:
        return " ".join(fixed(c, 5) for c in ends[name])
    return " ".join(fixed(lengths[name] * c, 5) for c in REST[name])
