"""ASF/AMC, Acclaim's skeleton and motion files, as CMU publishes them. Source: Lander, Working with Motion Capture File
Formats, 1998.

A bone of the ASF has a direction and a length in the world's axes at rest, and an axis C (three angles) about which the
AMC's angles turn it: R = R_parent C M C^-1. y is up and the figure at rest faces +z, its left hand at +x; it is read
into our axes (z up, facing -y, left hand at +x). A bone becomes the joint at its beginning: `lfemur` is the left hip,
`ltibia` the knee, `lfoot` the ankle.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..forward_kinematics import Y_UP_TO_Z_UP, FloatArray, Motion, axis_rotations, turned

INCH_M = 0.0254
FPS = 120.0  # an AMC states no rate; CMU's are 120 frames/s but for a few subjects
ROOT = "root"


class AcclaimError(ValueError):
    """The files are not an ASF skeleton with its AMC motion; the message gives the place of the fault."""


class Skeleton:
    """An ASF file: per bone the rest vector (3,) in file units, the axis C (3, 3), the channels and the parent."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.metres = INCH_M
        self.degrees = True
        self.bones: dict[str, FloatArray] = {ROOT: np.zeros(3)}
        self.axis: dict[str, FloatArray] = {ROOT: np.eye(3)}
        self.channels: dict[str, list[str]] = {ROOT: ["tx", "ty", "tz", "rx", "ry", "rz"]}
        self.parent: dict[str, str] = {}
        try:
            self._read([line.split("#")[0].split() for line in text.splitlines()])
        except (IndexError, ValueError, KeyError) as error:
            raise AcclaimError(f"{name}: not an ASF skeleton: {error!r}") from error
        if len(self.bones) < 2 or set(self.parent) != set(self.bones) - {ROOT}:
            raise AcclaimError(f"{name}: bones and hierarchy of the ASF do not match")

    def _read(self, lines: list[list[str]]) -> None:
        section, bone = "", {}  # type: str, dict[str, list[str]]
        for words in lines:
            if not words:
                continue
            key, rest = words[0].lower(), words[1:]
            if key.startswith(":"):
                section = key
            elif section == ":units" and key == "length":
                self.metres = INCH_M / float(rest[0])
            elif section == ":units" and key == "angle":
                self.degrees = rest[0].lower().startswith("deg")
            elif section == ":root" and key == "order":
                self.channels[ROOT] = [w.lower() for w in rest]
            elif section == ":bonedata" and key == "begin":
                bone = {}
            elif section == ":bonedata" and key == "end":
                self._bone(bone)
            elif section == ":bonedata":
                bone[key] = rest
            elif section == ":hierarchy" and key not in ("begin", "end"):
                self.parent.update(dict.fromkeys(rest, words[0]))

    def _bone(self, bone: dict[str, list[str]]) -> None:
        name = bone["name"][0]
        direction = np.array([float(w) for w in bone["direction"][:3]])
        self.bones[name] = direction / np.linalg.norm(direction) * float(bone["length"][0])
        self.axis[name] = self._turn(
            dict(zip("xyz", (float(w) for w in bone["axis"][:3]), strict=True)), bone["axis"][3]
        )
        self.channels[name] = [w.lower() for w in bone.get("dof", [])]

    def _turn(self, angles: dict[str, float], order: str) -> FloatArray:
        """The rotation by angles about x, y and z in the given order, the first one first."""
        out: FloatArray = np.eye(3)
        for letter in order.lower():
            angle = np.array(np.radians(angles[letter]) if self.degrees else angles[letter])
            out = axis_rotations("xyz".index(letter), angle) @ out
        return out


def read_amc(path: Path, skeleton: Path, *, fps: float = FPS) -> Motion:
    """An AMC file with its ASF skeleton, as a Motion in metres, z up. Raises AcclaimError, or OSError."""
    bones = Skeleton(skeleton.read_text(encoding="utf-8", errors="replace"), skeleton.name)
    frames = _frames(path.read_text(encoding="utf-8", errors="replace"), path.name)
    names = _in_order(bones)
    rotations = np.tile(np.eye(3), (len(frames), len(names), 1, 1))
    root = np.zeros((len(frames), 3))
    for t, frame in enumerate(frames):
        for i, name in enumerate(names):
            values = frame.get(name, [0.0] * len(bones.channels.get(name, [])))
            if len(values) != len(bones.channels.get(name, [])):
                raise AcclaimError(
                    f"{path.name}: frame {t + 1}: {name} has {len(values)} numbers, not"
                    f" {len(bones.channels.get(name, []))}"
                )
            given = dict(zip(bones.channels.get(name, []), values, strict=True))
            angles = {key[1]: value for key, value in given.items() if key[0] == "r"}
            order = "".join(key[1] for key in given if key[0] == "r")
            axis = bones.axis.get(name, np.eye(3))
            rotations[t, i] = axis @ bones._turn(angles, order) @ axis.T
            if name == ROOT:
                root[t] = [given.get(f"t{letter}", 0.0) for letter in "xyz"]
    parents = tuple(-1 if n == ROOT else names.index(bones.parent.get(n, n.removesuffix("_end"))) for n in names)
    offsets = np.array(
        [np.zeros(3) if n == ROOT else bones.bones[bones.parent.get(n, n.removesuffix("_end"))] for n in names]
    )
    turn = Y_UP_TO_Z_UP
    return Motion(
        path.stem,
        tuple(names),
        parents,
        offsets @ turn.T * bones.metres,
        root @ turn.T * bones.metres,
        turned(rotations, turn),
        fps,
    )


def _in_order(bones: Skeleton) -> list[str]:
    """Bones, every parent before its children, and `<bone>_end` at the end of those that carry none."""
    out, at = [ROOT], 0
    while at < len(out):
        children = [name for name, parent in bones.parent.items() if parent == out[at]]
        if not children and not out[at].endswith("_end"):
            children = [f"{out[at]}_end"]
        out += children
        at += 1
    if not set(bones.bones) <= set(out):
        raise AcclaimError(
            f"{bones.name}: these bones hang on nothing: {', '.join(sorted(set(bones.bones) - set(out)))}"
        )
    return out


def _frames(text: str, name: str) -> list[dict[str, list[float]]]:
    """The numbers of each bone in each frame of an AMC."""
    frames: list[dict[str, list[float]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words or words[0].startswith(":"):
            continue
        if len(words) == 1 and words[0].isdigit():
            frames.append({})
        elif frames:
            try:
                frames[-1][words[0]] = [float(w) for w in words[1:]]
            except ValueError as error:
                raise AcclaimError(f"{name}: line {number}: {error}") from error
        else:
            raise AcclaimError(f"{name}: line {number} comes before the first frame; is this an AMC file?")
    if not frames:
        raise AcclaimError(f"{name}: no frames")
    return frames
