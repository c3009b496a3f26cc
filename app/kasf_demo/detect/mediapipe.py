"""MediaPipe Pose detector: one person in the full frame, or several small ones by tiling."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo import concurrency
from kasf_demo.cores import fitting_threads
from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.mediapipe_tiled import MAX_PEOPLE, SmallPeople
from kasf_demo.errors import ModelError, first_line, is_out_of_memory
from kasf_demo.third_party import imported_later, prepare_matplotlib
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import COCO_BODY, Detections

# smooth_landmarks=False: MediaPipe's causal filter delays fast limbs; `refine` smooths later with frames from both
# sides (docs/decisions.md, "MediaPipe").
FULL, HEAVY = 1, 2  # values of model_complexity
SETTINGS = {
    "static_image_mode": False,
    "model_complexity": FULL,
    "smooth_landmarks": False,
    "min_detection_confidence": 0.5,
    "min_tracking_confidence": 0.5,
}
_ROI = "poselandmarkbyroicpu__tensorstoposelandmarksandsegmentation"
PARAMETERS = {
    "posedetectioncpu__TensorsToDetectionsCalculator.min_score_thresh": SETTINGS["min_detection_confidence"],
    f"{_ROI}__ThresholdingCalculator.threshold": SETTINGS["min_tracking_confidence"],
}
# One thread per network: waiting threads of XNNPACK's pool spin, which slows detection if other programs use the cores
# (docs/decisions.md, "Threads").
NETWORK_THREADS = 1
MIN_CROP_SCORE = 0.3  # a person in a crop; whoever looks there checks what is found
CROPS_AT_ONCE = 2  # networks of MediapipeCrops: two crops are looked at for each person
HEAVY_FILE = "mediapipe/modules/pose_landmark/pose_landmark_heavy.tflite"  # as the graph names it; not in the wheel
_REMEDY = 'pip install "kasf-demo[offline]" (Python 3.11 or 3.12), or use --detector yolo'


class PoseGraph:
    """Opens networks; mediapipe is imported and its graph read once."""

    def __init__(self, *, cache_dir: Path, heavy: Path | None = None) -> None:
        """With the network in the wheel, or with the file `heavy` (.tflite). ModelError if mediapipe, or its legacy
        `solutions`, is missing."""
        prepare_matplotlib(cache_dir)
        # its drawing and sound, which nothing here uses, take two thirds of the time of its import
        with _quiet(), imported_later("matplotlib", "matplotlib.pyplot", "sounddevice"):
            try:
                from mediapipe.python import solution_base
                from mediapipe.python._framework_bindings import validated_graph_config
                from mediapipe.python.solutions import pose
            # TypeError: protobuf's complaint about old generated code
            except (ImportError, AttributeError, TypeError) as error:
                raise ModelError(f"mediapipe 0.10.14 cannot be imported ({error})", _REMEDY) from error
            folder = Path(pose.__file__).parents[2] / "modules" / "pose_landmark"
            graph = validated_graph_config.ValidatedGraphConfig()
            graph.initialize(binary_graph_path=str(folder / "pose_landmark_cpu.binarypb"))
        self.config: str = re.sub(
            r"xnnpack \{\s*\}", f"xnnpack {{ num_threads: {NETWORK_THREADS} }}", graph.text_config
        )
        self._heavy = heavy
        if heavy is not None:
            self.config = self.config.replace(f'"{HEAVY_FILE}"', _text_proto(str(heavy.absolute())))
        network = heavy or folder / "pose_landmark_full.tflite"
        self.weights_sha256 = hashlib.sha256(network.read_bytes()).hexdigest()
        self.landmarks = {mark.name: mark.value for mark in pose.PoseLandmark}
        self._solution = solution_base.SolutionBase

    def open(self, *, tracks: bool, min_score: float | None = None) -> PoseLandmarker:
        """A network that tracks the person from image to image, or one that treats each image as the first. min_score:
        of a person, in place of those in SETTINGS. ModelError if the file `heavy` is no network."""
        side_inputs = {
            "model_complexity": FULL if self._heavy is None else HEAVY,
            "smooth_landmarks": SETTINGS["smooth_landmarks"],
            "enable_segmentation": False,
            "smooth_segmentation": True,
            "use_prev_landmarks": tracks,
        }
        with _quiet():
            solution = self._solution(
                graph_config=self.config,
                side_inputs=side_inputs,
                calculator_params=PARAMETERS if min_score is None else dict.fromkeys(PARAMETERS, min_score),
                outputs=["pose_landmarks", "pose_world_landmarks"],
            )
            network = PoseLandmarker(solution)
            try:
                network.forget()  # the models are opened at the first image and print messages
            except RuntimeError as error:
                if self._heavy is None or is_out_of_memory(error):
                    raise
                what = f"the network cannot be loaded ({first_line(error)})"
                raise ModelError(what, "delete the file and fetch it again", path=self._heavy) from error
        return network


class PoseLandmarker:
    """One run of the graph."""

    def __init__(self, solution: Any) -> None:
        self._solution = solution

    def find(self, image: Image) -> FloatArray | None:
        """The 33 landmarks of the person found, (33, 6): x, y in px, possibly outside the image; visibility; x, y, z in
        metres from the middle of the hips."""
        height, width = image.shape[:2]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # protobuf's GetPrototype deprecation
            found = self._solution.process(np.ascontiguousarray(image))
        if found.pose_landmarks is None or found.pose_world_landmarks is None:
            return None
        pairs = zip(found.pose_landmarks.landmark, found.pose_world_landmarks.landmark, strict=True)
        table = np.array([(p.x * width, p.y * height, p.visibility, w.x, w.y, w.z) for p, w in pairs], np.float32)
        return table if np.isfinite(table).all() else None

    def forget(self) -> None:
        """Resets tracking: the next image is searched as if it were the first."""
        self.find(np.zeros((64, 64, 3), np.uint8))

    def close(self) -> None:
        """Frees the graph."""
        self._solution.close()


def _text_proto(text: str) -> str:
    """A string of protobuf's text format: every byte that it might read otherwise is an octal escape."""
    return '"' + "".join(chr(b) if chr(b).isalnum() and b < 128 else f"\\{b:03o}" for b in os.fsencode(text)) + '"'


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Discards what C++ code writes to stderr: absl prints messages there before its options can be set."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


