"""People and their COCO-17 keypoints with an OpenVINO export of an ultralytics pose model, run by openvino alone.

ultralytics takes 3 s to import and always uses the square input that the model was exported for. Weights and rules are
the same; other exports (with NMS inside, other classes) are left to `yolo_ultralytics`.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from kasf_demo.cores import available_cores
from kasf_demo.detect.base import PlainDetector
from kasf_demo.detect.letterbox import Letterbox, people
from kasf_demo.detect.yolo_common import CLOSE_PX, MAX_OVERLAP, MAX_PEOPLE, MIN_BOX_SCORE, REMEDY, said, sha256
from kasf_demo.errors import ModelError
from kasf_demo.files.compiled_networks import compile_kept
from kasf_demo.third_party import openvino
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections

STRIDES = (8, 16, 32)
MAX_SIZES = 4  # input sizes kept compiled, some 30 MB each: the clips of a batch may have many
# Two streams that process one frame each are faster than one frame at a time over all cores. f32 unless int8: bf16, the
# default on CPUs that support it, moves keypoints
CONFIG = {"PERFORMANCE_HINT": "THROUGHPUT", "INFERENCE_PRECISION_HINT": "f32"}
INPUT = "bytes, rows x columns x RGB; 1"  # of compiled networks that are kept: changed when `_cut` changes


def plain_export(folder: Path) -> dict[str, Any] | None:
    """The metadata of an export that this module can run: a COCO pose model with raw output, one row per cell. Else
    None."""
    try:
        found = yaml.safe_load((folder / "metadata.yaml").read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    if not isinstance(found, dict):
        return None
    args = found.get("args")
    args = args if isinstance(args, dict) else {}
    shape, size = found.get("kpt_shape"), found.get("imgsz")
    wanted = (
        found.get("task") == "pose"
        and shape == [17, 3]
        and found.get("stride") == STRIDES[-1]
        and found.get("channels", 3) == 3
    )
    one_class = isinstance(found.get("names"), dict) and len(found["names"]) == 1
    sized = (
        isinstance(size, list)
        and len(size) == 2
        and all(isinstance(s, int) and s > 0 and s % STRIDES[-1] == 0 for s in size)
    )
    plain = not found.get("end2end") and not args.get("nms") and found.get("batch", 1) == 1
    return found if wanted and one_class and sized and plain and len(list(folder.glob("*.xml"))) == 1 else None


class OpenvinoPoseModel:
    """A loaded export. `limit` is the (rows, columns) that it was exported for; `parallel` calls of `infer` may run at
    once.

    It must not be part of a reference cycle (a functools cache on a method makes one). When compiling, openvino gives
    the thread an alternate signal stack and frees it with its last object, on whichever thread the garbage collector
    runs. The next signal that Python handles on the first thread is then a segmentation fault (openvino 2026.4 on
    Linux).
    """

    def __init__(self, folder: Path, metadata: dict[str, Any], keep: tuple[str, Path] | None = None) -> None:
        """keep: the folder's hash, and where compiled networks are kept. Raises openvino's exception for an unreadable
        file, ValueError for another kind of network."""
        self._ov, self._keep = openvino(), keep
        self._core = self._ov.Core()
        self._file = next(folder.glob("*.xml"))
        rows, columns = metadata["imgsz"]
        self.limit: tuple[int, int] = (rows, columns)
        self._lock = threading.Lock()
        shape = self._core.read_model(self._file).output(0).get_partial_shape()
        if shape.rank.get_length() != 3 or shape[1].get_length() != 56:
            raise ValueError(f"answers of shape {shape}, expected 56 numbers a cell")
        self._idle: dict[tuple[int, int], queue.SimpleQueue[Any]] = {}  # requests that wait for work, by input size
        self.parallel = len(available_cores())

    def prepare(self, rows: int, columns: int) -> None:
        """Compiles for inputs of this size, which otherwise happens in the first call of `infer`."""
        with self._lock:
            self._requests(rows, columns)

    def infer(self, picture: Image) -> FloatArray:
        """The output (56, N) for an image (rows, columns, 3) RGB; rows and columns are multiples of 32 within
        `limit`."""
        with self._lock:  # two threads must not compile the same
            idle = self._requests(picture.shape[0], picture.shape[1])
        request = idle.get()
        try:
            request.infer({0: picture[None]})
            out: FloatArray = request.get_output_tensor(0).data[0].copy()
        finally:
            idle.put(request)
        return out

    def _requests(self, rows: int, columns: int) -> queue.SimpleQueue[Any]:
        if (rows, columns) not in self._idle:
            while len(self._idle) >= MAX_SIZES:
                del self._idle[next(iter(self._idle))]  # the oldest; a caller that uses it still holds a reference
            self._idle[rows, columns] = self._compile(rows, columns)
        return self._idle[rows, columns]

    def _compile(self, rows: int, columns: int) -> queue.SimpleQueue[Any]:
        """Requests that wait for work, for one input size."""
        weights, folder = self._keep or ("", None)
        identity = f"{INPUT} {weights} {self.limit} {rows} {columns} {self.parallel}"
        compiled = compile_kept(self._ov, self._core, lambda: self._cut(rows, columns), CONFIG, identity, folder)
        idle: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(self.parallel):
            idle.put(compiled.create_infer_request())
        return idle

    def _cut(self, rows: int, columns: int) -> Any:
        """The model for images of bytes of one size."""
        model = self._core.read_model(self._file)
        cut(self._ov, model, self.limit, rows, columns)
        steps = self._ov.preprocess.PrePostProcessor(model)
        steps.input().tensor().set_element_type(self._ov.Type.u8).set_layout(self._ov.Layout("NHWC"))
        steps.input().model().set_layout(self._ov.Layout("NCHW"))
        steps.input().preprocess().convert_element_type(self._ov.Type.f32).scale(255.0)
        return steps.build()


def cut(ov: Any, model: Any, limit: tuple[int, int], rows: int, columns: int) -> None:
    """Makes `model` take (1, 3, rows, columns). An export of fixed size holds constants for each cell (position,
    stride) in the order of the strides; those of removed cells are deleted. Raises openvino's exception if the result
    is no network."""
    kept, cells = _cells(limit, rows, columns)
    for node in list(model.get_ops()):
        if node.get_type_name() != "Constant":
            continue
        value = node.data
        if value.ndim and value.shape[-1] == cells and cells > 1:
            new = np.ascontiguousarray(value[..., kept])
        elif value.ndim == 1 and value.size <= 6 and np.issubdtype(value.dtype, np.integer) and cells in value:
            new = np.where(value == cells, -1, value).astype(value.dtype)  # the target of a reshape
        else:
            continue
        constant = ov.op.Constant(new)
        for target in list(node.output(0).get_target_inputs()):
            target.replace_source_output(constant.output(0))
    model.get_parameters()[0].set_partial_shape(ov.PartialShape([1, 3, rows, columns]))
    model.validate_nodes_and_infer_types()


def _cells(limit: tuple[int, int], rows: int, columns: int) -> tuple[Any, int]:
    """Indices of the cells that remain, and the number of cells before."""
    kept, count = [], 0
    for stride in STRIDES:
        height, width = limit[0] // stride, limit[1] // stride
        kept.append(
            count + np.arange(height * width).reshape(height, width)[: rows // stride, : columns // stride].ravel()
        )
        count += height * width
    return np.concatenate(kept), count


class YoloOpenvinoDetector(PlainDetector):
    """An exported pose model. `parallel` threads may call it at once; results do not depend on that."""

    name = "yolo"
    reusable = True

    def __init__(
        self,
        folder: Path,
        metadata: dict[str, Any],
        picture: tuple[int, int] | None = None,
        cache_dir: Path | None = None,
    ) -> None:
        """Loads the export in `folder`, ready for images of (width, height) px. cache_dir: where what was compiled is
        kept. Raises ModelError with a one-line reason."""
        self.weights = folder.name
        self.warnings: list[str] = []
        self.weights_sha256: str | None = sha256(folder)
        keep = None if cache_dir is None else (self.weights_sha256, cache_dir / "compiled")
        try:
            self._network: OpenvinoPoseModel | None = OpenvinoPoseModel(folder, metadata, keep)
            self.parallel = self._network.parallel
            if picture:
                self._network.prepare(*self._box(*picture).input)
        except Exception as error:  # openvino has no errors of its own
            raise ModelError(f"cannot be loaded: {said(error)}", REMEDY, path=folder) from error

    def detect(self, frame: Frame) -> Detections:
        """People in `frame`, best box first. Keypoints and boxes are clipped to the image."""
        if self._network is None:
            raise ValueError("the detector is closed")
        height, width = frame.image.shape[:2]
        return self._look(self._network, frame.image, self._box(width, height))

    def input_scale(self, width: int, height: int) -> float | None:
        """Input pixels per image pixel for an image of that size."""
        return self._box(width, height).scale

    def detect_close(self, squares: Sequence[Image]) -> list[Detections]:
        """People in square images (S, S, 3), each resized to `CLOSE_PX`; may be called in parallel like `detect`."""
        if self._network is None:
            raise ValueError("the detector is closed")
        limit = min(CLOSE_PX, *self._network.limit)
        boxes = [Letterbox.of(len(image), len(image), (limit, limit), STRIDES[-1]) for image in squares]
        return [self._look(self._network, image, box) for image, box in zip(squares, boxes, strict=True)]

    @staticmethod
    def _look(network: OpenvinoPoseModel, image: Image, box: Letterbox) -> Detections:
        return people(
            network.infer(box.put(image)), box, min_score=MIN_BOX_SCORE, max_overlap=MAX_OVERLAP, most=MAX_PEOPLE
        )

    def _box(self, width: int, height: int) -> Letterbox:
        assert self._network is not None
        return Letterbox.of(width, height, self._network.limit, STRIDES[-1])

    def close(self) -> None:
        """Frees the model."""
        self._network = None
