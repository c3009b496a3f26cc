"""`--keypoints FILE`: keypoints that were found elsewhere, or by us earlier, instead of a detector.

Three formats, distinguished by their content:

1. Ours, written by `dump_keypoints`. COCO-17 order, pixels of the upright image; people may come in any order, frames
too:

       {"format": "kasf-keypoints", "version": 1, "width": 1280, "height": 720,
        "frames": [{"index": 0, "people": [{"id": 1, "score": 0.9, "box": [x0, y0, x1, y1],
                                            "keypoints": [[x, y, score], ... 17 of them]}]}]}

   "width", "height", "id", "score" and "box" may be left out. Scores are 0 to 1. Frames not listed have no people.
2. COCO: a list of results or a dict with "images" and "annotations" (`kasf_demo.detect.keypoint_files.coco`).
3. A folder of OpenPose's `*_keypoints.json`, BODY_25 or COCO-18 (`kasf_demo.detect.keypoint_files.openpose`).

Any fault is an InputError with its place in the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.keypoint_files import coco, openpose
from kasf_demo.detect.keypoint_files.parsing import FoundPerson, identity, index, numbers, read_json, to_detections
from kasf_demo.errors import InputError
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.types.people import Detections

FORMAT = "kasf-keypoints"
VERSION = 1
MAX_PEOPLE = 50  # without ids, in a frame. Following takes 13 ms per frame with 50, 34 ms with 100, seconds with 300


class KeypointsFileDetector(PlainDetector):
    """Hands out what a file holds for each frame. `warnings` is filled by `close`, when it is known which frames were
    asked for."""

    name = "keypoints-file"
    weights_sha256: str | None = None

    def __init__(self, path: Path, *, video: VideoInfo | None = None) -> None:
        """Reads all of `path`. InputError if it is broken, of another image size than `video`, or without people."""
        self.weights = path.name
        self.warnings: list[str] = []
        self._path = path
        self._frames = load_keypoints(path, video=video)
        crowded = [i for i, d in self._frames.items() if len(d) > MAX_PEOPLE and (d.ids is None or (d.ids < 0).any())]
        for i in crowded:
            self._frames[i] = most_prominent(self._frames[i], MAX_PEOPLE)
        if crowded:
            self.warnings.append(
                f"{path.name}: more than {MAX_PEOPLE} people without ids in {len(crowded)} frames: the largest and most"
                " certain are kept"
            )
        if not any(len(d) for d in self._frames.values()):
            self.warnings.append(f"{path.name}: holds no people")
        self._last_asked = -1

    def detect(self, frame: Frame) -> Detections:
        """The people that the file has for `frame.index`."""
        self._last_asked = max(self._last_asked, frame.index)
        return self._frames.get(frame.index, Detections.empty())

    def close(self) -> None:
        """Frees the keypoints, and warns of frames beyond the clip's last."""
        beyond = (
            [i for i, d in self._frames.items() if i > self._last_asked and len(d)] if self._last_asked >= 0 else []
        )
        if beyond:
            self.warnings.append(
                f"{self._path.name}: {len(beyond)} frames ({min(beyond)} to {max(beyond)}) lie beyond the clip's "
                f"last frame {self._last_asked} and were not used"
            )
        self._frames = {}


def most_prominent(found: Detections, most: int) -> Detections:
    """The people who have an id, and of the others the `most` with the largest score times height of the box, in their
    order."""
    known = np.full(len(found), False) if found.ids is None else found.ids >= 0
    weight = np.where(known, np.inf, found.box_score * (found.box[:, 3] - found.box[:, 1]))
    keep = np.sort(np.argsort(-weight, kind="stable")[: most + int(known.sum())])
    ids = None if found.ids is None else found.ids[keep]
    return Detections(found.xy[keep], found.score[keep], found.box[keep], found.box_score[keep], ids)


def load_keypoints(path: Path, *, video: VideoInfo | None = None) -> dict[int, Detections]:
    """Frame index -> people, from any of the three formats. Frames without people may be missing. Raises InputError."""
    if os.path.isdir(path):
        return openpose.load(path)
    data = read_json(path)
    if isinstance(data, dict) and data.get("format") == FORMAT:
        return _load_ours(data, path, video)
    if coco.looks_like(data):
        return coco.load(data, path)
    if isinstance(data, dict) and "people" in data:
        raise InputError("one frame of OpenPose", "give the folder that holds all of them", path=path)
    raise InputError(
        f'unknown keypoints format: neither "format": "{FORMAT}" nor COCO',
        "see the documentation of --keypoints",
        path=path,
    )


def _load_ours(data: dict[str, Any], path: Path, video: VideoInfo | None) -> dict[int, Detections]:
    if data.get("version") != VERSION:
        raise InputError(
            f"version {data.get('version')!r} of {FORMAT}, expected {VERSION}", "update kasf-demo", path=path
        )
    size = (data.get("width"), data.get("height"))
    if video is not None and size != (None, None) and size != (video.width, video.height):
        raise InputError(
            f"made for an image of {size[0]}x{size[1]}, but the clip has {video.width}x{video.height}", path=path
        )
    if not isinstance(data.get("frames"), list):
        raise InputError('"frames" is missing or not a list', path=path)
    out: dict[int, Detections] = {}
    for n, frame in enumerate(data["frames"]):
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
    rows = person["keypoints"]
    if len(rows) != 17:
        raise InputError(f"{where}: expected 17 keypoints, got {len(rows)}", path=path)
    keypoints = [numbers(row, 3, path, f"{where}, keypoints[{j}]") for j, row in enumerate(rows)]
    for j, row in enumerate(keypoints):
        if not 0 <= row[2] <= 1:
            raise InputError(f"{where}, keypoints[{j}]: the score {row[2]:g} is not within 0 to 1", path=path)
    box = numbers(person["box"], 4, path, f"{where}, box") if person.get("box") is not None else None
    if box is not None and not (box[0] < box[2] and box[1] < box[3]):
        raise InputError(f"{where}: the box is not x0, y0, x1, y1 with x0 < x1 and y0 < y1", path=path)
    score = numbers([person["score"]], 1, path, f"{where}, score")[0] if person.get("score") is not None else None
    return FoundPerson(np.stack(keypoints), box, score, identity(person.get("id"), path, f"{where}, id"))


def dump_keypoints(frames: Sequence[Detections], *, width: int | None = None, height: int | None = None) -> str:
    """`frames` (one `Detections` a frame, from 0) in our format, one line a frame. `load_keypoints` gives them back to
    0.01 px."""
    head = {"format": FORMAT, "version": VERSION} | ({"width": width, "height": height} if width and height else {})
    lines = [json.dumps({"index": i, "people": [_record(d, k) for k in range(len(d))]}) for i, d in enumerate(frames)]
    return json.dumps(head)[:-1] + ', "frames": [\n' + ",\n".join(lines) + "\n]}\n"


def _record(d: Detections, k: int) -> dict[str, Any]:
    rows = [
        [round(float(x), 2), round(float(y), 2), round(float(s), 4)]
        for (x, y), s in zip(d.xy[k], d.score[k], strict=True)
    ]
    known = {"id": int(d.ids[k])} if d.ids is not None and d.ids[k] >= 0 else {}
    return known | {
        "score": round(float(d.box_score[k]), 4),
        "box": [round(float(x), 2) for x in d.box[k]],
        "keypoints": rows,
    }
