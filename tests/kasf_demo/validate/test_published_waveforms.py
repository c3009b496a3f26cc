"""Waveforms as AthletePose3D's published validation makes them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasf_demo.validate.agreement import correlation
from kasf_demo.validate.published_waveforms import (
    GROUPS,
    bend_angles,
    group_rows,
    joint_speeds,
    smoothed,
    unit_range,
    without_gaps,
)
from kasf_demo.validate.spm import paired_spm


@pytest.mark.assets
def test_golden(shared: Path) -> None:
    with np.load(shared / "golden" / "kinematic_validation.npz") as f:
        golden = dict(f)
    fps = float(golden["fps"])
    first = golden["estimate_0"].astype(float)
    np.testing.assert_allclose(joint_speeds(first, fps), golden["speed_raw_0"], atol=1e-6)
    np.testing.assert_allclose(bend_angles(first), golden["angle_raw_0"], atol=1e-6)
    np.testing.assert_allclose(smoothed(joint_speeds(first, fps), fps), golden["speed_filtered_0"], atol=1e-6)
    np.testing.assert_allclose(smoothed(bend_angles(first), fps), golden["angle_filtered_0"], atol=1e-6)
    rows = {
        side: group_rows([(golden[f"{side}_{i}"].astype(float), fps) for i in range(6)])
        for side in ("estimate", "truth")
    }
    for group in GROUPS:
        estimate, truth = rows["estimate"][group.name], rows["truth"][group.name]
        np.testing.assert_allclose(estimate, golden[f"{group.name}_estimate"], atol=1e-6)
        np.testing.assert_allclose(truth, golden[f"{group.name}_truth"], atol=1e-6)
        assert correlation(estimate, truth) == pytest.approx(float(golden[f"{group.name}_r"]), abs=1e-6)
        spm = paired_spm(estimate, truth)
        np.testing.assert_allclose(spm.t, golden[f"{group.name}_t"], atol=1e-6)
        assert spm.critical == pytest.approx(float(golden[f"{group.name}_t_critical"]), abs=1e-3)
        assert spm.fwhm == pytest.approx(float(golden[f"{group.name}_fwhm"]), abs=1e-6)
        assert spm.resels == pytest.approx(golden[f"{group.name}_resels"][1], abs=1e-6)
        assert len(spm.clusters) == len(golden[f"{group.name}_clusters_p"])


def test_gaps_take_the_value_before() -> None:
    x = np.array([np.nan, 2.0, np.nan, np.nan, 5.0])
    assert without_gaps(x[:, None])[:, 0].tolist() == [2, 2, 2, 2, 5]
    with pytest.raises(ValueError, match="nothing"):
        without_gaps(np.full((4, 2), np.nan))


def test_a_constant_curve_and_a_short_clip() -> None:
    assert unit_range(np.ones((1, 5))).tolist() == [[0] * 5]
    with pytest.raises(ValueError, match="too few"):
        group_rows([(np.random.default_rng(0).normal(size=(10, 17, 3)), 60.0)])
    with pytest.raises(ValueError, match="no clips"):
        group_rows([])
