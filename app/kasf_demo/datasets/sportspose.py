"""SportsPose, raw: ROOT/{indoors,outdoors}/Snn/ACTIVITY/ACTIVITYnnnn.npy with _timing.pkl beside it, calib.pkl per
session. Source: Ingwersen et al., SportsPose, CVPRW 2023, and its published experiments.

Joints are COCO-17, metres, at 90 Hz; `timing` has for each camera the joints' index of each video frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from kasf_demo.datasets.geometry import PinholeCamera, upright_world
from kasf_demo.datasets.imported import ImportedClip, filled, sorted_folders
from kasf_demo.errors import InputError
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import COCO, H36M, coco_to_h36m
from kasportsformer.training.readers.pickles import PickleError, read_pickle

RATE_HZ = 90.0
UPRIGHT_PX = {"indoors": (1216, 1936), "outdoors": (1312, 1216)}
LAYOUT = "ROOT/{indoors,outdoors}/Snn/ACTIVITY/ACTIVITYnnnn.npy expected, see docs/datasets.md"


def published_h36m(coco: FloatArray) -> FloatArray:
    """(..., 17, 3) Human3.6M joints of COCO joints as the published experiments make them."""
    out = np.empty_like(coco)
    at = {name: coco[..., i, :] for name, i in COCO.items()}
    for side, word in (("l", "left"), ("r", "right")):
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle"):
            out[..., H36M[f"{side}_{part}"], :] = at[f"{word}_{part}"]
    pelvis, chest = ((at[f"left_{part}"] + at[f"right_{part}"]) / 2 for part in ("hip", "shoulder"))
    middle = {"pelvis": pelvis, "spine": (pelvis + chest) / 2, "thorax": chest, "neck": at["nose"]}
    for name, place in (middle | {"head": (at["left_eye"] + at["right_eye"]) / 2}).items():
        out[..., H36M[name], :] = place
    return out


def remapped_h36m(coco: FloatArray, camera: PinholeCamera) -> FloatArray:
    """(T, 17, 3) m world: limbs as they are; trunk and head as kasf-demo makes them of keypoints, in the image, their
    depth by the formula of x. See demo_videos/make/truth.py."""
    seen = camera.to_camera(coco)
    ones = np.ones(seen.shape[:-1])
    plane = np.array([camera.K[0, 0], camera.K[1, 1]])
    xy, _ = coco_to_h36m(seen[..., :2] / seen[..., 2:] * plane, ones)
    z = coco_to_h36m(np.stack([seen[..., 2], seen[..., 1]], -1), ones)[0][..., :1]
    points = np.concatenate([xy / plane * z, z], -1)
    out = np.asarray((points - camera.t) @ camera.R)
    limbs = [i for name, i in H36M.items() if name[:2] in ("l_", "r_")]
    out[..., limbs, :] = published_h36m(coco)[..., limbs, :]
    return out


def read_sportspose(
    root: Path, *, videos: Path | None, cameras: tuple[str, ...], published: bool
) -> Iterator[ImportedClip]:
    """Each recording before each camera (or those in `cameras`). videos: the root of timing["video_path"]. Raises
    InputError."""
    sessions = [
        session for place in UPRIGHT_PX if (root / place).is_dir()
        for session in sorted_folders(root / place) if re.fullmatch("S[0-9]{2}", session.name)
    ]  # fmt: skip
    if not sessions:
        raise InputError("is not SportsPose's raw folder", LAYOUT, path=root)
    for session in sessions:
        calibration = _pickle(session / "calib.pkl", "calibration")
        for activity in sorted_folders(session):
            for file in sorted(activity.glob(f"{activity.name}[0-9]*.npy")):
                yield from _recording(file, session, calibration, videos, cameras, published)


def _pickle(path: Path, needed: str) -> dict[Any, Any]:
    try:
        found = read_pickle(path)
    except PickleError as e:
        raise InputError(str(e).removeprefix(f"{path}: "), LAYOUT, path=path) from None
    except OSError as e:
        raise InputError(f"cannot be read: {e.strerror}", LAYOUT, path=path) from None
    if not isinstance(found, dict) or needed not in found:
        raise InputError(f"has no {needed!r}", LAYOUT, path=path)
    return found


def read_npy(path: Path) -> FloatArray:
    """An array of numbers. Raises InputError for Python objects or damage."""
    try:
        with path.open("rb") as file:
            array = npy.read_array(file, allow_pickle=False)
        if array.dtype.kind not in "fiu":
            raise ValueError(f"it holds {array.dtype}, not numbers")
    except OSError as e:
        raise InputError(f"cannot be read: {e.strerror}", LAYOUT, path=path) from None
    except (ValueError, EOFError, MemoryError) as e:
        raise InputError(f"is no array of numbers: {str(e)[:120]}", LAYOUT, path=path) from None
    return np.asarray(array, np.float64)


def _recording(
    file: Path, session: Path, calibration: dict[Any, Any], videos: Path | None, cameras: tuple[str, ...],
    published: bool,
) -> Iterator[ImportedClip]:  # fmt: skip
    joints = read_npy(file)
    if joints.ndim != 3 or joints.shape[1] < 17 or joints.shape[2] < 3:
        raise InputError(f"expected (T, 17 or more, 3 or more), got {joints.shape}", LAYOUT, path=file)
    timing = _pickle(file.with_name(f"{file.stem}_timing.pkl"), "video_index")
    place = session.parent.name
    for key in calibration["calibration"]:
        if (cameras and str(key) not in cameras) or key not in timing["video_index"]:
            continue
        try:
            camera, quarters = _camera(calibration, key, UPRIGHT_PX[place])
            yield _clip(file, joints[:, :17, :3], timing, key, camera, quarters, videos, published)
        except (KeyError, TypeError, ValueError, IndexError) as e:
            what = f"camera {key}: {type(e).__name__}: {e}"
            raise InputError(what, "calib.pkl and _timing.pkl must be the data set's own", path=file) from None


def _camera(calibration: dict[Any, Any], key: Any, upright: tuple[int, int]) -> tuple[PinholeCamera, int]:
    """The camera of the upright image, and by how many quarters clockwise its video must be turned."""
    c = calibration["calibration"][key]
    quarters = int(calibration.get("numtimesrot90clockwise", {}).get(key, 0)) % 4
    (fx, fy), (cx, cy) = (np.ravel(np.asarray(c[n], float))[:2] for n in ("f", "c"))
    raw = upright if quarters % 2 == 0 else upright[::-1]
    K = np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1]])
    R, t = np.asarray(c["R"], float).reshape(3, 3), np.asarray(c["T"], float).reshape(3)
    return PinholeCamera(K, R, t, *raw).turned_clockwise(quarters), quarters


def _clip(
    file: Path, joints: FloatArray, timing: dict[Any, Any], key: Any, camera: PinholeCamera, quarters: int,
    videos: Path | None, published: bool,
) -> ImportedClip:  # fmt: skip
    index = np.round(np.ravel(np.asarray(timing["video_index"][key], float)))
    inside = np.isfinite(index) & (index >= 0) & (index < len(joints))
    rows = np.clip(np.nan_to_num(index), 0, len(joints) - 1).astype(int)
    seen = inside & np.isfinite(joints[rows]).all((1, 2))
    coco = filled(joints[rows], seen)
    turn, lift = upright_world(published_h36m(coco))
    coco, camera = coco @ turn.T + lift, camera.in_world(turn, lift)
    world = published_h36m(coco) if published else remapped_h36m(coco, camera)
    frames = len(coco)
    video = (
        videos.joinpath(*map(str, timing["video_path"])) / f"CAM{key}.avi"
        if videos and "video_path" in timing
        else None
    )
    note = f"turn its video by {90 * quarters} degrees clockwise" if quarters else ""
    return ImportedClip(
        f"{file.parents[1].parent.name}_{file.parents[1].name}_{file.stem}_cam{key}",
        world[None], camera.project(coco)[None], seen[None],
        np.tile(camera.K, (frames, 1, 1)), np.tile(camera.R, (frames, 1, 1)), np.tile(camera.t, (frames, 1)),
        _times(timing, key, index), (camera.width, camera.height), face=True,
        video=video if video and video.is_file() and not quarters else None, note=note,
    )  # fmt: skip


def _times(timing: dict[Any, Any], key: Any, index: FloatArray) -> FloatArray:
    """(T,) s from the first frame: the recorded times of the frames, else the joints' clock."""
    recorded = timing.get("times_ms", {}).get(key)
    times = np.ravel(np.asarray(recorded, float)) / 1000 if recorded is not None else index / RATE_HZ
    if times.shape != index.shape or not (np.diff(times) > 0).all():
        raise ValueError("the times of its frames do not rise, or are not one per frame")
    return np.asarray(times - times[0])
