"""People and their COCO-17 keypoints with an OpenVINO export of an ultralytics pose model, run by openvino alone.

ultralytics would take 3 s to import and always look at the square that the model was exported for. Same weights, same rules; exports of
other kinds (with NMS inside, other classes) are left to `yolo`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kasf_demo.detect.letterbox import Letterbox, people
from kasf_demo.detect.yolo_common import CLOSE_PX, MAX_OVERLAP, MAX_PEOPLE, MIN_BOX_SCORE, REMEDY, said, sha256
from kasf_demo.detect.yolo_network import STRIDES, PoseNetwork
from kasf_demo.errors import ModelError
from kasf_demo.types.arrays import Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections


class YoloOpenvinoDetector:
    """An exported pose model. Frames may be given from `parallel` threads at once; what is found does not depend on it."""

    name = "yolo"

    def __init__(self, folder: Path, metadata: dict[str, Any], picture: tuple[int, int] | None = None) -> None:
        """Loads the export in `folder`, ready for pictures of (width, height) px. ModelError says what is wrong with it, in one line."""
        self.weights = folder.name
        self.warnings: list[str] = []
        try:
            self._network: PoseNetwork | None = PoseNetwork(folder, metadata)
            self.parallel = self._network.parallel
            if picture:
                self._network.prepare(*self._box(*picture).input)
        except Exception as error:  # openvino has no errors of its own
            raise ModelError(f"cannot be loaded: {said(error)}", REMEDY, path=folder) from error
        self.weights_sha256: str | None = sha256(folder)

    def detect(self, frame: Frame) -> Detections:
        """People in `frame`, best box first. Keypoints and boxes are clipped to the picture."""
        if self._network is None:
            raise ValueError("the detector is closed")
        height, width = frame.image.shape[:2]
        return self._look(self._network, frame.image, self._box(width, height))

    def input_scale(self, width: int, height: int) -> float | None:
        """Pixels of the input by those of a picture of that size."""
        return self._box(width, height).scale

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        """People in square pictures (S, S, 3), each in an input of `CLOSE_PX`; may be called like `detect`."""
        if self._network is None:
            raise ValueError("the detector is closed")
        limit = min(CLOSE_PX, *self._network.limit)
        boxes = [Letterbox.of(len(image), len(image), (limit, limit), STRIDES[-1]) for image in squares]
        return [self._look(self._network, image, box) for image, box in zip(squares, boxes, strict=True)]

    @staticmethod
    def _look(network: PoseNetwork, image: Image, box: Letterbox) -> Detections:
        return people(network.infer(box.put(image)), box, min_score=MIN_BOX_SCORE, max_overlap=MAX_OVERLAP, most=MAX_PEOPLE)

    def _box(self, width: int, height: int) -> Letterbox:
        assert self._network is not None
        return Letterbox.of(width, height, self._network.limit, STRIDES[-1])

    def close(self) -> None:
        """Frees the model."""
        self._network = None
