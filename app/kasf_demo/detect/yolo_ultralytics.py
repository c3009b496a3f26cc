"""People and their COCO-17 keypoints with ultralytics pose models. The only file that imports ultralytics.

Loaded are `.pt` files (only through ultralytics' restricted unpickler), `.onnx` files and exported OpenVINO folders.
ultralytics would by default send usage statistics, install packages at run time, look for weights on the network and
write its settings into the home folder; openvino's import alone writes ~/intel and posts an event. `_import` turns all
of it off, and must run before either is imported.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from kasf_demo import third_party
from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.yolo_common import CLOSE_PX, MAX_OVERLAP, MAX_PEOPLE, MIN_BOX_SCORE, REMEDY, said, sha256
from kasf_demo.errors import ModelError
from kasf_demo.types.arrays import Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections

IMGSZ = 640  # training size of the published models; exported models carry their own
BATCH = 16  # frames per batch on a GPU, 45 MB at 720p; copied to it once, letterboxed, as bytes


class YoloDetector(PlainDetector):
    """An ultralytics pose model. Deterministic on the CPU for a given number of threads."""

    name = "yolo"
    reusable = True

    def __init__(self, path: Path, *, device: str, cache_dir: Path) -> None:
        """Loads `path`, which `yolo_common.check_file` has passed, onto `device` ("cpu", "cuda", "mps"). Raises
        ModelError with a one-line reason."""
        ultralytics = _import(cache_dir)
        self.weights = path.name
        self.weights_sha256: str | None = sha256(path)
        self.warnings: list[str] = []
        self._any_size = path.suffix == ".pt"  # exports are made for one frame of one size
        self.batch = BATCH if device.startswith("cuda") and self._any_size else 1
        self._options = {
            "conf": MIN_BOX_SCORE,
            "iou": MAX_OVERLAP,
            "max_det": MAX_PEOPLE,
            "imgsz": IMGSZ,
            "device": device,
        }
        self._model: Any = _load(ultralytics, path)
        try:  # the first frame is where exported models are read and compiled: do it here, on a black one
            self._predict([np.zeros((64, 64, 3), np.uint8)])
        except Exception as error:
            raise ModelError(f"cannot be loaded: {said(error)}", REMEDY, path=path) from error
        self._options["classes"] = _check_loaded(self._model.predictor.model, path)

    def detect(self, frame: Frame) -> Detections:
        """People in `frame`, best box first. Keypoints and boxes are clipped to the image."""
        return self.detect_many([frame])[0]

    def detect_many(self, frames: list[Frame]) -> list[Detections]:
        """`detect` of several frames in one call of the network."""
        return [_people(found) for found in self._predict([frame.image for frame in frames])]

    def input_scale(self, width: int, height: int) -> float | None:
        """Input pixels per image pixel for an image of that size; None for an export, whose input size is fixed."""
        return IMGSZ / max(width, height) if self._any_size else None

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        """People in square images (S, S, 3), each resized to `CLOSE_PX`."""
        return [_people(found) for found in self._predict(list(squares), imgsz=CLOSE_PX)] if squares else []

    def close(self) -> None:
        """Frees the model."""
        self._model = None

    def _predict(self, images: list[Image], **others: Any) -> list[Any]:
        if self._model is None:
            raise ValueError("the detector is closed")
        # as ultralytics takes arrays; 0.5 ms at 1080p, numpy's [..., ::-1] 22 ms
        bgr = [cv2.cvtColor(image, cv2.COLOR_RGB2BGR) for image in images]
        results: list[Any] = self._model.predict(bgr, verbose=False, save=False, **(self._options | others))
        return results


def _people(found: Any) -> Detections:
    """ultralytics' result for a frame as ours."""
    if found.keypoints is None or len(found.boxes) == 0:
        return Detections.empty()
    keypoints = found.keypoints.data.cpu().numpy()
    xy, score = keypoints[..., :2].astype(np.float32), keypoints[..., 2].astype(np.float32)
    boxes = found.boxes.data.cpu().numpy().astype(np.float32)  # x0, y0, x1, y1, score, class
    keep = np.isfinite(keypoints).all((1, 2)) & np.isfinite(boxes).all(1)
    return Detections(xy[keep], np.clip(score[keep], 0, 1), boxes[keep, :4], np.clip(boxes[keep, 4], 0, 1))


def _import(cache_dir: Path) -> Any:
    """ultralytics, unable to phone home, to install packages or to write outside `cache_dir`, and openvino without
    telemetry."""
    os.environ.update(
        ULTRALYTICS_SAFE_LOAD="1",
        YOLO_AUTOINSTALL="false",
        YOLO_OFFLINE="1",
        YOLO_VERBOSE="false",
        YOLO_CONFIG_DIR=str(cache_dir / "ultralytics"),
    )
    third_party.prepare_matplotlib(cache_dir)
    third_party.prepare_openvino()
    import ultralytics
    from ultralytics.nn import tasks

    settings: Any = ultralytics.settings
    if settings["sync"]:
        settings.update(sync=False)
    if not hasattr(tasks, "SAFE_LOAD"):
        raise ModelError("this ultralytics cannot load weights safely", 'pip install -U "ultralytics>=8.4.100"')
    tasks.SAFE_LOAD = True  # for a program that imported ultralytics before us
    return ultralytics


def _load(ultralytics: Any, path: Path) -> Any:
    try:
        model = ultralytics.YOLO(path, task="pose")
    except Exception as error:  # whatever a damaged or hostile file raises, it is the file
        if "outside the supported" in str(error):
            raise ModelError(
                "refused: not a YOLO checkpoint, or one that asks to run other code", REMEDY, path=path
            ) from error
        raise ModelError(f"cannot be loaded: {said(error)}", REMEDY, path=path) from error
    if model.task != "pose":
        raise ModelError(f"these weights are for {model.task!r}, not for pose", REMEDY, path=path)
    return model


def _check_loaded(backend: Any, path: Path) -> list[int]:
    """The class numbers to keep (person). ModelError when the model is not a pose model with 17 keypoints and
    scores."""
    task = (getattr(backend, "metadata", None) or {}).get("task", "pose")
    if task != "pose":
        raise ModelError(f"these weights are for {task!r}, not for pose", REMEDY, path=path)
    shape = getattr(backend, "kpt_shape", None)
    if shape is None or tuple(shape) != (17, 3):
        has = "an unknown number of" if shape is None else str(next(iter(shape)))
        raise ModelError(f"the model has {has} keypoints, expected the 17 of COCO with scores", REMEDY, path=path)
    return [k for k, name in backend.names.items() if name == "person"] or [0]
