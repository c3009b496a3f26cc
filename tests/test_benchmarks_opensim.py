"""benchmarks/accuracy/opensim_coordinates.py: coordinates from the rotations of bodies, and how they are compared."""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

ACCURACY = Path(__file__).resolve().parents[1] / "benchmarks" / "accuracy"
BODIES = [f"{body}_{side}" for side in "rl" for body in ("femur", "tibia", "talus")] + ["pelvis", "torso"]


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ACCURACY))
    return importlib.import_module("opensim_coordinates")


def test_coordinates_of_known_rotations(benchmark: ModuleType) -> None:
    """Both sides have the same coordinates in a body that is its own mirror image: z is lateral."""
    pelvis = Rotation.from_euler("ZXY", [-12, 3, 20], degrees=True)
    world = {"pelvis": pelvis, "torso": pelvis * Rotation.from_euler("ZXY", [-7, 4, 0], degrees=True)}
    for side, sign in (("r", 1.0), ("l", -1.0)):
        thigh = pelvis * Rotation.from_euler("ZXY", [40, sign * 5, sign * -8], degrees=True)
        shank = thigh * Rotation.from_rotvec(np.radians([0, 0, -60]))
        axis = benchmark.ANKLE_AXIS * [sign, sign, 1]
        world |= {f"femur_{side}": thigh, f"tibia_{side}": shank}
        world[f"talus_{side}"] = shank * Rotation.from_rotvec(np.radians(15) * axis)
    got = benchmark.coordinates_deg(BODIES, np.array([[world[name].as_euler("XYZ") for name in BODIES]]))
    want = {"pelvis_tilt": -12, "lumbar_extension": -7, "lumbar_bending": 4}
    for side in "rl":
        want |= {f"hip_flexion_{side}": 40, f"hip_adduction_{side}": 5, f"hip_rotation_{side}": -8}
        want |= {f"knee_angle_{side}": 60, f"ankle_angle_{side}": 15}
    assert {name: float(values[0]) for name, values in got.items()} == pytest.approx(want)


def test_errors_of_both_sides_together(benchmark: ModuleType) -> None:
    true = {"knee_angle_r": np.arange(10.0), "knee_angle_l": 20 - np.arange(10.0), "pelvis_tilt": np.zeros(10)}
    ours = {"knee_angle_r": np.arange(10.0) + 2, "knee_angle_l": 16 - np.arange(10.0)}
    ours["knee_angle_r"][3] = np.nan
    (name,), (numbers,) = zip(*benchmark.compared(ours, true).items(), strict=True)
    assert name == "knee_angle" and numbers[0] == pytest.approx((9 * 2 + 10 * 4) / 19) and 0.8 < numbers[1] < 1
