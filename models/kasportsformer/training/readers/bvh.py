"""BVH motion capture, any skeleton and channel order. Source: Meredith and Maddock, Motion Capture File Formats
Explained, 2001.

Read with `up="y"` (the default, CMU conversions): x right, y up, z toward the viewer becomes x right, y away, z up by a
quarter turn about x, (x, y, z) -> (x, -z, y); no axis is mirrored. A Daz skeleton at rest then faces -y, its left hand
at +x.

Which axis is the vertical is not in the file: `vertical_axis` finds it from the legs at rest.

The cgspeed conversions of CMU begin with a T pose in frame 0, a jump away from frame 1: read them with `skip=1`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from ..forward_kinematics import Y_UP_TO_Z_UP, FloatArray, Motion, axis_rotations, turned

AXES = {"X": 0, "Y": 1, "Z": 2}


class BvhError(ValueError):
    """The text is not BVH; the message says where it goes wrong."""


@dataclass
class _Skeleton:
    joints: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    offsets: list[list[float]] = field(default_factory=list)
    channels: list[list[str]] = field(default_factory=list)


def read_bvh(path: Path, *, unit_m: float = 0.01, up: str = "y", skip: int = 0) -> Motion:
    """A BVH file as a Motion in metres, z up. End sites become joints named `<parent>_end`.

    unit_m: metres per unit of the file (BVH records none; CMU conversions are in centimetres). up: the file's vertical
    axis, "y" or "z". skip: frames to leave out at the start. The root's position channels are its place (its OFFSET is
    not added); position channels of other joints are ignored. Raises BvhError on text that is not BVH, OSError when it
    cannot be read.
    """
    return parse_bvh(path.read_text(encoding="utf-8", errors="replace"), path.stem, unit_m=unit_m, up=up, skip=skip)


def parse_bvh(text: str, name: str, *, unit_m: float = 0.01, up: str = "y", skip: int = 0) -> Motion:
    """`read_bvh` for text already in memory."""
    if up not in ("y", "z"):
        raise ValueError(f"up must be 'y' or 'z', got {up!r}")
    head, found, tail = text.partition("MOTION")
    if not found or "HIERARCHY" not in head:
        raise BvhError(f"{name}: HIERARCHY or MOTION is missing; is this a BVH file?")
    skeleton = _hierarchy(head.split("HIERARCHY", 1)[1].split(), name)
    values, fps = _frames(tail, sum(map(len, skeleton.channels)), name)
    root, rotations = _channels(skeleton, values[skip:])
    turn = Y_UP_TO_Z_UP if up == "y" else np.eye(3)
    return Motion(
        name=name,
        joints=tuple(skeleton.joints),
        parents=tuple(skeleton.parents),
        offsets=np.array(skeleton.offsets) @ turn.T * unit_m,
        root=root @ turn.T * unit_m,
        rotations=turned(rotations, turn),
        fps=fps,
    )


def vertical_axis(motion: Motion, leg: tuple[str, str]) -> str:
    """ "y" or "z": the file's axis along which a leg hangs at rest, for a motion read with up="y". leg: names of hip
    and ankle joint.

    The whole leg, not one offset of it: a hip's offset lies anywhere, and a foot's points ahead.
    """
    hip, ankle = (motion.index(name) for name in leg)
    hang, joint = np.zeros(3), ankle
    while joint != hip:
        if joint < 0:
            raise ValueError(f"{motion.name}: {leg[1]} does not hang on {leg[0]}")
        hang, joint = hang + motion.offsets[joint], motion.parents[joint]
    return "y" if abs(hang[2]) >= abs(hang[1]) else "z"


def with_thorax(motion: Motion, chest: str = "Spine1", factor: float = 1.01) -> Motion:
    """A MotionBuilder file of cgspeed's CMU conversions with the thorax bone that it lacks: neck and shoulders sit in
    the chest's joint.

    In CMU's skeletons the thorax is 1.01 times as long as the upper back and points the same way, so the chest's own
    offset times `factor` is added to the offsets of those of its children. Other motions are returned as they are.
    """
    if chest not in motion.joints:
        return motion
    at = motion.index(chest)
    length = float(np.linalg.norm(motion.offsets[at]))
    bare = [i for i, p in enumerate(motion.parents) if p == at and np.linalg.norm(motion.offsets[i]) < 0.05 * length]
    names = {motion.joints[i] for i in bare}
    if not {"Neck", "LeftShoulder", "RightShoulder"} <= names:
        return motion
    offsets = motion.offsets.copy()
    offsets[bare] += factor * motion.offsets[at]
    return replace(motion, offsets=offsets)


def _hierarchy(words: list[str], name: str) -> _Skeleton:
    skeleton, open_joints, at = _Skeleton(), [-1], 0
    try:
        while at < len(words):
            word = words[at].upper()
            if word in ("ROOT", "JOINT", "END"):
                parent = open_joints[-1]
                if (parent < 0) != (word == "ROOT"):
                    raise BvhError(f"{name}: {words[at]} {words[at + 1]} is out of place")
                skeleton.joints.append(f"{skeleton.joints[parent]}_end" if word == "END" else words[at + 1])
                skeleton.parents.append(parent)
                skeleton.offsets.append([0.0, 0.0, 0.0])
                skeleton.channels.append([])
                at += 2
            elif word == "{":
                open_joints.append(len(skeleton.joints) - 1)
                at += 1
            elif word == "}":
                open_joints.pop()
                at += 1
            elif word == "OFFSET":
                skeleton.offsets[open_joints[-1]] = [float(w) for w in words[at + 1 : at + 4]]
                at += 4
            elif word == "CHANNELS":
                count = int(words[at + 1])
                skeleton.channels[open_joints[-1]] = words[at + 2 : at + 2 + count]
                at += 2 + count
            else:
                raise BvhError(f"{name}: unexpected {words[at]!r} in HIERARCHY")
    except (IndexError, ValueError) as error:
        raise (
            error
            if isinstance(error, BvhError)
            else BvhError(f"{name}: HIERARCHY ends or breaks near word {at}: {error}")
        ) from error
    if open_joints != [-1]:
        raise BvhError(f"{name}: braces in HIERARCHY do not match")
    return skeleton


def _frames(tail: str, width: int, name: str) -> tuple[FloatArray, float]:
    """The numbers after MOTION as (T, width), and the frame rate."""
    lines = tail.split("\n")
    frame_time = count = None
    body = 0  # the first line of numbers
    for line in lines:
        body += 1
        key, _, value = line.partition(":")
        if key.strip().lower() == "frames":
            count = int(value)
        elif key.strip().lower() == "frame time":
            frame_time = float(value)
            break
    if frame_time is None or count is None or frame_time <= 0:
        raise BvhError(f"{name}: Frames or Frame Time is missing")
    values = np.array(" ".join(lines[body:]).split(), dtype=float)
    if len(values) == (count + 1) * width:  # some writers count the intervals, not the frames
        count += 1
    if len(values) != count * width:
        raise BvhError(f"{name}: {count} frames of {width} channels need {count * width} numbers, found {len(values)}")
    return values.reshape(count, width), 1 / frame_time


def _channels(skeleton: _Skeleton, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Root places (T, 3) and local rotations (T, J, 3, 3) in the file's own axes and unit."""
    t, column = len(values), 0
    root = np.tile(np.array(skeleton.offsets[0]), (t, 1))
    rotations = np.tile(np.eye(3), (t, len(skeleton.joints), 1, 1))
    for joint, channels in enumerate(skeleton.channels):
        for channel in channels:
            axis, kind = AXES.get(channel[:1].upper(), -1), channel[1:].lower()
            if axis < 0 or kind not in ("position", "rotation"):
                raise BvhError(f"unknown channel {channel!r}")
            if kind == "rotation":  # the first rotation listed is the outermost: R = R1 R2 R3
                rotations[:, joint] = rotations[:, joint] @ axis_rotations(axis, np.radians(values[:, column]))
            elif joint == 0:
                root[:, axis] = values[:, column]
            column += 1
    return root, rotations
