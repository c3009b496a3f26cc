"""`--keypoints FILE`: a detector that returns the keypoints of a file, found elsewhere or by an earlier run."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.keypoint_files.formats import load_keypoints
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.types.people import Detections

MAX_PEOPLE = 50  # without ids, per frame. Tracking takes 13 ms per frame with 50, 34 ms with 100, seconds with 300


class KeypointsFileDetector(PlainDetector):
    """Returns what the file has for each frame. `close` adds warnings: only then is it known which frames were used."""

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
        """Frees the keypoints. Warns if the file has frames beyond the clip's last."""
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
    """All people with an id, and at most `most` without: those with the largest score times box height. The order
    stays."""
    known = np.full(len(found), False) if found.ids is None else found.ids >= 0
    weight = np.where(known, np.inf, found.box_score * (found.box[:, 3] - found.box[:, 1]))
    keep = np.sort(np.argsort(-weight, kind="stable")[: most + int(known.sum())])
    ids = None if found.ids is None else found.ids[keep]
    feet = None if found.feet is None else found.feet[keep]
    return Detections(found.xy[keep], found.score[keep], found.box[keep], found.box_score[keep], ids, feet=feet)
