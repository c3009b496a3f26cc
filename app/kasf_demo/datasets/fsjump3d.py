"""FS-Jump3D: JSON or C3D files of 84 markers, mm, z up, 60 frames per second. Source: Tanaka et al., MMSports 2024.

The joint map is the published one: joints 1 and 4 are middles of iliac spines, a hand's breadth above the hip joints;
`hips="joint"` takes the hip joints instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kasf_demo.datasets.c3d_markers import read_c3d_markers
from kasf_demo.datasets.geometry import PinholeCamera, coco_of_h36m, upright_world
from kasf_demo.datasets.imported import ImportedClip, filled
from kasf_demo.errors import InputError
from kasf_demo.files.text import read_text
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import H36M_NAMES

Hips = Literal["published", "joint"]
MAX_JSON = 1 << 28
RATE_HZ = 60.0
FOCAL_PX, SIZE_PX = 1000.0, (1280, 720)
LAYOUT = "a JSON of FS-Jump3D has Markers with Name and Parts, see docs/datasets.md"
MARKERS: dict[str, tuple[str, ...]] = {
    "pelvis": ("PELVIS",), "r_hip": ("RASI", "RPSI"), "r_knee": ("RKNE",), "r_ankle": ("RANK",),
    "l_hip": ("LASI", "LPSI"), "l_knee": ("LKNE",), "l_ankle": ("LANK",), "spine": ("Xiphoid", "T10"),
    "thorax": ("CLAV",), "neck": ("CLAV", "Nasion"), "head": ("Vertex", "EARC"),
    "l_shoulder": ("L_Shoulder Joint",), "l_elbow": ("LELB",), "l_wrist": ("LWRT",),
    "r_shoulder": ("R_Shoulder Joint",), "r_elbow": ("RELB",), "r_wrist": ("RWRT",),
}  # fmt: skip
HIP_JOINTS = {"r_hip": ("RHIP",), "l_hip": ("LHIP",)}
FOOT_MARKERS = ("LHEL", "L_Toe", "RHEL", "R_Toe")  # in the order of types.FEET


Markers = Mapping[str, tuple[int, FloatArray]]


def read_markers(path: Path) -> tuple[dict[str, tuple[int, FloatArray]], float]:
    """First frame (from 0) and positions (N, 3) mm of each marker's longest part, and the frame rate. Raises
    InputError."""
    if path.suffix.lower() == ".c3d":
        return read_c3d_markers(path)
    try:
        content: Any = json.loads(read_text(path, "the file", InputError, max_bytes=MAX_JSON))
        found: dict[str, tuple[int, FloatArray]] = {}
        for marker in content["Markers"]:
            parts = [p for p in marker["Parts"] if len(p["Values"])]
            if not parts:
                continue
            part = max(parts, key=lambda p: int(p["Range"]["End"]) - int(p["Range"]["Start"]))
            values = np.array([v[:3] for v in part["Values"]], float).reshape(-1, 3)
            first = int(part["Range"]["Start"]) - 1
            if len(values) != int(part["Range"]["End"]) - first or first < 0:
                raise ValueError(f"{marker['Name']} has not one value per frame")
            found[str(marker["Name"])] = first, values
        rate = content.get("Timebase", {}).get("Frequency", RATE_HZ) if isinstance(content, dict) else RATE_HZ
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as e:
        raise InputError(f"is not FS-Jump3D's: {type(e).__name__}: {str(e)[:100]}", LAYOUT, path=path) from None
    return found, float(rate) if 1 <= float(rate) <= 1000 else RATE_HZ


def joints_of(markers: Markers, hips: Hips = "published") -> tuple[int, FloatArray]:
    """The first frame (from 0) and joints (T, 17, 3) mm of the frames in which all markers of the map are there.
    ValueError if a marker is missing or they share no frames.

    The published reading takes all 84 markers and leaves out the last frame.
    """
    places = MARKERS | (HIP_JOINTS if hips == "joint" else {})
    needed = {name for names in places.values() for name in names}
    if missing := sorted(needed - set(markers)):
        raise ValueError(f"has no marker {', '.join(missing[:5])}")
    start = max(markers[name][0] for name in needed)
    end = min(markers[name][0] + len(markers[name][1]) for name in needed)
    if end - start < 3:
        raise ValueError("its markers share no frames")
    cut = {name: markers[name][1][start - markers[name][0] : end - markers[name][0]] for name in needed}
    return start, np.stack([np.mean([cut[m] for m in places[name]], axis=0) for name in H36M_NAMES], axis=1)


def feet_of(markers: Markers, first: int, frames: int) -> FloatArray | None:
    """Heels and toes (T, 4, 3) mm in the order of types.FEET, of `frames` frames from `first`; None unless all four
    are there in all of them."""
    found = []
    for name in FOOT_MARKERS:
        start, values = markers.get(name, (0, np.empty((0, 3))))
        if start > first or start + len(values) < first + frames:
            return None
        found.append(values[first - start : first - start + frames])
    return np.stack(found, axis=1)


def read_fsjump3d(root: Path, *, hips: Hips = "published") -> Iterator[ImportedClip]:
    """A file, or all files below a folder: JSON, of which C3D files hold the same, or C3D if there is none. Raises
    InputError."""
    kinds = ([p for p in root.rglob(f"*.{end}") if not p.name.startswith(".")] for end in ("json", "c3d"))
    files = [root] if root.is_file() else sorted(next((found for found in kinds if found), []))
    if not files:
        raise InputError("holds no JSON or C3D files", LAYOUT, path=root)
    for file in files:
        markers, rate = read_markers(file)
        try:
            first, joints = joints_of(markers, hips)
        except ValueError as e:
            raise InputError(str(e), LAYOUT, path=file) from None
        feet = feet_of(markers, first, len(joints))
        name = "_".join(file.relative_to(root).with_suffix("").parts) if root.is_dir() else file.stem
        yield _clip(name, joints / 1000, rate, None if feet is None else feet / 1000)


def _clip(name: str, joints: FloatArray, rate: float, feet: FloatArray | None = None) -> ImportedClip:
    """Before a camera that stands still and sees all of the motion: the files have none."""
    seen = np.asarray(np.isfinite(joints).all((1, 2)))
    joints = filled(joints, seen)
    turn, lift = upright_world(joints)
    joints = joints @ turn.T + lift
    feet = None if feet is None else filled(feet, np.asarray(np.isfinite(feet).all((1, 2)))) @ turn.T + lift
    low, high = joints.reshape(-1, 3).min(0), joints.reshape(-1, 3).max(0)
    middle, wide = (low + high) / 2, float((high - low).max())
    distance = max(4.0, 1.3 * wide * FOCAL_PX / SIZE_PX[1] + wide / 2)
    R = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # looks along y, z up
    place = middle - [0, distance, 0]
    K = np.array([[FOCAL_PX, 0, SIZE_PX[0] / 2], [0, FOCAL_PX, SIZE_PX[1] / 2], [0, 0, 1]])
    camera, t = PinholeCamera(K, R, -R @ place, *SIZE_PX), len(joints)
    return ImportedClip(
        name, joints[None], camera.project(coco_of_h36m(joints))[None], seen[None],
        np.tile(K, (t, 1, 1)), np.tile(R, (t, 1, 1)), np.tile(camera.t, (t, 1)), np.arange(t) / rate, SIZE_PX,
        note="no video: the camera is made up", feet_m=None if feet is None else feet[None],
    )  # fmt: skip
