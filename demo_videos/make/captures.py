"""Captures out of ../shared/mocap, under our joint names and with an athlete's proportions.

At rest (all rotations the identity) the athlete stands in a T pose, faces -y, left hand at +x; z up, metres.
"""

from __future__ import annotations

import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasportsformer.training.body import STRAIGHT_DAZ
from kasportsformer.training.forward_kinematics import Motion, axis_rotations
from kasportsformer.training.readers.bvh import read_bvh
from kasportsformer.training.readers.deepmimic import read_deepmimic

FloatArray = NDArray[np.floating[Any]]

MOCAP = Path(__file__).resolve().parents[3] / "shared" / "mocap"
CACHE = Path(tempfile.gettempdir()) / "kasf_demo_mocap"

# Our names for the joints of the captures' skeleton; {s} is the side
DAZ = {
    "hip": "hip", "abdomen": "abdomen", "chest": "chest", "neck": "neck", "head": "head",
    "{s}_collar": "{s}Collar", "{s}_shoulder": "{s}Shldr", "{s}_elbow": "{s}ForeArm", "{s}_wrist": "{s}Hand",
    "{s}_thigh": "{s}Thigh", "{s}_knee": "{s}Shin", "{s}_ankle": "{s}Foot", "{s}_toe": "{s}Foot_end",
}  # fmt: skip
# DeepMimic's humanoid has one joint for the back and one for the neck: ours share its turn
DEEPMIMIC = {
    "hip": "root", "chest": "chest", "neck": "neck",
    "{s}_shoulder": "{side}_shoulder", "{s}_elbow": "{side}_elbow", "{s}_thigh": "{side}_hip", "{s}_knee": "{side}_knee", "{s}_ankle": "{side}_ankle",
}  # fmt: skip
DEEPMIMIC_SKELETON = "data/characters/humanoid3d.txt"
DAZ_REFERENCE = ("cmu_bvh_subjects_01-14", "11/11_01.bvh")  # any file: the figure is the same in all

# The Daz figure has narrow shoulders and short thighs over long shins (23 cm, 37 cm, 45 cm); nobody is built so. The rotations
# stay as captured, the lengths become those of Winter, Biomechanics of Human Movement, for the same stature and leg length
DAZ_OFFSETS = {"{s}_shoulder": (0.147, -0.016, -0.036)}
DAZ_LENGTHS = {"{s}_elbow": 0.295, "{s}_wrist": 0.242, "{s}_knee": 0.408, "{s}_ankle": 0.416}
# The figure is bent at rest, CMU's recordings are not: these joints' offsets point where CMU's own files have the segments
SEGMENT_ENDS = {"upper_arm": "{s}_elbow", "forearm": "{s}_wrist", "thigh": "{s}_knee"}
DAZ_DIRECTIONS = {SEGMENT_ENDS[segment]: direction for segment, _, direction in STRAIGHT_DAZ}
# DeepMimic's humanoid has straight limbs at rest
DEEPMIMIC_DIRECTIONS = {
    "{s}_elbow": (1.0, 0.0, 0.0),
    "{s}_wrist": (1.0, 0.0, 0.0),
    "{s}_knee": (0.0, 0.0, -1.0),
    "{s}_ankle": (0.0, 0.0, -1.0),
}


def load(archive: str, member: str) -> Motion:
    """A capture in an archive of shared/mocap, with our joint names and proportions; BVH without its first frame (a T pose)."""
    if member.endswith(".bvh"):
        return _named(read_bvh(_unpacked(archive, member), skip=1))
    return _from_deepmimic(read_deepmimic(_unpacked(archive, member), _unpacked(archive, DEEPMIMIC_SKELETON)))


def _unpacked(archive: str, member: str) -> Path:
    folder = CACHE / archive
    if not (folder / member).exists():
        with tarfile.open(MOCAP / f"{archive}.tar.xz") as tar:
            tar.extract(f"./{member}", folder, filter="data")
    return folder / member


def _named(motion: Motion) -> Motion:
    """Only the joints that we use, under our names, with our proportions."""
    wanted = {}
    for ours, theirs in DAZ.items():
        for side in "lr" if "{s}" in ours else " ":
            wanted[motion.index(theirs.format(s=side))] = ours.format(s=side)
    keep = sorted(wanted)
    offsets = {wanted[i]: _offset_from_kept(motion, i, wanted) for i in keep}
    _proportion(offsets)
    _point(offsets, DAZ_DIRECTIONS)
    names = tuple(wanted[i] for i in keep)
    world = motion.rotations_world()[:, keep]
    parents = tuple(_kept_parent(motion, i, keep) for i in keep)
    return Motion(
        motion.name,
        names,
        parents,
        np.array([offsets[n] for n in names]),
        motion.root,
        _local(world, parents),
        motion.fps,
    )


