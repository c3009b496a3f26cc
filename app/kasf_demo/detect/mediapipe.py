"""People's keypoints with MediaPipe Pose: the one whom it finds in the whole picture, else those who are too small for that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kasf_demo.cores import fitting_threads
from kasf_demo.detect.mediapipe_network import PoseGraph, PoseNetwork
from kasf_demo.detect.mediapipe_tiled import MOST, SmallPeople
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections

# COCO-17 by the names of MediaPipe's 33 landmarks
COCO17 = (
    "NOSE", "LEFT_EYE", "RIGHT_EYE", "LEFT_EAR", "RIGHT_EAR", "LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW", "RIGHT_ELBOW",
    "LEFT_WRIST", "RIGHT_WRIST", "LEFT_HIP", "RIGHT_HIP", "LEFT_KNEE", "RIGHT_KNEE", "LEFT_ANKLE", "RIGHT_ANKLE",
)  # fmt: skip
OUTSIDE = 0.1  # landmarks outside the picture are guesses: kept, with their score scaled by this


class MediapipeDetector:
    """MediaPipe Pose on the CPU: one person, looked for where the last frame had them; several where they are small.

    When their score falls below 0.5 MediaPipe itself searches the whole next frame, and may then find someone else: that is
    left to `athlete.follow`, which makes it another track. A search of our own on a low score was tried on the five clips and
    left out: MediaPipe never drifted onto a bystander there, and the search cost 0.2 s and found the other person.
    """

    name = "mediapipe"
    weights = "mediapipe 0.10.14 pose_landmark_full"
    licence = "Apache-2.0"

    def __init__(self, *, cache_dir: Path) -> None:
        """Loads the model in the wheel. ModelError where mediapipe, or its legacy `solutions`, is missing."""
        self.warnings: list[str] = []
        graph = PoseGraph(cache_dir=cache_dir)
        self.weights_sha256: str | None = graph.weights_sha256
        self._rows = [graph.landmarks[name] for name in COCO17]
        self._whole: PoseNetwork | None = graph.open(tracks=True)
        self._small = SmallPeople(graph, at_once=fitting_threads(MOST))

    def detect(self, frame: Frame) -> Detections:
        """Score is MediaPipe's visibility; a box is around all 33 landmarks, with a margin. Frames are a clip's, in order."""
        if self._whole is None:
            raise ValueError("the detector is closed")
        whole = self._whole.find(frame.image)
        people = self._small.look(frame.image, frame.time_s, whole)
        return self._detections(people, frame.image.shape[1], frame.image.shape[0]) if people else Detections.none()

    def _detections(self, people: Sequence[FloatArray], width: int, height: int) -> Detections:
        """Of landmarks (33, 3) in a picture of that size."""
        marks = np.stack(people)
        xy, score = marks[..., :2], np.clip(marks[..., 2], 0, 1)
        outside = (xy < 0).any(-1) | (xy[..., 0] > width) | (xy[..., 1] > height)
        score = np.where(outside, score * OUTSIDE, score).astype(np.float32)
        box = np.stack([_box(one, width, height) for one in xy])
        xy, score = xy[:, self._rows], score[:, self._rows]
        return Detections(xy, score, box, score.mean(1))

    def restart(self) -> None:
        """Forgets the frames before: the next one is to it as a clip's first."""
        if self._whole is not None:
            self._whole.forget()
            self._small.restart()

    def close(self) -> None:
        """Frees the graphs."""
        if self._whole is not None:
            self._whole.close()
            self._small.close()
            self._whole = None


def _box(xy: FloatArray, width: int, height: int) -> FloatArray:
    """x0, y0, x1, y1 around the landmarks (33, 2), clipped to the picture, with room for the top of the head and the soles."""
    low, high = xy.min(0), xy.max(0)
    margin = 0.06 * float((high - low).max())
    box = np.array([low[0] - margin, low[1] - 1.5 * margin, high[0] + margin, high[1] + margin], np.float32)
    return np.clip(box, 0, np.array([width, height, width, height], np.float32))
