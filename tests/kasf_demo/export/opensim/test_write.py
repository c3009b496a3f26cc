"""The motion file and the record of the fit, of a solution that is given. No OpenSim needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from kicks import even
from readers import mot

from body import as_pose, standing
from kasf_demo.export.opensim.job import Solution
from kasf_demo.export.opensim.write import fit_record, write_ik_mot
from kasf_demo.export.resample import EvenMotion

DEG = np.pi / 180


def motion() -> EvenMotion:
    """Six frames, the third and the last without a pose."""
    valid = np.array([True, True, False, True, True, False])
    return even(as_pose(np.repeat(standing()[None], 6, 0), fps=30, valid=valid))


def solution(**more: np.ndarray) -> Solution:
    values = np.array([[0.1, 0, 0], [0.2, 10 * DEG, 0], [0.4, 149.9 * DEG, 0], [0.5, 40 * DEG, 0]])
    return Solution(
        ("pelvis_tx", "knee_angle_r", "ankle_angle_r"), values, np.array([False, True, True]),
        np.array([False, True, True]), np.array([False, False, True]), np.array([-9, -10 * DEG, -50 * DEG]),
        np.array([9, 150 * DEG, 50 * DEG]), ("r_knee", "r_ankle"),
        np.array([[0.003, 0.004], [0.0, 0.01], [0.02, 0.0], [0.001, np.nan]]), "4.6", b"<osim/>",
    )  # fmt: skip


def test_mot(tmp_path: Path) -> None:
    write_ik_mot(tmp_path / "part", solution(), motion(), name="k.ik.mot")
    title, keys, columns, values = mot(tmp_path / "part")
    assert title == "k.ik.mot" and keys == {"version": "1", "nRows": "6", "nColumns": "4", "inDegrees": "yes"}
    assert columns == ["time", "pelvis_tx", "knee_angle_r", "ankle_angle_r"]
    np.testing.assert_allclose(values[:, 0], np.arange(6) / 30, atol=1e-6)
    np.testing.assert_allclose(values[:, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.5])  # metres; over the gap, and held
    np.testing.assert_allclose(values[:, 2], [0, 10, 79.95, 149.9, 40, 40], atol=1e-4)  # degrees


def test_the_record_of_the_fit() -> None:
    record = fit_record(solution(), motion())
    assert record["frames"]["rms_m"] == [0.003536, 0.007071, None, 0.014142, 0.001, None]
    assert record["frames"]["max_m"] == [0.004, 0.01, None, 0.02, 0.001, None]
    assert record["frames"]["worst_marker"] == ["r_ankle", "r_ankle", None, "r_knee", "r_knee", None]
    assert record["coordinates_at_limit"] == {"knee_angle_r": [3]} and record["not_estimated"] == ["ankle_angle_r"]
    assert record["marker_max_m"] == 0.02 and record["opensim"] == "4.6"
