"""One person's keypoints with MediaPipe Pose, whose wheel carries its model. The only file that imports mediapipe.

Only `model_complexity=1` runs without a download: pose_landmark_full.tflite is in the 0.10.14 wheel, lite and heavy are not.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.cores import fitting_threads
from kasf_demo.errors import ModelError
from kasf_demo.types import Detections, FloatArray, Frame

# COCO-17 by the names of MediaPipe's 33 landmarks
COCO17 = (
    "NOSE", "LEFT_EYE", "RIGHT_EYE", "LEFT_EAR", "RIGHT_EAR", "LEFT_SHOULDER", "RIGHT_SHOULDER", "LEFT_ELBOW", "RIGHT_ELBOW",
    "LEFT_WRIST", "RIGHT_WRIST", "LEFT_HIP", "RIGHT_HIP", "LEFT_KNEE", "RIGHT_KNEE", "LEFT_ANKLE", "RIGHT_ANKLE",
)  # fmt: skip
OUTSIDE = 0.1  # landmarks outside the picture are guesses: kept, with their score scaled by this
# smooth_landmarks=False: MediaPipe's filter is causal and lags where sport happens. On soccer_freekick_side.mp4, in the fastest tenth of
# the frames, it held ankles back by 8 px and wrists by 9 px on average, 20 px at worst, for hardly less jitter elsewhere. `refine`
# smooths later with frames from both sides.
SETTINGS = {
    "static_image_mode": False,
    "model_complexity": 1,
    "smooth_landmarks": False,
    "min_detection_confidence": 0.5,
    "min_tracking_confidence": 0.5,
}
# The same as solutions.pose.Pose gives them to its graph
_ROI = "poselandmarkbyroicpu__tensorstoposelandmarksandsegmentation"
PARAMETERS = {
    "side_inputs": {
        "model_complexity": SETTINGS["model_complexity"],
        "smooth_landmarks": SETTINGS["smooth_landmarks"],
        "enable_segmentation": False,
        "smooth_segmentation": True,
        "use_prev_landmarks": not SETTINGS["static_image_mode"],
    },
    "calculator_params": {
        "posedetectioncpu__TensorsToDetectionsCalculator.min_score_thresh": SETTINGS["min_detection_confidence"],
        f"{_ROI}__ThresholdingCalculator.threshold": SETTINGS["min_tracking_confidence"],
    },
    "outputs": ["pose_landmarks"],
}
# MediaPipe leaves its networks one thread. With two, a frame takes 0.6 of the time (2 cores, 2026-11-26; the keypoints are the same to
# the bit); more were not measured, and a third thread on 2 cores took 20 times as long: they wait for each other without sleeping.
MOST_THREADS = 2
_REMEDY = 'pip install "kasf-demo[offline]" (Python 3.11 or 3.12), or use --detector yolo'


class MediapipeDetector:
    """MediaPipe Pose on the CPU: one person, looked for where the last frame had them.

    When their score falls below 0.5 MediaPipe itself searches the whole next frame, and may then find someone else: that is
    left to `athlete.follow`, which makes it another track. A search of our own on a low score was tried on the five clips and
    left out: MediaPipe never drifted onto a bystander there, and the search cost 0.2 s and found the other person.
    """

    name = "mediapipe"
    weights = "mediapipe 0.10.14 pose_landmark_full"
    weights_sha256: str | None = None
    licence = "Apache-2.0"

    def __init__(self, *, cache_dir: Path) -> None:
        """Loads the model in the wheel. ModelError where mediapipe, or its legacy `solutions`, is missing."""
        os.environ.setdefault("MPLCONFIGDIR", str(cache_dir / "matplotlib"))  # mediapipe imports matplotlib, which caches fonts
        self.warnings: list[str] = []
        with _quiet():
            try:
                from mediapipe.python import solution_base
                from mediapipe.python._framework_bindings import validated_graph_config
                from mediapipe.python.solutions import pose
            except (ImportError, AttributeError, TypeError) as error:  # TypeError: protobuf's complaint about old generated code
                raise ModelError(f"mediapipe 0.10.14 cannot be imported ({error})", _REMEDY) from error
            self.weights_sha256 = hashlib.sha256((_modules(pose.__file__) / "pose_landmark_full.tflite").read_bytes()).hexdigest()
            self._rows = [pose.PoseLandmark[name].value for name in COCO17]
            graph = _graph(validated_graph_config, pose.__file__, fitting_threads(MOST_THREADS))
            self._pose: Any = solution_base.SolutionBase(graph_config=graph, **PARAMETERS)
            self._pose.process(np.zeros((64, 64, 3), np.uint8))  # the models open at the first frame, loudly

    def detect(self, frame: Frame) -> Detections:
        """At most one person. Score is MediaPipe's visibility; the box is around all 33 landmarks, with a margin."""
        if self._pose is None:
            raise ValueError("the detector is closed")
        image = frame.image
        height, width = image.shape[:2]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # protobuf's GetPrototype deprecation
            landmarks = self._pose.process(np.ascontiguousarray(image)).pose_landmarks
        if landmarks is None:
            return Detections.none()
        table = np.array([(p.x * width, p.y * height, p.visibility) for p in landmarks.landmark], np.float32)
        if not np.isfinite(table).all():
            return Detections.none()
        xy, score = table[:, :2], np.clip(table[:, 2], 0, 1)
        outside = (xy < 0).any(1) | (xy[:, 0] > width) | (xy[:, 1] > height)
        score = np.where(outside, score * OUTSIDE, score).astype(np.float32)
        box = _box(xy, width, height)
        xy, score = xy[self._rows], score[self._rows]
        return Detections(xy[None], score[None], box[None], np.array([score.mean()], np.float32))

    def close(self) -> None:
        """Frees the graph."""
        if self._pose is not None:
            self._pose.close()
            self._pose = None


def _box(xy: FloatArray, width: int, height: int) -> FloatArray:
    """x0, y0, x1, y1 around the landmarks (33, 2), clipped to the picture, with room for the top of the head and the soles."""
    low, high = xy.min(0), xy.max(0)
    margin = 0.06 * float((high - low).max())
    box = np.array([low[0] - margin, low[1] - 1.5 * margin, high[0] + margin, high[1] + margin], np.float32)
    return np.clip(box, 0, np.array([width, height, width, height], np.float32))


def _graph(bindings: Any, solution: str, threads: int) -> str:
    """The graph of `solutions.pose.Pose`, whose networks have so many threads."""
    graph = bindings.ValidatedGraphConfig()
    graph.initialize(binary_graph_path=str(_modules(solution) / "pose_landmark_cpu.binarypb"))
    return re.sub(r"xnnpack \{\s*\}", f"xnnpack {{ num_threads: {threads} }}", graph.text_config)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Sends what C++ writes to stderr nowhere: absl prints its notes there before any of its switches can be set."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _modules(solution: str) -> Path:
    """Where the wheel has the graph and its landmark model, given the path of mediapipe/python/solutions/pose.py."""
    return Path(solution).parents[2] / "modules" / "pose_landmark"
