"""Errors, jitter and bone spread of a lifted clip against numbers that are known."""

from __future__ import annotations

import numpy as np
import pytest

from kasf_demo.lifters.measure import ERRORS, _errors
from kasf_demo.lifters.page import APART_M
from kasf_demo.lifters.tables import HEADS


def test_errors_of_a_known_offset() -> None:
    want = np.random.default_rng(0).normal(0, 0.3, (9, 17, 3))
    want -= want[:, :1]
    pose = want.copy()
    pose[:, 13] += [0.0, 0.17, 0.0]  # one joint of 17, by 170 mm
    pose[4] = np.nan
    errors, error_m = _errors(pose, want)
    assert errors["mpjpe_mm"] == pytest.approx(10) and set(errors) == set(ERRORS) <= set(HEADS)
    assert errors["p_mpjpe_mm"] < 25 and errors["mpjve_mm"] == pytest.approx(0, abs=1e-9)
    assert error_m[0, 13] == pytest.approx(0.17) and np.isnan(error_m[4]).all() and not error_m[0, :13].any()
    assert APART_M > 1.2, "outstretched arms of neighbours do not touch much"
