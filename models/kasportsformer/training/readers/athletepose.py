"""AthletePose3D, in the two layouts it is passed around in. Source: Yeung et al., AthletePose3D, 2025,
`pose_3d/gendb.py`.

`frame_81/**/*.pkl`: one clip a file, as MotionBERT cuts them: a dict of data_input (T, 17, 3) x, y, confidence and
data_label (T, 17, 3), both in screen coordinates (half an image width). Metric size is not recorded: it is taken from
the limbs of a person 1.75 m tall, so millimetres are as good as that.

`train.pkl`, `valid.pkl`: a list of frames, each a dict of joint_3d_image (17, 3) px, ratio (px per mm), videoid,
action. They hold no detections; the input is the exact projection with scores of 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...anthropometry import FOREARM, SHANK, THIGH, UPPER_ARM
from ...skeleton import BONES, H36M
from ..body_shape import STATURE_M
from ..forward_kinematics import FloatArray
from ..recorded_dataset import Recorded
from .pickles import PickleError, read_pickle

LIMBS = [(a, b) for a, b in BONES if b in {H36M[f"{s}_{p}"] for s in "lr" for p in ("knee", "ankle", "elbow", "wrist")}]
LIMBS_OF_STATURE = 2 * (THIGH + SHANK + UPPER_ARM + FOREARM)


def read_athletepose(path: Path) -> Recorded:
    """A folder of clips, or one list of frames. Raises PickleError, OSError, ValueError."""
    if path.is_dir():
        files = sorted(path.rglob("*.pkl"))
        if not files:
            raise PickleError(f"{path}: no .pkl files below it")
        return _clips(files)
    return _frames(path)


def _clips(files: list[Path]) -> Recorded:
    inputs, labels, clip = [], [], []
    for number, file in enumerate(files):
        content: Any = read_pickle(file)
        if not isinstance(content, dict) or not {"data_input", "data_label"} <= set(content):
            raise PickleError(f"{file}: data_input and data_label expected; is it a clip of AthletePose3D?")
        source, label = (np.asarray(content[key], dtype=np.float32) for key in ("data_input", "data_label"))
        if source.shape[1:] not in ((17, 2), (17, 3)) or label.shape != (len(source), 17, 3):
            raise PickleError(f"{file}: (T, 17, 3) expected, got {source.shape} and {label.shape}")
        inputs.append(source if source.shape[-1] == 3 else np.concatenate([source, np.ones_like(source[..., :1])], -1))
        labels.append(label)
        clip.append(np.full(len(source), number))
    x, truth = np.concatenate(inputs), np.concatenate(labels)
    clips = np.concatenate(clip)
    mm = np.concatenate([np.full(len(t), _mm_per_unit(t), np.float32) for t in labels])
    return Recorded(x[..., :2], x[..., 2], truth, mm, clips, ("",) * len(x))


def _mm_per_unit(pose: FloatArray) -> float:
    limbs = sum(np.linalg.norm(pose[:, a] - pose[:, b], axis=-1) for a, b in LIMBS)
    return float(1000 * STATURE_M * LIMBS_OF_STATURE / max(float(np.median(limbs)), 1e-6))


def _frames(path: Path) -> Recorded:
    content: Any = read_pickle(path)
    try:
        truth = np.array([frame["joint_3d_image"] for frame in content], dtype=np.float32)
        mm = 1 / np.array([frame["ratio"] for frame in content], dtype=np.float32)
        _, clip = np.unique(np.array([str(frame["videoid"]) for frame in content]), return_inverse=True)
        action = tuple(str(frame.get("action", "")) for frame in content)
    except (TypeError, KeyError, ValueError) as error:
        raise PickleError(
            f"{path}: a list of frames with joint_3d_image, ratio and videoid expected: {error!r}"
        ) from error
    return Recorded(truth[..., :2], np.ones(truth.shape[:2], np.float32), truth, mm, clip, action)
