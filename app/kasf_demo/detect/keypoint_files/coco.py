"""COCO keypoint JSON: a list of results, or a dict with "images" and "annotations".

With "images", their order is the order of the frames. In a plain list of results `image_id` is the frame: a number from
0, or a file name whose last number counts. Ids that start at 1 and end at the clip's length cannot be distinguished
from ids that start at 0, so they come one frame late unless "images" is given. "track_id" (MOT, PoseTrack) is kept as
the person's id. A person has 17 keypoints, or the 26 of Halpe-26 (AlphaPose, RTMPose), whose feet are kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.detect.keypoint_files.parsing import (
    FoundPerson,
    identity,
    index,
    last_number,
    numbers,
    split_feet,
    to_detections,
)
from kasf_demo.errors import InputError
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Detections


def looks_like(data: Any) -> bool:
    """Whether `data` is COCO's: a list of dicts with keypoints, or a dict with annotations."""
    if isinstance(data, dict):
        return isinstance(data.get("annotations"), list)
    return isinstance(data, list) and all(isinstance(a, dict) and "image_id" in a for a in data[:1])


def load(data: Any, path: Path) -> dict[int, Detections]:
    """Frame index -> people. Raises InputError."""
    entries, frame_of = (data["annotations"], _image_order(data, path)) if isinstance(data, dict) else (data, None)
    people: dict[int, list[FoundPerson]] = {}
    for n, entry in enumerate(entries):
        where = f"entry {n}"
        if not isinstance(entry, dict):
            raise InputError(f"{where}: not a JSON object", path=path)
        if not entry.get("keypoints") and isinstance(data, dict):  # a box without keypoints, or a crowd
            continue
        i = _frame(entry.get("image_id"), frame_of, path, where)
        people.setdefault(i, []).append(_person(entry, path, where))
    _flags_to_scores(people)
    return {i: to_detections(found, path, f"frame {i}") for i, found in sorted(people.items())}


def _image_order(data: dict[str, Any], path: Path) -> dict[Any, int] | None:
    images = data.get("images")
    if images is None:
        return None
    if not isinstance(images, list) or not all(
        isinstance(im, dict) and isinstance(im.get("id"), (int, str)) for im in images
    ):
        raise InputError('"images" is not a list of objects with an "id"', path=path)
    order = {im["id"]: i for i, im in enumerate(images)}
    if len(order) < len(images):
        raise InputError('two "images" have the same id', path=path)
    return order


def _frame(image_id: Any, frame_of: dict[Any, int] | None, path: Path, where: str) -> int:
    if frame_of is not None:
        if not isinstance(image_id, (int, str)) or image_id not in frame_of:
            raise InputError(f'{where}: image_id {str(image_id)[:40]!r} is not among "images"', path=path)
        return frame_of[image_id]
    number = last_number(image_id) if isinstance(image_id, str) else image_id
    return index(number, path, f"{where}, image_id")


def _person(entry: dict[str, Any], path: Path, where: str) -> FoundPerson:
    given = entry.get("keypoints")
    count = 78 if isinstance(given, list) and len(given) == 78 else 51
    keypoints = numbers(given, count, path, f"{where}, keypoints").reshape(-1, 3)
    if (keypoints[:, 2] < 0).any():
        raise InputError(f"{where}: a keypoint has a negative score", path=path)
    score = numbers([entry["score"]], 1, path, f"{where}, score")[0] if entry.get("score") is not None else None
    return FoundPerson(
        keypoints[:17],
        _box(entry, path, where),
        score,
        identity(entry.get("track_id"), path, f"{where}, track_id"),
        split_feet(keypoints),
    )


def _box(entry: dict[str, Any], path: Path, where: str) -> FloatArray | None:
    if not entry.get("bbox"):
        return None
    x, y, w, h = numbers(entry["bbox"], 4, path, f"{where}, bbox")
    return np.array([x, y, x + w, y + h]) if w > 0 and h > 0 else None


def _flags_to_scores(people: dict[int, list[FoundPerson]]) -> None:
    """COCO annotations carry v (0 absent, 1 hidden, 2 visible) where results carry a score: halve it, in place, if the
    file has v."""
    values = [p.keypoints[:, 2] for found in people.values() for p in found]
    values += [p.feet[:, 2] for found in people.values() for p in found if p.feet is not None]
    v = np.concatenate(values) if values else np.zeros(0)
    if np.isin(v, (0, 1, 2)).all() and (v == 2).any():
        for x in values:
            x /= 2
