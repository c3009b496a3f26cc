"""One person's keypoints by name, as tools around RTMPose write Halpe-26:

    {"keypoint_names": ["nose", "l_shoulder", ..., "l_heel", "l_big_toe", ...],
     "frames": [[[x, y, score], ... one per name], ... one per frame], "width": 720, "height": 1280}

Names may begin with l_, r_, left_ or right_. The nose, shoulders, elbows, wrists, hips, knees and ankles are needed.
Eyes and ears that are missing get score 0 and a place between the nose and the point "head" (its top) or, without it,
the nose itself. "width" and "height" may be left out. An empty or null frame has no person.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.detect.keypoint_files.parsing import FoundPerson, frames_of, numbers, to_detections
from kasf_demo.errors import InputError
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.people import Detections
from kasportsformer.skeleton import COCO_NAMES

FEET_NAMES = ("left_heel", "left_big_toe", "right_heel", "right_big_toe")  # in the order of types.FEET
FACE = COCO_NAMES[1:5]  # eyes and ears
EYES_FROM_NOSE = 0.35  # their height above the nose, relative to that of the top of the head


def looks_like(data: Any) -> bool:
    """Whether `data` names its keypoints."""
    return isinstance(data, dict) and isinstance(data.get("keypoint_names"), list)


def load(data: dict[str, Any], path: Path, video: VideoInfo | None) -> dict[int, Detections]:
    """Frame index -> people. InputError if the file is broken or of another image size than `video`."""
    column = {_long(name): i for i, name in enumerate(data["keypoint_names"])}
    missing = [name for name in COCO_NAMES if name not in column and name not in FACE]
    if missing:
        raise InputError(f'"keypoint_names": {", ".join(missing)} missing', path=path)
    out: dict[int, Detections] = {}
    for i, rows in enumerate(frames_of(data, path, video)):
        if rows:
            out[i] = to_detections([_person(rows, column, path, f"frame {i}")], path, f"frame {i}")
    return out


def _long(name: Any) -> str:
    text = str(name).lower()
    for short, side in (("l_", "left_"), ("r_", "right_")):
        if text.startswith(short):
            return side + text.removeprefix(short)
    return text


def _person(rows: Any, column: dict[str, int], path: Path, where: str) -> FoundPerson:
    if not isinstance(rows, list) or len(rows) <= max(column.values()):
        raise InputError(f"{where}: expected {max(column.values()) + 1} keypoints", path=path)
    points = np.stack([numbers(row, 3, path, f"{where}, keypoint {j}") for j, row in enumerate(rows)])
    points[:, 2] = np.clip(points[:, 2], 0, 1)  # scores of a heat map exceed 1 by a little
    face = _face(points, column)
    coco = np.stack([points[column[name]] if name in column else face for name in COCO_NAMES])
    feet = None
    if set(FEET_NAMES) & set(column):
        nothing = np.zeros(3)
        feet = np.stack([points[column[name]] if name in column else nothing for name in FEET_NAMES])
    return FoundPerson(coco, feet=feet)


def _face(points: FloatArray, column: dict[str, int]) -> FloatArray:
    """(3,) the place of eyes and ears that the source does not have, score 0."""
    nose = points[column["nose"], :2]
    head = points[column["head"], :2] if "head" in column else nose
    return np.array([*(nose + EYES_FROM_NOSE * (head - nose)), 0.0])
