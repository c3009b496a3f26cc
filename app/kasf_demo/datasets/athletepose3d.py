"""AthletePose3D, raw: data/*_set/SUBJECT/NAME_cam_N.json with NAME_cam_N_h36m.npy and .mp4 beside it, and
cam_param.json. Source: Yeung et al., AthletePose3D, CVPRW 2025, and its published tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.datasets.geometry import PinholeCamera, coco_of_h36m, upright_world
from kasf_demo.datasets.imported import ImportedClip, filled
from kasf_demo.datasets.sportspose import read_npy
from kasf_demo.errors import InputError
from kasf_demo.files.text import read_text

LAYOUT = "data/*_set/SUBJECT/NAME_cam_N_h36m.npy and cam_param.json expected, see docs/datasets.md"
MAX_JSON = 1 << 26
FLIP = np.diag([1.0, -1, -1])  # the files' camera axes have y up and z backwards


def read_athletepose3d(root: Path, *, cameras: tuple[str, ...]) -> Iterator[ImportedClip]:
    """Each clip (or those of `cameras`). Raises InputError."""
    found = sorted(
        {*root.glob("data/*_set/*/*_h36m.npy"), *root.glob("*_set/*/*_h36m.npy"), *root.glob("*/*_h36m.npy")}
    )
    parameters = next((p for p in (root / "cam_param.json", root / "data" / "cam_param.json") if p.is_file()), None)
    if not found or parameters is None:
        raise InputError("is not AthletePose3D's folder", LAYOUT, path=root)
    calibration = _json(parameters)
    for file in found:
        about = _json(file.with_name(file.name.replace("_h36m.npy", ".json")))
        if cameras and str(about.get("cam")) not in cameras:
            continue
        try:
            yield _clip(file, about, calibration)
        except (KeyError, TypeError, ValueError, IndexError) as e:
            raise InputError(f"{type(e).__name__}: {e}", LAYOUT, path=file) from None


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_text(path, "the file", InputError, max_bytes=MAX_JSON))
    except (ValueError, RecursionError) as e:
        raise InputError(f"is no JSON: {str(e)[:100]}", LAYOUT, path=path) from None
    if not isinstance(found, dict):
        raise InputError("holds no JSON object", LAYOUT, path=path)
    return found


def camera_of(parameters: dict[str, Any], width: int, height: int, *, turned: bool) -> PinholeCamera:
    """A camera of cam_param.json for the upright image. width, height: of the video, either way round. Raises KeyError,
    ValueError."""
    K = np.asarray(parameters["affine_intrinsics_matrix"], float).reshape(3, 3)
    R = FLIP @ np.asarray(parameters["extrinsic_matrix"], float).reshape(3, 3)
    place = np.asarray(parameters["xyz"], float).reshape(3) / 1000
    wide, low = (max(width, height), min(width, height)) if turned else (width, height)
    camera = PinholeCamera(K, R, -R @ place, wide, low)
    return camera.turned_clockwise(3) if turned else camera  # x' = y, y' = W - x


def _clip(file: Path, about: dict[str, Any], calibration: dict[str, Any]) -> ImportedClip:
    measured = read_npy(file) / 1000
    if measured.ndim != 3 or measured.shape[1:] != (17, 3):
        raise ValueError(f"expected (T, 17, 3), got {measured.shape}")
    seen = np.asarray(np.isfinite(measured).all((1, 2)))
    joints = filled(measured, seen)
    size = int(about["video_width"]), int(about["video_height"])
    turned = bool(about.get("rotation_ccw_90", False))
    camera = camera_of(calibration[str(about["cam"])], *size, turned=turned)
    turn, lift = upright_world(joints)
    joints, camera = joints @ turn.T + lift, camera.in_world(turn, lift)
    t, fps = len(joints), float(about["fps"])
    if not 1 <= fps <= 1000:
        raise ValueError(f"fps {fps}")
    video = file.with_name(file.name.replace("_h36m.npy", ".mp4"))
    split = file.parents[1].name.removesuffix("_set")
    return ImportedClip(
        f"{split}_{file.parent.name}_{file.name.removesuffix('_h36m.npy')}", joints[None],
        camera.project(coco_of_h36m(joints))[None], seen[None],
        np.tile(camera.K, (t, 1, 1)), np.tile(camera.R, (t, 1, 1)), np.tile(camera.t, (t, 1)), np.arange(t) / fps,
        (camera.width, camera.height), video=video if video.is_file() else None,
    )  # fmt: skip
