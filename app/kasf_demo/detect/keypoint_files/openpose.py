"""A folder of OpenPose's `*_keypoints.json`, one a frame: BODY_25 (75 numbers per person) or COCO-18 (54), turned into
COCO-17.

The number in the file name is the frame; `person_id` is the person's id where it is not -1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.detect.keypoint_files.parsing import (
    BODY_25,
    COCO_18,
    FoundPerson,
    identity,
    index,
    last_number,
    numbers,
    read_json,
    to_detections,
)
from kasf_demo.errors import InputError
from kasf_demo.types.people import Detections

SUFFIX = "_keypoints.json"


def load(folder: Path) -> dict[int, Detections]:
    """Frame index -> people. Raises InputError."""
    files = sorted(p for p in folder.iterdir() if p.name.endswith(SUFFIX))
    if not files:
        raise InputError(
            f"no *{SUFFIX} in this folder", "give a folder that OpenPose wrote with --write_json", path=folder
        )
    out: dict[int, Detections] = {}
    for path in files:
        i = index(last_number(path.name.removesuffix(SUFFIX)), path, "the number in the file name")
        if i in out:
            raise InputError(f"a second file for frame {i}", path=path)
        data = read_json(path)
        if not isinstance(data, dict) or not isinstance(data.get("people"), list):
            raise InputError('"people" is missing or not a list', path=path)
        out[i] = to_detections(
            [_person(p, path, f"people[{k}]") for k, p in enumerate(data["people"])], path, f"frame {i}"
        )
    return out


def _person(person: Any, path: Path, where: str) -> FoundPerson:
    values = person.get("pose_keypoints_2d") if isinstance(person, dict) else None
    if not isinstance(values, list) or len(values) not in (75, 54):
        got = f"{len(values)} numbers" if isinstance(values, list) else "none"
        raise InputError(
            f"{where}, pose_keypoints_2d: expected 75 (BODY_25) or 54 (COCO) numbers, got {got}", path=path
        )
    rows = list(BODY_25 if len(values) == 75 else COCO_18)
    keypoints = numbers(values, len(values), path, f"{where}, pose_keypoints_2d").reshape(-1, 3)[rows]
    keypoints[:, 2] = np.maximum(keypoints[:, 2], 0)
    given = person.get("person_id")
    return FoundPerson(
        keypoints, id=identity(given[0] if isinstance(given, list) and given else None, path, f"{where}, person_id")
    )
