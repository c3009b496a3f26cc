"""Small raw data sets in the documented layouts, all of one motion before known cameras."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from source_files import moving

from kasportsformer.skeleton import COCO, H36M, H36M_NAMES

R = np.array([[0.939693, -0.34202, 0.0], [0.0, 0.0, -1.0], [0.34202, 0.939693, 0.0]])
FRAMES = 40


def coco_motion(frames: int = FRAMES) -> Any:
    """(frames, 17, 3) m, z up, of COCO-17 joints."""
    joints = moving(frames) - [0.0, 6.0, 0.0]
    out = np.repeat(joints[:, [H36M["head"]]], 17, axis=1)
    out[:, COCO["nose"], 2] -= 0.12
    for name, i in COCO.items():
        side, _, part = name.partition("_")
        if f"{side[0]}_{part}" in H36M:
            out[:, i] = joints[:, H36M[f"{side[0]}_{part}"]]
        elif part:
            out[:, i, 0] += 0.03 if side == "left" else -0.03
            out[:, i, 2] -= 0.08
    return out


def write_sportspose(root: Path, *, turned: int = 0, video: Path | None = None) -> Path:
    """One recording of one session before two cameras, the second one turned by `turned` quarters."""
    session = root / "indoors" / "S07"
    (session / "jump").mkdir(parents=True)
    np.save(session / "jump" / "jump0001.npy", np.concatenate([coco_motion(), np.ones((FRAMES, 17, 1))], -1))
    one = {
        "f": [1300.0, 1305.0],
        "c": [608.0, 968.0],
        "k": np.zeros(5),
        "T": np.array([0.2, 1.1, 5.0]),
        "R": R,
        "tpr": 0,
    }
    cameras = {"3": one, "5": one | {"c": [968.0, 608.0] if turned % 2 else [608.0, 968.0]}}
    calibration = {"calibration": cameras, "numtimesrot90clockwise": {"3": 0, "5": turned}}
    (session / "calib.pkl").write_bytes(pickle.dumps(calibration))
    index = {key: np.arange(0, FRAMES, 3) for key in cameras}  # 30 video frames per second
    timing = {
        "video_index": index,
        "times_ms": {key: 1000 / 90 * i + 500 for key, i in index.items()},
        "video_path": ["indoors", "S07", "jump0001"],
    }
    (session / "jump" / "jump0001_timing.pkl").write_bytes(pickle.dumps(timing))
    if video:
        (root / "videos" / "indoors" / "S07" / "jump0001").mkdir(parents=True)
        (root / "videos" / "indoors" / "S07" / "jump0001" / "CAM3.avi").write_bytes(b"a video")
    return root


def write_athletepose3d(root: Path, *, turned: bool = False) -> Path:
    """One clip of the running set."""
    folder = root / "data" / "valid_set" / "S1"
    folder.mkdir(parents=True)
    world = 1000 * (moving(FRAMES) - [0.0, 6.0, 0.0])
    world[3] = np.nan  # a frame without a measurement
    np.save(folder / "Running_1_cam_1_h36m.npy", world)
    about: dict[str, Any] = {"video_width": 1920, "video_height": 1080, "type": "running", "cam": "cam_1", "fps": 120}
    if turned:
        about |= {"rotation_ccw_90": True, "video_width": 1080, "video_height": 1920}
    (folder / "Running_1_cam_1.json").write_text(json.dumps(about))
    (folder / "Running_1_cam_1.mp4").write_bytes(b"a video")
    camera = {
        "affine_intrinsics_matrix": [[1100.0, 0, 970], [0, 1102.0, 530], [0, 0, 1]],
        "extrinsic_matrix": [[1.0, 0, 0], [0, 0, 1], [0, -1, 0]],
        "xyz": [300.0, -6000.0, 1200.0],
        "distortion": [0, 0, 0, 0, 0],
    }
    (root / "data" / "cam_param.json").write_text(json.dumps({"cam_1": camera}))
    return root


def write_fsjump3d(path: Path, markers: dict[str, tuple[str, ...]]) -> Path:
    """A JSON of FS-Jump3D with the markers of a joint map."""
    joints = 1000 * (moving(FRAMES) - [0.0, 6.0, 0.0])
    places: dict[str, Any] = {}
    for joint, names in markers.items():
        for name in names:
            places[name] = joints[:, H36M_NAMES.index(joint)]
    listed = [
        {
            "Name": name,
            "Parts": [{"Range": {"Start": 1, "End": FRAMES}, "Values": np.c_[xyz, np.zeros(FRAMES)].tolist()}],
        }
        for name, xyz in places.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"Markers": listed}))
    return path
