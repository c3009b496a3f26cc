"""Where the format of a `--keypoints` file is decided, by its content. A new format is a branch in `load_keypoints` and
a reader of its own.

1. Ours (`native`): a dict with "format": "kasf-keypoints".
2. COCO (`coco`): a list of results, or a dict with "images" and "annotations".
3. OpenPose (`openpose`): a folder of `*_keypoints.json`, BODY_25, COCO-18 or Halpe-26.
4. Named (`named`): a dict with "keypoint_names" and the frames of one person.

Any fault is an InputError with its place in the file.
"""

from __future__ import annotations

import os
from pathlib import Path

from kasf_demo.detect.keypoint_files import coco, named, native, openpose
from kasf_demo.detect.keypoint_files.parsing import read_json
from kasf_demo.errors import InputError
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.people import Detections


def load_keypoints(path: Path, *, video: VideoInfo | None = None) -> dict[int, Detections]:
    """Frame index -> people, from any of the four formats. Frames without people may be missing. Raises InputError."""
    if os.path.isdir(path):
        return openpose.load(path)
    data = read_json(path)
    if native.looks_like(data):
        return native.load(data, path, video)
    if named.looks_like(data):
        return named.load(data, path, video)
    if coco.looks_like(data):
        return coco.load(data, path)
    if isinstance(data, dict) and "people" in data:
        raise InputError("one frame of OpenPose", "give the folder that holds all of them", path=path)
    raise InputError(
        f'unknown keypoints format: neither "format": "{native.FORMAT}", nor COCO, nor "keypoint_names"',
        "see the documentation of --keypoints",
        path=path,
    )
