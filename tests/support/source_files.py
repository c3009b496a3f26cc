"""Small data sets in the layouts of the field, of a body that moves as if it ran."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from body import STANDING
from kasportsformer.skeleton import H36M_NAMES

W, H = 1312, 1216


def moving(frames: int, seed: int = 0) -> Any:
    """(frames, 17, 3) metres, z up: limbs that swing, near (0, 6, 0)."""
    rng = np.random.default_rng(seed)
    base = np.array([STANDING[name] for name in H36M_NAMES], float)
    phase, size = rng.uniform(0, 2 * np.pi, (17, 3)), rng.uniform(0.02, 0.12, (17, 3))
    t = np.arange(frames)[:, None, None] / 12
    return base + size * np.sin(t + phase) + [0.2, 6.0, 0.0]


def source_part(recordings: dict[str, tuple[int, str, str]], *, detected: bool = True) -> dict[str, Any]:
    """A part of a *_source*.pkl. recordings: name to frames, action, camera."""
    parts: dict[str, list[Any]] = {"image": [], "factor": [], "source": [], "action": [], "camera": []}
    for i, (name, (frames, action, camera)) in enumerate(recordings.items()):
        world = moving(frames, i)
        u = W / 2 + 1200 * world[..., 0] / world[..., 1]
        v = H / 2 - 1200 * (world[..., 2] - 1) / world[..., 1]
        factor = 1000 * world[:, 0, 1] / 1200
        depth = 1000 * (world[..., 1] - world[:, :1, 1]) / factor[:, None]
        parts["image"].append(np.stack([u, v, depth], -1))
        parts["factor"].append(factor)
        for key, value in (("source", name), ("action", action), ("camera", camera)):
            parts[key] += [value] * frames
    image, factor = np.concatenate(parts["image"]), np.concatenate(parts["factor"])
    rng = np.random.default_rng(9)
    found = {
        "joint_2d": (image[..., :2] + detected * rng.normal(0, 2, image[..., :2].shape)).astype(np.float32),
        "joint3d_image": image.astype(np.float32),
        "joints_2.5d_image": image * factor[:, None, None],
        "2.5d_factor": factor,
        "source": np.array(parts["source"]),
        "action": np.array(parts["action"]),
        "camera_name": np.array(parts["camera"]),
    }
    if detected:
        found["confidence"] = rng.uniform(0.3, 1, image.shape[:2]).astype(np.float32)
    return found


SPORTSPOSE = {
    "s00": (60, "jump", "outdoors"),
    "s01": (27, "soccer", "indoors"),
    "s02": (20, "jump", "outdoors"),
    "s03": (54, "tennis", "outdoors"),
}


def write_source(path: Path, recordings: dict[str, tuple[int, str, str]] = SPORTSPOSE, **more: Any) -> Path:
    """A *_source*.pkl whose train and test part are the same. more: arrays that replace those of the test part; None
    leaves one out."""
    part = source_part(recordings)
    test = {k: v for k, v in (part | more).items() if v is not None}
    path.write_bytes(pickle.dumps({"train": part, "test": test}))
    return path


def write_frame_list(path: Path, frames: int = 170) -> Path:
    """An AthletePose3D valid.pkl of two clips."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = source_part({"run_1": (frames - 81, "running", ""), "spin_2": (81, "spin", "")}, detected=False)
    listed = [
        {
            "joint_3d_image": part["joint3d_image"][i],
            "ratio": 1 / part["2.5d_factor"][i],
            "videoid": str(part["source"][i]),
            "cameraid": "cam_1",
            "action": str(part["action"][i]),
            "video_width": W,
            "video_height": H,
        }
        for i in range(frames)
    ]
    path.write_bytes(pickle.dumps(listed))
    return path