# COCO-17 by the names of MediaPipe's 33 landmarks
COCO17 = (
    "NOSE",
    "LEFT_EYE",
    "RIGHT_EYE",
    "LEFT_EAR",
    "RIGHT_EAR",
    "LEFT_SHOULDER",
    "RIGHT_SHOULDER",
    "LEFT_ELBOW",
    "RIGHT_ELBOW",
    "LEFT_WRIST",
    "RIGHT_WRIST",
    "LEFT_HIP",
    "RIGHT_HIP",
    "LEFT_KNEE",
    "RIGHT_KNEE",
    "LEFT_ANKLE",
    "RIGHT_ANKLE",
)
FOOT_POINTS = ("LEFT_HEEL", "LEFT_FOOT_INDEX", "RIGHT_HEEL", "RIGHT_FOOT_INDEX")  # in the order of FEET
OUTSIDE = 0.1  # landmarks outside the image are guesses: kept, with their score scaled by this


class _Joints:
    """Which of the 33 landmarks are COCO-17's joints, heels and toes; landmarks: their numbers by name."""

    def __init__(self, landmarks: dict[str, int]) -> None:
        self._rows = [landmarks[name] for name in COCO17]
        self._foot_rows = [landmarks[name] for name in FOOT_POINTS]

    def of(self, people: Sequence[FloatArray], width: int, height: int) -> Detections:
        """COCO-17 detections from landmarks (33, 6) in an image of that size."""
        if not people:
            return Detections.empty()
        marks = np.stack(people)
        xy, score = marks[..., :2], np.clip(marks[..., 2], 0, 1)
        outside = (xy < 0).any(-1) | (xy[..., 0] > width) | (xy[..., 1] > height)
        score = np.where(outside, score * OUTSIDE, score).astype(np.float32)
        box = np.stack([_box(one, width, height) for one in xy])
        feet = FootPoints(xy[:, self._foot_rows], score[:, self._foot_rows])
        xy, score = xy[:, self._rows], score[:, self._rows]
        world = marks[:, self._rows[COCO_BODY.start :], 3:]
        return Detections(xy, score, box, score.mean(1), world=world, feet=feet)


