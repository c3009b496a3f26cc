"""A folder of OpenPose's `*_keypoints.json`, one a frame: BODY_25 (75 numbers per person), COCO-18 (54), or Halpe-26
(78, as RTMPose, Sports2D and Pose2Sim write it), turned into COCO-17 with heels and big toes if there are any.

The number in the file name is the frame; `person_id` is the person's id where it is not -1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.detect.keypoint_files.parsing import (
    BODY_25,
    COCO_18,
    HALPE_26,
    FoundPerson,
    identity,
    index,
    last_number,
    numbers,
    read_json,
    split_feet,
    to_detections,
)
from kasf_demo.errors import InputError
from kasf_demo.types.people import Detections

SUFFIX = "_keypoints.json"
SKELETONS = {75: BODY_25, 78: HALPE_26, 54: COCO_18}  # by the count of numbers per person


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
    if not isinstance(values, list) or len(values) not in SKELETONS:
        got = f"{len(values)} numbers" if isinstance(values, list) else "none"
        raise InputError(
            f"{where}, pose_keypoints_2d: expected 75 (BODY_25), 78 (Halpe-26) or 54 (COCO-18) numbers, got {got}",
            path=path,
        )
    keypoints = numbers(values, len(values), path, f"{where}, pose_keypoints_2d").reshape(-1, 3)
    keypoints[:, 2] = np.maximum(keypoints[:, 2], 0)
    given = person.get("person_id")
    return FoundPerson(
        keypoints[list(SKELETONS[len(values)])],
        id=identity(given[0] if isinstance(given, list) and given else None, path, f"{where}, person_id"),
        feet=split_feet(keypoints),
    )
