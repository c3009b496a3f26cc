"""YOLO: good exports detect, bad weights are refused in one line, nothing is written outside the cache."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasf_demo.detect import open_detector
from kasf_demo.detect.yolo_ultralytics import BATCH, YoloDetector
from kasf_demo.errors import ModelError
from kasf_demo.types.clip import Frame

pytest.importorskip("ultralytics")


def refused(weights: Path, cache: Path) -> ModelError:
    with pytest.raises(ModelError) as error:
        open_detector("yolo", weights=weights, device="cpu", cache_dir=cache)
    assert error.value.exit_code == 5 and "\n" not in str(error.value) and str(weights) in str(error.value)
    return error.value


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        ("empty.pt", b"", "empty"),
        ("quota.pt", b"\n<!DOCTYPE html><html>", "web page"),
        ("photo.pt", b"\xff\xd8\xff" * 50, "not a PyTorch checkpoint"),
        ("half.pt", b"PK\x03\x04" + b"x" * 100, "truncated"),
        ("model.engine", b"x", "not supported"),
        ("noext", b"x", "not supported"),
        ("it's.pt", b"x", "rename"),
    ],
)
def test_files_that_are_no_weights(name: str, content: bytes, what: str, tmp_path: Path, cache: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert what in str(refused(tmp_path / name, cache))


def test_missing_weights_and_folders_that_are_no_export(tmp_path: Path, cache: Path) -> None:
    assert "no such weights" in str(refused(tmp_path / "no.pt", cache))
    (tmp_path / "a_openvino_model").mkdir()
    assert "not an OpenVINO export" in str(refused(tmp_path / "a_openvino_model", cache))


def test_export_without_openvino_names_the_extra(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "a_openvino_model"
    folder.mkdir()
    (folder / "a.xml").write_text("<net/>")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "openvino" else object())
    assert 'pip install "kasf-demo[fast]"' in str(refused(folder, cache))


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.mark}",)


def test_hostile_weights_run_nothing(tmp_path: Path, cache: Path) -> None:
    path, mark = tmp_path / "evil.pt", tmp_path / "PWNED"
    with zipfile.ZipFile(path, "w") as z:  # as torch.save lays it out, without torch
        z.writestr("evil/data.pkl", pickle.dumps({"model": Evil(mark), "ema": None}, protocol=2))
        z.writestr("evil/version", "3\n")
    assert "refused" in str(refused(path, cache))
    assert not mark.exists()


def awaken(network: Any) -> None:
    """Statistics of noise for the batch norms, without which random weights give one answer to all images."""
    import torch

    norms = [m for m in network.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    was = [m.momentum for m in norms]
    for m in norms:
        m.momentum = 1.0
    with torch.no_grad():
        network.train()(torch.rand(2, 3, 96, 160, generator=torch.Generator().manual_seed(0)))
    for m, momentum in zip(norms, was, strict=True):
        m.momentum = momentum
    network.eval()


@pytest.fixture(scope="module")
def untrained(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Path:
    """A folder with pose.pt and detect.pt: random weights, built without a download."""
    import torch

    from kasf_demo.detect.yolo_ultralytics import _import

    folder = tmp_path_factory.mktemp("weights")
    yolo = _import(cache).YOLO
    torch.manual_seed(0)
    pose = yolo("yolo26n-pose.yaml")
    awaken(pose.model)
    pose.save(folder / "pose.pt")
    yolo("yolo26n.yaml").save(folder / "detect.pt")
    return folder


@pytest.mark.slow
def test_pt_loads_and_runs(untrained: Path, cache: Path) -> None:
    detector = open_detector("yolo", weights=untrained / "pose.pt", device="cpu", cache_dir=cache)
    found = detector.detect(Frame(0, 0.0, np.zeros((90, 160, 3), np.uint8)))
    assert found.xy.shape == (len(found), 17, 2)
    assert detector.weights == "pose.pt" and len(detector.weights_sha256 or "") == 64
    detector.close()
    detector.close()


@pytest.mark.slow
@pytest.mark.parametrize("device", ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def test_many_frames_at_once_give_what_each_gives_alone(
    device: str, untrained: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kasf_demo.detect.yolo_ultralytics.MIN_BOX_SCORE", 1e-6)  # so that random weights find people
    detector = YoloDetector(untrained / "pose.pt", device=device, cache_dir=cache)
    assert detector.batch == (1 if device == "cpu" else BATCH)
    random = np.random.default_rng(0)
    frames = [Frame(k, k / 30, random.integers(0, 256, (90, 160, 3), dtype=np.uint8)) for k in range(3)]
    together = detector.detect_many(frames)
    for frame, found in zip(frames, together, strict=True):
        alone = detector.detect(frame)
        assert len(alone) == len(found) > 0
        np.testing.assert_allclose(found.xy, alone.xy, atol=0.05)  # sums in another order
    first, second = (found.xy[0] for found in together[:2])
    assert not np.allclose(first, second)
    assert detector.input_scale(1280, 720) == 0.5
    squares = [frame.image[:side, :side] for frame, side in zip(frames, (80, 90, 60), strict=True)]
    near = detector.detect_close(squares)
    for image, found in zip(squares, near, strict=True):
        (alone,) = detector.detect_close([image])
        assert len(found) == len(alone) > 0 and found.xy.max() <= len(image)
        np.testing.assert_allclose(found.xy, alone.xy, atol=0.05)
    assert detector.detect_close([]) == []
    detector.close()


@pytest.mark.slow
def test_pt_for_another_task_and_truncated(untrained: Path, cache: Path, tmp_path: Path) -> None:
    assert "'detect', not for pose" in str(refused(untrained / "detect.pt", cache))
    (tmp_path / "half.pt").write_bytes((untrained / "pose.pt").read_bytes()[:500_000])
    assert "truncated" in str(refused(tmp_path / "half.pt", cache))


CHILD = """
import json, sys
from pathlib import Path
import av, numpy as np
from kasf_demo.detect import open_detector
from kasf_demo.types import Frame
shared, cache = map(Path, sys.argv[1:])
weights = shared / "weights/yolov8n-pose_int8_openvino_model"
image = next(av.open(str(shared / "videos/soccer_freekick_side.mp4")).decode(video=0)).to_ndarray(format="rgb24")
detector = open_detector("yolo", weights=weights, device="cpu", cache_dir=cache)
a, b = (detector.detect(Frame(i, i / 30, image)) for i in range(2))
nobody = detector.detect(Frame(2, 0.1, np.zeros_like(image)))
detector.close(); detector.close()
print(json.dumps([len(a), a.box[0].tolist(), float(a.box_score[0]), float(a.score[0].mean()),
                  bool((a.xy == b.xy).all()), len(nobody), a.xy.dtype.name, "openvino_telemetry.main" in sys.modules]))
"""


@pytest.mark.assets
def test_openvino_export_detects_and_leaves_no_trace(shared: Path, tmp_path: Path) -> None:
    """In a process of its own, with an empty home and an empty working folder, which stay empty."""
    import json

    pytest.importorskip("openvino")
    home, cwd, cache = (tmp_path / name for name in ("home", "cwd", "cache"))
    home.mkdir(), cwd.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(home)}
    args = [sys.executable, "-c", CHILD, str(shared), str(cache)]
    run = subprocess.run(args, cwd=cwd, env=env, capture_output=True, text=True, check=True)
    people, box, box_score, score, same, nobody, dtype, telemetry = json.loads(run.stdout.splitlines()[-1])
    assert people >= 1 and nobody == 0 and same and dtype == "float32" and not telemetry
    assert box_score > 0.8 and score > 0.6
    assert box[0] < box[2] and 200 < box[3] - box[1] < 500  # the player, about 350 px tall
    assert run.stderr == ""
    assert list(home.iterdir()) == [] and list(cwd.iterdir()) == []
    # the compiled network alone: ultralytics, which would leave its settings there, is not needed
    assert [p.name for p in cache.iterdir()] == ["compiled"]
