"""Cameras from calibration files: our NAME.session.npz, Qualisys .qca.txt, Pose2Sim .toml, OpenCV .yml of a pair."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.files.npz import read_arrays
from kasf_demo.files.text import check_file
from kasf_demo.multiview.cameras import Cameras
from kasf_demo.multiview.rotations import from_vector
from kasf_demo.types.arrays import FloatArray

REMEDY = "give NAME.session.npz, a Qualisys .qca.txt, a Pose2Sim .toml, or an OpenCV .yml with M1, D1, M2, D2, R and T"
MAX_BYTES = 4_000_000
Q_SCALE = 64.0  # Qualisys counts in 64ths of a pixel, and in millimetres
# Qualisys cameras look along -z with y up
_FLIP = np.diag([1.0, -1.0, -1.0])


@dataclass(frozen=True)
class KnownCameras:
    """cameras in metres; distortion (C, 5): k1, k2, p1, p2, k3 of OpenCV's model; size_px (C, 2), 0 if not known."""

    cameras: Cameras
    distortion: FloatArray
    size_px: FloatArray

    def undistorted(self, view: int, xy: FloatArray) -> FloatArray:
        """(..., 2) px that a lens without distortion would show."""
        k, (k1, k2, p1, p2, k3) = self.cameras.intrinsics[view], self.distortion[view]
        focal, centre = k[[0, 1], [0, 1]], k[:2, 2]
        seen = (xy - centre) / focal
        out = seen
        for _ in range(10):  # fixed point, as cv2.undistortPoints
            x, y = out[..., 0], out[..., 1]
            square = x * x + y * y
            radial = 1 + square * (k1 + square * (k2 + square * k3))
            aside = np.stack(
                [2 * p1 * x * y + p2 * (square + 2 * x * x), p1 * (square + 2 * y * y) + 2 * p2 * x * y], -1
            )
            out = (seen - aside) / radial[..., None]
        return np.asarray(out * focal + centre)


def read_cameras(path: Path, count: int) -> KnownCameras:
    """The cameras of a file, in its order, which is that of the clips. Raises InputError unless there are `count`."""
    check_file(path, "the calibration file", InputError)
    readers = {
        ".npz": _from_npz,
        ".toml": _from_toml,
        ".yml": _from_opencv,
        ".yaml": _from_opencv,
        ".txt": _from_qualisys,
    }
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise InputError("is no calibration file that is known", REMEDY, path=path)
    if path.stat().st_size > MAX_BYTES and reader is not _from_npz:
        raise InputError("is too large for a calibration file", REMEDY, path=path)
    try:
        found = reader(path)
    except InputError:
        raise
    except Exception as error:  # parsers raise what they like
        raise InputError(f"cannot be read as a calibration file: {str(error)[:120]}", REMEDY, path=path) from None
    c = found.cameras
    turned = c.rotations @ c.rotations.swapaxes(1, 2)
    sound = all(np.isfinite(a).all() for a in (c.intrinsics, c.rotations, c.translations, found.distortion))
    if not sound or not np.allclose(turned, np.eye(3), atol=1e-2) or not (c.intrinsics[:, 0, 0] > 0).all():
        raise InputError("holds cameras that cannot be: check focal lengths and rotations", REMEDY, path=path)
    if len(c) != count:
        raise InputError(
            f"holds {len(c)} cameras, and there are {count} clips", "give the clips of all cameras", path=path
        )
    return found


def _from_npz(path: Path) -> KnownCameras:
    arrays = read_arrays(path, ["K", "R", "t", "size_px"], "the calibration file", REMEDY)
    k, r, t = (np.asarray(arrays[name], float) for name in "KRt")
    return KnownCameras(Cameras(k, r, t), np.zeros((len(k), 5)), np.asarray(arrays["size_px"], float))


def _from_toml(path: Path) -> KnownCameras:
    with open(path, "rb") as file:
        tables = [t for t in tomllib.load(file).values() if isinstance(t, dict) and "matrix" in t]
    vectors = np.array([t["rotation"] for t in tables], float)
    cameras = Cameras(
        np.array([t["matrix"] for t in tables], float), from_vector(vectors),
        np.array([t["translation"] for t in tables], float),
    )  # fmt: skip
    return KnownCameras(
        cameras, np.stack([_five(t["distortions"]) for t in tables]), np.array([t["size"] for t in tables], float)
    )


def _from_opencv(path: Path) -> KnownCameras:
    import cv2

    file = cv2.FileStorage(str(path), cv2.FILE_STORAGE_READ)
    try:
        m1, d1, m2, d2, r, t = (file.getNode(name).mat() for name in ("M1", "D1", "M2", "D2", "R", "T"))
    finally:
        file.release()
    if any(a is None for a in (m1, m2, r, t)):
        raise ValueError("M1, M2, R and T are wanted")
    cameras = Cameras(np.stack([m1, m2]), np.stack([np.eye(3), r]), np.stack([np.zeros(3), np.ravel(t)]))
    return KnownCameras(
        cameras, np.stack([_five([] if d is None else np.ravel(d)) for d in (d1, d2)]), np.zeros((2, 2))
    )


def _from_qualisys(path: Path) -> KnownCameras:
    rows = []
    for camera in ElementTree.parse(path).getroot().iter("camera"):
        place, lens, shown = (_attributes(camera, name) for name in ("transform", "intrinsic", "fov_video"))
        k = np.array([
            [lens["focalLengthU"] / Q_SCALE, 0, lens["centerPointU"] / Q_SCALE - shown["left"]],
            [0, lens["focalLengthV"] / Q_SCALE, lens["centerPointV"] / Q_SCALE - shown["top"]], [0, 0, 1.0],
        ])  # fmt: skip
        own = np.array([[place[f"r{a}{b}"] for b in (1, 2, 3)] for a in (1, 2, 3)])
        rotation = _FLIP @ own
        centre = np.array([place["x"], place["y"], place["z"]]) / 1000
        names = (
            "radialDistortion1",
            "radialDistortion2",
            "tangentalDistortion1",
            "tangentalDistortion2",
            "radialDistortion3",
        )
        size = [shown["right"] - shown["left"] + 1, shown["bottom"] - shown["top"] + 1]
        rows.append((k, rotation, -rotation @ centre, [lens[n] for n in names], size))
    intrinsics, rotations, places, distortion, sizes = (np.array(column, float) for column in zip(*rows, strict=True))
    return KnownCameras(Cameras(intrinsics, rotations, places), distortion, sizes)


def _attributes(camera: ElementTree.Element, name: str) -> dict[str, float]:
    found = camera.find(name)
    if found is None:
        raise ValueError(f"a camera has no {name}")
    return {key: float(value) for key, value in found.attrib.items() if _is_number(value)}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _five(values: Any) -> FloatArray:
    """Distortion of OpenCV's order with zeros for what is missing."""
    given = np.ravel(np.asarray(values, float))[:5]
    return np.concatenate([given, np.zeros(5 - len(given))])
