"""Exports run by openvino alone: which can be, cut to the image, the same people as ultralytics finds."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from kasf_demo.detect import letterbox, open_detector, redetect, yolo_openvino
from kasf_demo.detect.letterbox import GREY
from kasf_demo.detect.yolo_openvino import OpenvinoPoseModel, YoloOpenvinoDetector, cut, plain_export
from kasf_demo.errors import ModelError
from kasf_demo.third_party import openvino
from kasf_demo.types.clip import Frame

pytest.importorskip("openvino")
METADATA: dict[str, Any] = {
    "task": "pose",
    "batch": 1,
    "imgsz": [640, 640],
    "names": {0: "person"},
    "kpt_shape": [17, 3],
    "stride": 32,
    "channels": 3,
    "end2end": False,
    "args": {"nms": False, "dynamic": False},
}
CELLS = 80 * 80 + 40 * 40 + 20 * 20


def place(ov: Any) -> Any:
    """A network like an export in what matters: an answer for each cell, with its place as a constant and a fixed
    reshape."""
    from openvino import opset13 as ops

    picture = ops.parameter([1, 3, 640, 640], dtype=np.float32)
    grids = []
    for stride in (8, 16, 32):
        pooled = ops.avg_pool(picture, [stride, stride], [0, 0], [0, 0], [stride, stride], False, "floor", "explicit")
        grids.append(ops.reshape(pooled, ops.constant([1, 3, -1]), special_zero=False))
    shades = ops.reshape(ops.concat(grids, 2), ops.constant([1, 3, CELLS]), special_zero=False)
    rows = [np.stack(np.meshgrid(np.arange(640 // s), np.arange(640 // s))).reshape(2, -1) for s in (8, 16, 32)]
    places = ops.constant(np.concatenate(rows, 1)[None].astype(np.float32))  # x, y of every cell
    rest = ops.broadcast(
        ops.constant(np.float32(0)),
        ops.concat([ops.constant([1, 51]), ops.slice(ops.shape_of(shades), [2], [3], [1])], 0),
    )
    return ov.Model([ops.concat([places, shades, rest], 1)], [picture], "places")


@pytest.mark.parametrize(("rows", "columns"), [(640, 640), (384, 640), (640, 384), (320, 320)])
def test_a_cut_network_keeps_the_cells_of_the_picture(rows: int, columns: int) -> None:
    ov = openvino()
    model = place(ov)
    cut(ov, model, (640, 640), rows, columns)
    picture = np.random.default_rng(0).random((1, 3, rows, columns), np.float32)
    out = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})({0: picture})[0][0]
    assert out.shape == (56, rows * columns // 64 + rows * columns // 256 + rows * columns // 1024)
    first = 0
    for stride in (8, 16, 32):
        for x, y, *shade in out[:5, first : first + rows * columns // stride**2].T[:: 7 * 32 // stride]:
            y0, x0 = int(y) * stride, int(x) * stride
            np.testing.assert_allclose(shade, picture[0, :, y0 : y0 + stride, x0 : x0 + stride].mean((1, 2)), atol=1e-5)
        first += rows * columns // stride**2


@pytest.mark.parametrize(
    "change",
    [
        {"task": "detect"},
        {"kpt_shape": [21, 3]},
        {"end2end": True},
        {"args": {"nms": True}},
        {"batch": 4},
        {"imgsz": 640},
        {"imgsz": [640, 100]},
        {"names": {0: "person", 1: "ball"}},
        {"stride": 64},
        {"channels": 1},
    ],
)
def test_exports_of_other_kinds_are_left_to_ultralytics(change: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<net/>")
    (tmp_path / "metadata.yaml").write_text(yaml.safe_dump(METADATA))
    assert plain_export(tmp_path) == METADATA
    (tmp_path / "metadata.yaml").write_text(yaml.safe_dump({**METADATA, **change}))
    assert plain_export(tmp_path) is None


@pytest.mark.parametrize("text", ["", "- 1", "{", "\x00", "!!python/object/apply:os.system [true]"])
def test_metadata_that_says_nothing(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<net/>")
    (tmp_path / "metadata.yaml").write_text(text)
    assert plain_export(tmp_path) is None
    (tmp_path / "metadata.yaml").unlink()
    assert plain_export(tmp_path) is None


def test_damaged_export_is_refused_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "a_openvino_model"
    folder.mkdir()
    (folder / "a.xml").write_text("<net/>")
    (folder / "metadata.yaml").write_text(yaml.safe_dump(METADATA))
    with pytest.raises(ModelError, match="cannot be loaded") as error:
        open_detector("yolo", weights=folder, device="cpu", cache_dir=tmp_path)
    assert "\n" not in str(error.value) and str(folder) in str(error.value)


def test_another_kind_of_export_needs_ultralytics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a_openvino_model"
    folder.mkdir()
    (folder / "a.xml").write_text("<net/>")
    (folder / "metadata.yaml").write_text(yaml.safe_dump({**METADATA, "end2end": True}))
    monkeypatch.setattr("kasf_demo.detect.installed", lambda name: False)
    with pytest.raises(ModelError, match="pip install ultralytics"):
        open_detector("yolo", weights=folder, device="cpu", cache_dir=tmp_path)


@pytest.fixture(scope="module")
def frames(shared: Path) -> list[Frame]:
    import av

    pictures = av.open(str(shared / "videos" / "soccer_freekick_side.mp4")).decode(video=0)
    return [
        Frame(i, i / 30, picture.to_ndarray(format="rgb24")) for i, picture in zip(range(9), pictures, strict=False)
    ]


@pytest.fixture(scope="module")
def ours(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[YoloOpenvinoDetector]:
    """The detector with the shared export, compiled once."""
    weights = shared / "weights" / "yolov8n-pose_int8_openvino_model"
    detector = open_detector(
        "yolo", weights=weights / "yolov8n-pose.xml", device="cpu", cache_dir=tmp_path_factory.mktemp("cache")
    )
    assert isinstance(detector, YoloOpenvinoDetector)
    yield detector
    detector.close()


@pytest.mark.assets
def test_the_same_people_as_ultralytics_finds(
    shared: Path, frames: list[Frame], ours: YoloOpenvinoDetector, tmp_path: Path
) -> None:
    """Up to what a narrower border does to the network: some pixels of 350 that the player is tall."""
    pytest.importorskip("ultralytics")
    from kasf_demo.detect.yolo_ultralytics import YoloDetector

    weights = shared / "weights" / "yolov8n-pose_int8_openvino_model"
    theirs = YoloDetector(weights, device="cpu", cache_dir=tmp_path)
    assert ours.weights_sha256 == theirs.weights_sha256 and ours.weights == theirs.weights
    for frame in frames[::4]:
        a, b = ours.detect(frame), theirs.detect(frame)
        assert [(d.box_score > 0.4).sum() for d in (a, b)] == [1, 1]
        np.testing.assert_allclose(a.box[0], b.box[0], atol=12)
        sure = b.score[0] > 0.5
        assert np.median(np.linalg.norm(a.xy[0] - b.xy[0], axis=-1)[sure]) < 4
        assert abs(a.box_score[0] - b.box_score[0]) < 0.05


@pytest.mark.assets
def test_many_threads_find_what_one_finds(frames: list[Frame], ours: YoloOpenvinoDetector) -> None:
    one = [ours.detect(frame) for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        many = list(pool.map(ours.detect, frames))
    for a, b in zip(one, many, strict=True):
        np.testing.assert_array_equal(a.xy, b.xy)
        np.testing.assert_array_equal(a.box_score, b.box_score)


@pytest.mark.assets
def test_a_close_look_finds_the_same_person(frames: list[Frame], ours: YoloOpenvinoDetector) -> None:
    detector, frame = ours, frames[0]
    height, width = frame.image.shape[:2]
    assert detector.input_scale(width, height) == pytest.approx(640 / max(width, height))
    far = detector.detect(frame)
    left, top, side = redetect.square(far.box[0])
    (near,) = detector.detect_close([letterbox.cut(frame.image, left, top, side, beyond=GREY)])
    best = int(near.box_score.argmax())
    sure = far.score[0] > 0.5
    assert np.median(np.linalg.norm(near.xy[best] + [left, top] - far.xy[0], axis=-1)[sure]) < 8  # of 350 px
    assert detector.detect_close([]) == []


@pytest.mark.assets
def test_whole_input_gives_the_answer_of_the_uncut_network(shared: Path) -> None:
    folder = shared / "weights" / "yolov8n-pose_int8_openvino_model"
    metadata = plain_export(folder)
    assert metadata is not None
    ov = openvino()
    picture = np.random.default_rng(0).integers(0, 255, (640, 640, 3), np.uint8)
    plain = ov.Core().compile_model(folder / "yolov8n-pose.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    expected = plain({0: picture.transpose(2, 0, 1)[None].astype(np.float32) / 255})[0][0]
    np.testing.assert_allclose(OpenvinoPoseModel(folder, metadata).infer(picture), expected, atol=2e-2)


@pytest.mark.assets
def test_a_closed_detector_is_freed_at_once_and_not_by_the_garbage_collector(
    shared: Path, frames: list[Frame], tmp_path: Path
) -> None:
    """Freed on another thread, openvino takes away the signal stack of this one: the next signal was a segmentation
    fault."""
    detector = open_detector(
        "yolo", weights=shared / "weights" / "yolov8n-pose_int8_openvino_model", device="cpu", cache_dir=tmp_path
    )
    detector.detect(frames[0])
    network = weakref.ref(detector._network)  # type: ignore[attr-defined]
    gc.disable()
    try:
        detector.close()
        assert network() is None
        with pytest.raises(ValueError, match="closed"):
            detector.detect(frames[0])
        with pytest.raises(ValueError, match="closed"):
            detector.detect_close([frames[0].image])
    finally:
        gc.enable()


@pytest.mark.assets
def test_few_sizes_are_kept_compiled(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared / "weights" / "yolov8n-pose_int8_openvino_model"
    network = OpenvinoPoseModel(folder, plain_export(folder) or {})
    monkeypatch.setattr(yolo_openvino, "MAX_SIZES", 1)
    for rows in (64, 96, 64):
        assert network.infer(np.zeros((rows, 64, 3), np.uint8)).shape == (
            56,
            rows * 64 // 64 + rows * 64 // 256 + rows * 64 // 1024,
        )
        assert len(network._idle) <= 1
