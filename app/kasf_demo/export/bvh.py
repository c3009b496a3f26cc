"""BVH, the motion file of animation programs: a skeleton of constant bone lengths that moves by rotations. Metres, y up, facing z.

Source: Meredith and Maddock, Motion Capture File Formats Explained, 2001. The format knows no unit: Blender reads metres at their size.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kasf_demo.export.bvh_skeleton import BASES, END_M, NODES, REST, bone_lengths, local_rotations, zxy_deg
from kasf_demo.export.resample import EvenMotion, fixed, interpolated, y_up
from kasf_demo.types.arrays import BoolArray, FloatArray

_ROTATIONS = "Zrotation Xrotation Yrotation"


def write_bvh(path: Path, motion: EvenMotion, *, name: str) -> None:
    """Writes 17 joints and six helpers. Frames without a pose are interpolated between their neighbours, held at the ends: BVH has no gaps.

    The JSON says how many. Raises ValueError for a motion without any pose.
    """
    xyz = y_up(bridged(motion.xyz, motion.valid))
    lines = ["HIERARCHY", *_hierarchy_lines(bone_lengths(xyz[motion.valid]))]
    lines += ["MOTION", f"Frames: {len(xyz)}", f"Frame Time: {1 / motion.rate_hz:.8f}"]
    angles = zxy_deg(local_rotations(xyz)).reshape(len(xyz), -1)
    for root, row in zip(xyz[:, 0], angles, strict=True):
        lines.append(" ".join([*(fixed(v, 5) for v in root), *(fixed(v, 4) for v in row)]))
    path.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")


def bridged(xyz: FloatArray, valid: BoolArray) -> FloatArray:
    """(T, 17, 3) with straight lines over the gaps, and the first and last pose held. Raises ValueError where there is no pose at all."""
    if not valid.any():
        raise ValueError("no frame holds a pose")
    flat = np.where(valid[:, None, None], xyz, np.nan).reshape(len(xyz), -1)
    return interpolated(flat).reshape(xyz.shape)


def _hierarchy_lines(lengths: dict[str, float]) -> list[str]:
    lines: list[str] = []
    depth = {-1: 0}
    for i, node in enumerate(NODES):
        depth[i] = depth[node.parent] + 1
        pad = "\t" * (depth[i] - 1)
        lines += [
            f"{pad}{'ROOT' if node.parent < 0 else 'JOINT'} {node.name}",
            f"{pad}{{",
            f"{pad}\tOFFSET {_offset(node.name, lengths)}",
            f"{pad}\tCHANNELS 3 {_ROTATIONS}" if node.parent >= 0 else f"{pad}\tCHANNELS 6 Xposition Yposition Zposition {_ROTATIONS}",
        ]
        if not any(n.parent == i for n in NODES):
            end = " ".join(fixed(END_M * c, 5) for c in REST[node.name])
            lines += [f"{pad}\tEnd Site", f"{pad}\t{{", f"{pad}\t\tOFFSET {end}", f"{pad}\t}}"]
        after = NODES[i + 1].parent if i + 1 < len(NODES) else -1
        closing = depth[i] - (depth[after] if i + 1 < len(NODES) else 0)
        lines += ["\t" * (depth[i] - 1 - k) + "}" for k in range(closing)]
    return lines


def _offset(name: str, lengths: dict[str, float]) -> str:
    """From the parent in the rest pose; none for the root and the helpers, which lie where their parent lies."""
    if name == "pelvis" or name in BASES.values():
        return "0 0 0"
    return " ".join(fixed(lengths[name] * c, 5) for c in REST[name])
