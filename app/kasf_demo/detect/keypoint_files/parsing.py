"""What the keypoint file formats share: checked numbers, joint orders, people turned into `Detections`."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.files.text import check_file
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Detections

MAX_FRAME = 10_000_000  # 46 hours at 60 fps: a larger index is a slip
MAX_PX = 1e6  # no image is that large
MAX_BYTES = 1 << 30
UNKNOWN_ID = -1

# OpenPose's joints as COCO-17: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles, left before right
BODY_25 = (0, 16, 15, 18, 17, 5, 2, 6, 3, 7, 4, 12, 9, 13, 10, 14, 11)
HALPE_26 = tuple(range(17))  # its first 17 joints are COCO's
COCO_18 = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)


# Left heel, left big toe, right heel, right big toe, by the number of joints of a skeleton that has them
FEET_BY_COUNT = {25: (21, 19, 24, 22), 26: (24, 20, 25, 21)}


@dataclass(frozen=True)
class FoundPerson:
    """One person in one frame as a file has them: keypoints (17, 3) px and score, box xyxy or None, score or None, id
    or -1. feet (4, 3) px and score in the order of types.FEET, or None."""

    keypoints: FloatArray
    box: FloatArray | None = None
    score: float | None = None
    id: int = UNKNOWN_ID
    feet: FloatArray | None = None


def read_json(path: Path) -> Any:
    """The JSON in `path`, refusing NaN and Infinity. InputError with the line where it is broken."""
    check_file(path, "the keypoints file", InputError, max_bytes=MAX_BYTES)
    try:
        return json.loads(path.read_bytes(), parse_constant=_no_constant)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    except json.JSONDecodeError as error:
        raise InputError(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}", path=path) from error
    except (ValueError, RecursionError) as error:  # NaN, text that is not UTF-8, numbers of 5000 digits, 10000 brackets
        raise InputError(f"not usable as JSON: {str(error)[:120]}", path=path) from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number")


def frames_of(data: dict[str, Any], path: Path, video: VideoInfo | None) -> list[Any]:
    """The list "frames" of a file that may name its image size. InputError without it, or if `video` has another
    size."""
    size = (data.get("width"), data.get("height"))
    if video is not None and size != (None, None) and size != (video.width, video.height):
        raise InputError(
            f"made for an image of {size[0]}x{size[1]}, but the clip has {video.width}x{video.height}", path=path
        )
    if not isinstance(data.get("frames"), list):
        raise InputError('"frames" is missing or not a list', path=path)
    return list(data["frames"])


def numbers(value: Any, count: int, path: Path, where: str) -> FloatArray:
    """`value` as `count` finite numbers of a size that pixels can have. InputError that names `where`."""
    if not isinstance(value, list) or len(value) != count:
        got = f"{len(value)} values" if isinstance(value, list) else type(value).__name__
        raise InputError(f"{where}: expected a list of {count} numbers, got {got}", path=path)
    for x in value:
        if isinstance(x, bool) or not isinstance(x, (int, float)) or not abs(x) <= MAX_PX or not math.isfinite(x):
            raise InputError(f"{where}: {str(x)[:40]!r} is not a number of pixels or a score", path=path)
    return np.array(value, np.float64)


def index(value: Any, path: Path, where: str) -> int:
    """`value` as a frame index, 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_FRAME:
        raise InputError(f"{where}: expected a frame number from 0 to {MAX_FRAME}, got {str(value)[:40]!r}", path=path)
    return value


def identity(value: Any, path: Path, where: str) -> int:
    """`value` as a person's id, 0 or more; None and -1 mean unknown."""
    if value is None or value == UNKNOWN_ID:
        return UNKNOWN_ID
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise InputError(f"{where}: expected a whole number from 0 as id, got {str(value)[:40]!r}", path=path)
    return value


def to_detections(people: Sequence[FoundPerson], path: Path, where: str) -> Detections:
    """One frame's people. Those without any scored joint are left out; a missing box is drawn around the scored
    joints."""
    people = [p for p in people if (p.keypoints[:, 2] > 0).any()]
    if not people:
        return Detections.empty()
    ids = [p.id for p in people]
    known = [i for i in ids if i != UNKNOWN_ID]
    if len(set(known)) < len(known):
        twice = next(i for i in known if known.count(i) > 1)
        raise InputError(f"{where}: id {twice} appears twice", path=path)
    keypoints = np.stack([p.keypoints for p in people])
    score = np.clip(keypoints[..., 2], 0, 1)
    box = np.stack([around(p.keypoints) if p.box is None else p.box for p in people])
    box_score = np.array(
        [
            s[s > 0].mean() if p.score is None else min(max(p.score, 0.0), 1.0)
            for p, s in zip(people, score, strict=True)
        ]
    )
    return Detections(
        keypoints[..., :2].astype(np.float32),
        score.astype(np.float32),
        box.astype(np.float32),
        box_score.astype(np.float32),
        np.array(ids, np.int64) if known else None,
        feet=_feet(people),
    )


def _feet(people: Sequence[FoundPerson]) -> FootPoints | None:
    """The feet of a frame's people; points without a score are unknown. None if no person has feet."""
    if all(p.feet is None for p in people):
        return None
    out = FootPoints.unknown(len(people))
    for i, feet in enumerate(p.feet for p in people):
        if feet is not None:
            known = feet[:, 2] > 0
            out.xy[i, known], out.score[i, known] = feet[known, :2], np.minimum(feet[known, 2], 1)
    return out


def split_feet(keypoints: FloatArray) -> FloatArray | None:
    """(4, 3) feet of all keypoints (K, 3) of a skeleton, in the order of types.FEET; None if it has none."""
    columns = FEET_BY_COUNT.get(len(keypoints))
    return None if columns is None else keypoints[list(columns)]


def around(keypoints: FloatArray) -> FloatArray:
    """x0, y0, x1, y1 of the joints of (17, 3) that have a score, with a margin of a tenth for head and feet."""
    xy = keypoints[keypoints[:, 2] > 0, :2]
    low, high = xy.min(0), xy.max(0)
    margin = 0.1 * float((high - low).max())
    return np.concatenate([low - margin, high + margin])


def last_number(name: str) -> int | None:
    """The last number in a file name without its suffix: 12 for `frame_0012.png`,
    `clip_000000000012_keypoints.json`."""
    digits, current = "", ""
    for c in Path(name).stem:
        current = current + c if c in "0123456789" else ""
        digits = current or digits
    return int(digits[-18:]) if digits else None
