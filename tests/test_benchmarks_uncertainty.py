"""The calibration of the stated uncertainty: it finds the size of known errors, and 68 and 95 % are covered."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from kasf_demo.reconstruct.clues import KIND, KINDS
from kasf_demo.reconstruct.uncertainty import ANGLE_KINDS
from kasf_demo.types.motion import ANGLES
from kasportsformer.skeleton import H36M

ACCURACY = Path(__file__).resolve().parents[1] / "benchmarks" / "accuracy"
N, NAMES = 4000, ("one", "mirror", "behind")


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    monkeypatch.syspath_prepend(str(ACCURACY))
    return importlib.import_module("uncertainty"), importlib.import_module("uncertainty_clips")


def errors(seed: int) -> tuple[Any, Any, Any]:
    """Clues (N, 17, 3), 3D errors, and their size: it grows with the second clue and falls with the third."""
    rng = np.random.default_rng(seed)
    clues = np.stack([np.ones((N, 17)), rng.normal(0, 1, (N, 17)), rng.normal(0, 1, (N, 17))], axis=-1)
    size = 0.05 * np.exp(0.5 * clues[..., 1] - 0.3 * clues[..., 2])
    return clues, np.linalg.norm(size[..., None] * rng.normal(0, 1, (N, 17, 3)), axis=-1), size


def test_calibration_finds_the_size_of_errors(scripts: tuple[ModuleType, ModuleType]) -> None:
    make, _ = scripts
    clues, error, _ = errors(0)
    model = make.fitted(clues, error, KIND, KINDS, 1e-4, NAMES)
    np.testing.assert_allclose(model.weights[:, 1:], [[0.5, -0.3]] * len(KINDS), atol=0.05)
    model = make.conformal(model, clues, error, KIND)
    fresh, error, size = errors(1)
    sigma = model(fresh, KIND)
    assert (error < sigma).mean() == pytest.approx(0.68, abs=0.02)
    assert (error < model.within_95 * sigma).mean() == pytest.approx(0.95, abs=0.01)
    assert np.corrcoef(np.log(sigma.ravel()), np.log(size.ravel()))[0, 1] > 0.99


def test_more_disagreement_never_means_less_uncertainty(scripts: tuple[ModuleType, ModuleType]) -> None:
    make, _ = scripts
    clues, error, _ = errors(2)
    clues[..., 1] *= -1  # now the errors fall with what may only raise them
    weights = make.fitted(clues, error, KIND, KINDS, 1e-4, NAMES).weights
    assert (np.abs(weights[:, 1]) < 1e-6).all() and (weights[:, 2] < -0.2).all()


def test_a_clip_is_judged_by_the_others(scripts: tuple[ModuleType, ModuleType]) -> None:
    _, clips = scripts
    sigma, angle_sigma = np.full((200, 17), 0.05), np.full((200, len(ANGLES)), 5.0)
    rng = np.random.default_rng(3)

    def case(name: str, factor: float) -> Any:
        error = factor * 0.05 * rng.uniform(0, 1 / 0.68, (200, 17))  # 68 % are below factor * 0.05
        error[:, H36M["pelvis"]] = np.nan
        angle_error = 2 * factor * 5.0 * rng.uniform(0, 1 / 0.68, (200, len(ANGLES)))
        return clips.Case(name, "yolo", error, sigma, angle_error, angle_sigma)

    cases = [case("a", 1.0), case("b", 1.0), case("c", 1.0), case("odd", 3.0)]
    judged = [clips.with_factors(c, cases) for c in cases]
    # x of the others makes the mean of their shares 0.68: (2 x + x / 3) / 3 = 1 for "a", (3 x + x / 3) / 4 = 1 for all
    assert clips.covered(judged[0].error, judged[0].sigma) == pytest.approx(0.68 * 9 / 7, abs=0.02)
    assert clips.covered(judged[3].error, judged[3].sigma) == pytest.approx(0.68 / 3, abs=0.03)  # not by itself
    assert clips.joint_factors(cases, "yolo")[KINDS.index("knee")] == pytest.approx(1.2, abs=0.05)
    assert clips.angle_factors(cases)[ANGLE_KINDS.index("trunk_lean")] == pytest.approx(2.4, abs=0.2)
    assert "| odd | yolo |" in clips.table(judged) and "| knee |" in clips.table(judged)


def test_long_clips_count_as_much_as_short_ones(scripts: tuple[ModuleType, ModuleType]) -> None:
    _, clips = scripts
    rng = np.random.default_rng(5)
    ratios = [rng.uniform(0, size / 0.68, (frames, 17)) for size, frames in ((1.0, 4000), (1.0, 400), (2.0, 400))]
    found = clips._pooled(ratios, np.zeros(17, int), 1)[0]  # (x + x + x / 2) / 3 = 1
    assert found == pytest.approx(1.2, abs=0.02)


def test_a_rotation_and_a_scale_are_taken_out(scripts: tuple[ModuleType, ModuleType]) -> None:
    _, clips = scripts
    points = np.random.default_rng(4).normal(size=(50, 3))
    c, s = np.cos(0.7), np.sin(0.7)
    turned = 1.3 * points @ np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])
    scale, rotation = clips.similarity(points, turned)
    assert scale == pytest.approx(1.3)
    np.testing.assert_allclose(scale * points @ rotation, turned, atol=1e-9)
