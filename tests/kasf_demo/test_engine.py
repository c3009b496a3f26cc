"""The networks that the options select: their names, records and identities."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest

from kasf_demo import Engine, Options, analyse, weights
from kasf_demo.batch import fingerprint
from kasf_demo.errors import ModelError, UsageError
from kasf_demo.progress import Quiet
from kasf_demo.types.clip import VideoInfo
from kasf_demo.weights import registry_file

pytest.importorskip("mediapipe")
DEMO = Path(__file__).parents[2] / "demo_videos" / "soccer_kick.mp4"
BEST = Options(detector="mediapipe", quality="best", offline=True)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The sha256 of the wheel's network, which is registered and cached as the heavy one."""
    spec = importlib.util.find_spec("mediapipe")
    assert spec is not None and spec.origin is not None
    network = (Path(spec.origin).parent / "modules/pose_landmark/pose_landmark_full.tflite").read_bytes()
    sha256 = hashlib.sha256(network).hexdigest()
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(
        weights.registry(), "mediapipe-heavy",
        registry_file.Entry(
            "mediapipe-heavy", "detector", "d", "Apache-2.0", url="https://x/pose_landmark_heavy.tflite", sha256=sha256,
            detector="mediapipe", quality="best",
        ),
    )  # fmt: skip
    path = tmp_path / "cache" / "weights" / "pose_landmark_heavy.tflite"
    path.parent.mkdir(parents=True)
    path.write_bytes(network)
    yield sha256


def test_best_of_mediapipe_is_its_heavy_network(stand_in: str) -> None:
    with Engine(BEST, Quiet()) as best, Engine(Options(detector="mediapipe", offline=True), Quiet()) as balanced:
        assert best.detector_name == "mediapipe-heavy" and balanced.detector_name == "mediapipe"
        assert best.detector_record["sha256"] == best.identity["detector_sha256"] == stand_in
        assert balanced.identity["detector_sha256"] is None
        assert best.detector_record["licence"] == "Apache-2.0"
        keys = {fingerprint.identity(BEST, e.identity) for e in (best, balanced)}
        assert len(keys) == 2, "a batch makes the results of another network anew, with the same options too"
        assert fingerprint.model_options(best.model_options) != fingerprint.model_options(balanced.model_options)


@pytest.mark.slow
def test_a_result_records_the_heavy_network(stand_in: str) -> None:
    result = analyse(DEMO, options=BEST, end_s=0.2)
    recorded = result.report["detector"]
    assert (recorded["name"], recorded["weights"], recorded["sha256"]) == ("mediapipe", "mediapipe-heavy", stand_in)
    assert result.report["options"]["quality"] == "best" and len(result.people) == 1


def test_a_damaged_heavy_network_is_refused(stand_in: str, tmp_path: Path) -> None:
    (tmp_path / "cache" / "weights" / "pose_landmark_heavy.tflite").write_bytes(b"torn")
    with Engine(BEST, Quiet()) as engine, pytest.raises(ModelError, match="damaged or not the real file") as error:
        engine.find_weights()
    assert "--quality balanced" in error.value.remedy and error.value.exit_code == 5


def test_best_without_its_network_and_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASF_CACHE", str(tmp_path))
    with Engine(BEST, Quiet()) as engine, pytest.raises(ModelError, match="--offline forbids") as error:
        engine.find_weights()
    assert "weights fetch mediapipe-heavy" in error.value.remedy and "--quality balanced" in error.value.remedy


def test_a_run_that_lifts_nothing_names_no_lifting_network() -> None:
    class Said(Quiet):
        lines: ClassVar[list[str]] = []

        def say(self, text: str) -> None:
            self.lines.append(text)

    info = VideoInfo(DEMO, 640, 360, Fraction(30), Fraction(1, 30), "h264", "mp4")
    options = Options(detector="mediapipe", weights="nowhere.pt", offline=True)  # never looked for
    with Engine(options, Said()) as engine:
        engine.detector(info, lifts=False)
    assert Said.lines == ["detector: mediapipe"]


def test_yolo_does_not_take_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASF_CACHE", str(tmp_path))
    options = Options(detector="yolo", detector_weights="mediapipe-heavy")
    with Engine(options, Quiet()) as engine, pytest.raises(UsageError, match="of the mediapipe detector") as error:
        engine.find_weights()
    assert error.value.remedy == "--detector mediapipe --quality best" and not list(tmp_path.iterdir())


def test_network_that_is_loaded_behind_fails_where_it_is_wanted(tmp_path: Path) -> None:
    weights = tmp_path / "w.safetensors"
    weights.write_bytes(b"no weights at all")
    with Engine(Options(weights=str(weights), backend="torch", device="cpu"), Quiet()) as engine:
        engine.prepare_behind()
        engine.prepare_behind()
        with pytest.raises(ModelError):
            engine.prepare()
    with Engine(Options(weights=str(weights)), Quiet()) as engine:
        engine.prepare_behind()  # never asked for: the thread has ended with the engine
    assert not [t for t in threading.enumerate() if t.name == "lifter"]