def _local(world: FloatArray, parents: tuple[int, ...]) -> FloatArray:
    """Rotations (T, J, 3, 3) in the parents' axes."""
    return np.stack(
        [world[:, i] if p < 0 else np.swapaxes(world[:, p], 1, 2) @ world[:, i] for i, p in enumerate(parents)], axis=1
    )


def _from_deepmimic(source: Motion) -> Motion:
    """DeepMimic's humanoid, whose arms hang at rest, on the same figure as the other captures."""
    figure = load(*DAZ_REFERENCE)
    offsets = dict(zip(figure.joints, figure.offsets.copy(), strict=True))
    _point(offsets, DEEPMIMIC_DIRECTIONS)
    figure = replace(figure, offsets=np.stack([offsets[name] for name in figure.joints]))
    theirs = source.rotations_world()
    turn = {ours: theirs[:, source.index(name)] for ours, name in DEEPMIMIC.items() if "{s}" not in ours}
    turn["abdomen"], turn["head"] = _halfway(turn["hip"], turn["chest"]), turn["neck"]
    turn["neck"] = _halfway(turn["chest"], turn["head"])
    for s, side in (("l", "left"), ("r", "right")):
        for ours, name in DEEPMIMIC.items():
            if "{s}" in ours:
                turn[ours.format(s=s)] = theirs[:, source.index(name.format(side=side))]
        raised = axis_rotations(1, np.array(np.pi / 2 if s == "l" else -np.pi / 2))  # an arm along x turned to hang
        for joint in ("shoulder", "elbow"):
            turn[f"{s}_{joint}"] = turn[f"{s}_{joint}"] @ raised
        turn[f"{s}_collar"], turn[f"{s}_wrist"], turn[f"{s}_toe"] = (
            turn["chest"],
            turn[f"{s}_elbow"],
            turn[f"{s}_ankle"],
        )
    world = np.stack([turn[name] for name in figure.joints], axis=1)
    legs = sum(float(np.linalg.norm(figure.offsets[figure.index(n)])) for n in ("l_knee", "l_ankle"))
    their_legs = sum(float(np.linalg.norm(source.offsets[source.index(n)])) for n in ("left_knee", "left_ankle"))
    hips = figure.offsets[[figure.index("l_thigh"), figure.index("r_thigh")]].mean(0)
    root = source.root * (legs / their_legs) - turn["hip"] @ hips
    return replace(figure, name=source.name, root=root, rotations=_local(world, figure.parents), fps=source.fps)


def _halfway(a: FloatArray, b: FloatArray) -> FloatArray:
    """The rotations (T, 3, 3) halfway between a and b."""
    u, _, vt = np.linalg.svd(a + b)
    return u @ vt


def _kept_parent(motion: Motion, joint: int, keep: list[int]) -> int:
    parent = motion.parents[joint]
    while parent >= 0 and parent not in keep:
        parent = motion.parents[parent]
    return keep.index(parent) if parent >= 0 else -1


def _offset_from_kept(motion: Motion, joint: int, wanted: dict[int, str]) -> FloatArray:
    """Offset from the nearest kept ancestor at rest, metres (the joints between do not move in these captures)."""
    offset, parent = motion.offsets[joint].copy(), motion.parents[joint]
    while parent >= 0 and parent not in wanted:
        offset, parent = offset + motion.offsets[parent], motion.parents[parent]
    return offset


def _proportion(offsets: dict[str, FloatArray]) -> None:
    for side, sign in (("l", 1.0), ("r", -1.0)):
        for name, (x, y, z) in DAZ_OFFSETS.items():
            offsets[name.format(s=side)] = np.array([sign * x, y, z])
        for name, length in DAZ_LENGTHS.items():
            key = name.format(s=side)
            offsets[key] = offsets[key] * length / np.linalg.norm(offsets[key])


def _point(offsets: dict[str, FloatArray], directions: dict[str, tuple[float, float, float]]) -> None:
    """Turns offsets, of unchanged length, into the directions given for the left side and mirrored for the right. In place."""
    for side, sign in (("l", 1.0), ("r", -1.0)):
        for name, (x, y, z) in directions.items():
            key = name.format(s=side)
            unit = np.array([sign * x, y, z]) / np.linalg.norm([x, y, z])
            offsets[key] = unit * np.linalg.norm(offsets[key])
