"""The whole pipeline against the ground truth of the demo clips: a regression in any stage shows here.

tests/accuracy_floors.toml is written by `python benchmarks/accuracy/accuracy.py --floors tests/accuracy_floors.toml`:
measured values with a margin.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kasf_demo import Engine, Options, analyse
from kasf_demo.demo_clips import demos, find_demo, options_for
from kasf_demo.evaluate import AthleteErrors, Estimate, evaluate
from kasf_demo.options import from_mapping
from kasf_demo.progress import Quiet

HERE = Path(__file__).resolve().parent
YOLO = HERE.parents[1] / "shared" / "weights" / "yolov8n-pose_int8_openvino_model"
FLOORS = tomllib.loads((HERE / "accuracy_floors.toml").read_text(encoding="utf-8"))
Run = tuple[Options, Engine]
# The default run: each stage on a clip that needs it most. The pan and the kick of soccer_kick, the two small people of
# crossing (tiles and crops), a body upside down, a fast pan. The others are slow: `pytest -m slow` before a release
QUICK = {"mediapipe": ("soccer_kick", "crossing", "twist_flip"), "yolo": ("run_past",)}


def clips(detector: str) -> list[Any]:
    """All demo clips, slow but for those of QUICK."""
    return [pytest.param(n, marks=() if n in QUICK[detector] else pytest.mark.slow) for n in demos()]


@pytest.fixture(scope="module")
def mediapipe_run() -> Iterator[Run]:
    """Loaded models, for every clip."""
    pytest.importorskip("mediapipe")
    options = Options(detector="mediapipe", offline=True)
    with Engine(options, Quiet()) as engine:
        yield options, engine


@pytest.fixture(scope="module")
def yolo_run() -> Iterator[Run]:
    """Loaded models, for every clip."""
    options = Options(detector="yolo", detector_weights=str(YOLO), offline=True)
    with Engine(options, Quiet()) as engine:
        yield options, engine


def failures(errors: AthleteErrors, floors: dict[str, float]) -> list[str]:
    """What is worse than allowed; a number that could not be measured is."""
    out = []
    for name, limit in floors.items():
        key, _, kind = name.rpartition("_at_")
        value = float(getattr(errors, key))
        if not (value >= limit if kind == "least" else value <= limit):
            out.append(f"athlete {errors.athlete}: {key} is {value:.3f}, at {kind} {limit:g} expected")
    return out


def check(name: str, detector: str, run: Run) -> None:
    floors = FLOORS.get(name, {}).get(detector)
    if floors is None:
        pytest.skip(f"no floors for {name} with {detector} yet: benchmarks/accuracy/accuracy.py --floors writes them")
    demo, (options, engine) = find_demo(name), run
    truth = demo.load_truth()
    result = analyse(demo.clip, options=from_mapping(options_for(truth), options), engine=engine)
    found = [text for e in evaluate(Estimate.from_result(result), truth).athletes for text in failures(e, floors)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", clips("mediapipe"))
def test_mediapipe(name: str, mediapipe_run: Run) -> None:
    check(name, "mediapipe", mediapipe_run)


@pytest.mark.assets
@pytest.mark.parametrize("name", clips("yolo"))
def test_yolo(name: str, yolo_run: Run) -> None:
    check(name, "yolo", yolo_run)


def test_floors_name_real_quantities_and_clips() -> None:
    for clip, by_detector in FLOORS.items():
        assert clip in demos() and set(by_detector) <= {"mediapipe", "yolo"}
        for floors in by_detector.values():
            for name in floors:
                assert name.rpartition("_at_")[0] in AthleteErrors.__dataclass_fields__ and name.endswith(
                    ("_at_least", "_at_most")
                )


def test_a_number_that_is_missing_fails() -> None:
    class Nothing:
        athlete, p_mpjpe_mm, missing = 1, float("nan"), 0

    assert len(failures(Nothing(), {"p_mpjpe_mm_at_most": 90.0, "missing_at_most": 1.0})) == 1  # type: ignore[arg-type]