class MediapipeDetector(PlainDetector):
    """MediaPipe Pose on the CPU: one person tracked from frame to frame, or several if they are small.

    If the score falls below 0.5, MediaPipe searches the whole next frame and may find another person.
    `kasf_demo.tracking` then starts another track.
    """

    name = "mediapipe"
    licence: str | None = "Apache-2.0"
    stateful = True

    def __init__(self, *, cache_dir: Path, heavy: Path | None = None, small_people: bool = True) -> None:
        """Loads the model in the wheel, or the file `heavy`. small_people: search for them, which takes many times as
        long in some frames. ModelError if it cannot be loaded, or if mediapipe, or its legacy `solutions`, is
        missing."""
        self.warnings: list[str] = []
        graph = PoseGraph(cache_dir=cache_dir, heavy=heavy)
        self.weights = f"mediapipe 0.10.14 pose_landmark_{'full' if heavy is None else 'heavy'}"
        self.weights_sha256: str | None = graph.weights_sha256
        self._joints = _Joints(graph.landmarks)
        self._whole: PoseLandmarker | None = graph.open(tracks=True)
        self._small = SmallPeople(graph, at_once=fitting_threads(MAX_PEOPLE)) if small_people else None

    def detect(self, frame: Frame) -> Detections:
        """Score is MediaPipe's visibility; a box is around all 33 landmarks, with a margin. Frames are a clip's, in
        order."""
        if self._whole is None:
            raise ValueError("the detector is closed")
        whole = self._whole.find(frame.image)
        if self._small is not None:
            people = self._small.look(frame.image, frame.time_s, whole)
        else:
            people = [] if whole is None else [whole]
        return self._joints.of(people, frame.image.shape[1], frame.image.shape[0])

    def restart(self) -> None:
        """Resets tracking: the next frame is treated as the first of a clip."""
        if self._whole is not None:
            self._whole.forget()
        if self._small is not None:
            self._small.restart()

    def close(self) -> None:
        """Frees the graphs."""
        if self._whole is not None:
            self._whole.close()
            self._whole = None
        if self._small is not None:
            self._small.close()


class MediapipeCrops(PlainDetector):
    """MediaPipe Pose in square crops: one person in each, without memory."""

    name = "mediapipe"
    licence: str | None = "Apache-2.0"

    def __init__(self, *, cache_dir: Path, heavy: Path | None = None) -> None:
        """As MediapipeDetector."""
        self.warnings: list[str] = []
        graph = PoseGraph(cache_dir=cache_dir, heavy=heavy)
        self.weights = ""
        self.weights_sha256: str | None = graph.weights_sha256
        self._joints = _Joints(graph.landmarks)
        self._networks = [
            graph.open(tracks=False, min_score=MIN_CROP_SCORE) for _ in range(fitting_threads(CROPS_AT_ONCE))
        ]

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        """The person in each square (S, S, 3), if there is one."""
        count = len(self._networks)
        if not count:
            raise ValueError("the detector is closed")

        def look(k: int) -> list[FloatArray | None]:
            return [self._networks[k].find(image) for image in squares[k::count]]

        marks: list[FloatArray | None] = [None] * len(squares)
        with concurrency.map_ordered(look, range(count), workers=count, name="crops") as found:
            for k, those in found:
                marks[k::count] = those
        people = zip(marks, squares, strict=True)
        return [self._joints.of([] if one is None else [one], len(image), len(image)) for one, image in people]

    def close(self) -> None:
        """Frees the graphs."""
        for network in self._networks:
            network.close()
        self._networks = []


def _box(xy: FloatArray, width: int, height: int) -> FloatArray:
    """x0, y0, x1, y1 around the landmarks (33, 2), clipped to the image, with a margin for the top of the head and the
    soles."""
    low, high = xy.min(0), xy.max(0)
    margin = 0.06 * float((high - low).max())
    box = np.array([low[0] - margin, low[1] - 1.5 * margin, high[0] + margin, high[1] + margin], np.float32)
    return np.clip(box, 0, np.array([width, height, width, height], np.float32))
