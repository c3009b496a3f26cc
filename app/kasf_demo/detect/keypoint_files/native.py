"""Our own keypoints format, written by `dump_keypoints`.

COCO-17 order, pixels of the upright image; people and frames may come in any order:

    {"format": "kasf-keypoints", "version": 1, "width": 1280, "height": 720,
     "frames": [{"index": 0, "people": [{"id": 1, "score": 0.9, "box": [x0, y0, x1, y1],
                                         "keypoints": [[x, y, score], ... 17 of them],
                                         "feet": [[x, y, score], ... l_heel, l_toe, r_heel, r_toe]}]}]}

"width", "height", "id", "score", "box" and "feet" may be left out; a foot point with score 0 is
unknown. Scores are 0 to 1. Frames not listed have no people.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.detect.keypoint_files.parsing import FoundPerson, frames_of, identity, index, numbers, to_detections
from kasf_demo.errors import InputError
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.feet import FEET
from kasf_demo.types.people import Detections

FORMAT = "kasf-keypoints"
VERSION = 1


def looks_like(data: Any) -> bool:
    """Whether `data` is in our own format."""
    return isinstance(data, dict) and data.get("format") == FORMAT


def load(data: dict[str, Any], path: Path, video: VideoInfo | None) -> dict[int, Detections]:
    """Frame index -> people. InputError if the file is broken or of another image size than `video`."""
    if data.get("version") != VERSION:
        raise InputError(
            f"version {data.get('version')!r} of {FORMAT}, expected {VERSION}", "update kasf-demo", path=path
        )
    out: dict[int, Detections] = {}
    for n, frame in enumerate(frames_of(data, path, video)):
        if not isinstance(frame, dict) or not isinstance(frame.get("people"), list):
            raise InputError(f'frames[{n}]: expected {{"index": ..., "people": [...]}}', path=path)
        i = index(frame.get("index"), path, f"frames[{n}].index")
        if i in out:
            raise InputError(f"frames[{n}]: frame {i} appears twice", path=path)
        people = [_person(p, path, f"frame {i}, people[{k}]") for k, p in enumerate(frame["people"])]
        out[i] = to_detections(people, path, f"frame {i}")
    return out


def _person(person: Any, path: Path, where: str) -> FoundPerson:
    if not isinstance(person, dict) or not isinstance(person.get("keypoints"), list):
        raise InputError(f'{where}: expected {{"keypoints": [...]}}', path=path)
    keypoints = _points(person["keypoints"], 17, "keypoints", path, where)
    feet = _points(person["feet"], len(FEET), "feet", path, where) if person.get("feet") is not None else None
    box = numbers(person["box"], 4, path, f"{where}, box") if person.get("box") is not None else None
    if box is not None and not (box[0] < box[2] and box[1] < box[3]):
        raise InputError(f"{where}: the box is not x0, y0, x1, y1 with x0 < x1 and y0 < y1", path=path)
    score = numbers([person["score"]], 1, path, f"{where}, score")[0] if person.get("score") is not None else None
    return FoundPerson(keypoints, box, score, identity(person.get("id"), path, f"{where}, id"), feet)


def _points(rows: Any, count: int, name: str, path: Path, where: str) -> FloatArray:
    """(count, 3) px and score. InputError."""
    if not isinstance(rows, list) or len(rows) != count:
        got = len(rows) if isinstance(rows, list) else type(rows).__name__
        raise InputError(f"{where}: expected {count} {name}, got {got}", path=path)
    points = [numbers(row, 3, path, f"{where}, {name}[{j}]") for j, row in enumerate(rows)]
    for j, row in enumerate(points):
        if not 0 <= row[2] <= 1:
            raise InputError(f"{where}, {name}[{j}]: the score {row[2]:g} is not within 0 to 1", path=path)
    return np.stack(points)


def dump_keypoints(frames: Sequence[Detections], *, width: int | None = None, height: int | None = None) -> str:
    """`frames` (one `Detections` per frame, from 0) in our format, one line per frame. Coordinates are rounded to
    0.01 px."""
    head = {"format": FORMAT, "version": VERSION} | ({"width": width, "height": height} if width and height else {})
    lines = [json.dumps({"index": i, "people": [_record(d, k) for k in range(len(d))]}) for i, d in enumerate(frames)]
    return json.dumps(head)[:-1] + ', "frames": [\n' + ",\n".join(lines) + "\n]}\n"


def _record(d: Detections, k: int) -> dict[str, Any]:
    rows = _rounded(d.xy[k], d.score[k])
    feet = {} if d.feet is None else {"feet": _rounded(np.nan_to_num(d.feet.xy[k]), d.feet.score[k])}
    known = {"id": int(d.ids[k])} if d.ids is not None and d.ids[k] >= 0 else {}
    return (
        known
        | {
            "score": round(float(d.box_score[k]), 4),
            "box": [round(float(x), 2) for x in d.box[k]],
            "keypoints": rows,
        }
        | feet
    )


def _rounded(xy: FloatArray, score: FloatArray) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2), round(float(s), 4)] for (x, y), s in zip(xy, score, strict=True)]
