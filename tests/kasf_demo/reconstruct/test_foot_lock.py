"""Standing feet, and feet held where they stand."""

from __future__ import annotations

import numpy as np
import pytest
from standing import FPS, Array, body, still

from kasf_demo.reconstruct import foot_lock
from kasportsformer.skeleton import H36M


def slides(xyz: Array) -> float:
    return float(np.linalg.norm(np.diff(xyz[:, foot_lock.ANKLES], axis=0), axis=-1).mean() * FPS)


def test_feet_that_are_slow_and_low_stand() -> None:
    xyz = still()
    xyz[20:40, H36M["r_ankle"], 1] -= 0.3  # lifted and held
    xyz[45:, H36M["l_ankle"], 0] += np.linspace(0, 1, 15)  # dragged along at 2 m/s
    valid = np.ones(60, bool)
    valid[:5] = False
    stands = foot_lock.standing(xyz, valid, FPS)
    assert not stands[:5].any() and stands[7:18, 0].all() and stands[7:43, 1].all()
    assert not stands[20:40, 0].any() and not stands[46:, 1].any()


def test_a_root_that_drifts_is_held_by_its_feet() -> None:
    drift = np.zeros((60, 3))
    drift[:, 2] = 0.15 * np.sin(np.linspace(0, 6, 60))  # in depth, where one camera is least accurate
    xyz = still() + drift[:, None]
    held = xyz.copy()
    foot_lock.hold_feet(held, np.ones(60, bool), FPS)
    assert slides(held) < 0.35 * slides(xyz)
    np.testing.assert_allclose(held - held[:, :1], xyz - xyz[:, :1], atol=1e-12)  # the pose is the same
    assert np.abs(held - xyz).max() < 0.2


def test_who_runs_is_left_alone() -> None:
    xyz = still()
    xyz[..., 0] += (5.0 * np.arange(60) / FPS)[:, None]
    held = xyz.copy()
    foot_lock.hold_feet(held, np.ones(60, bool), FPS)
    np.testing.assert_array_equal(held, xyz)


def test_a_step_is_not_dragged_back() -> None:
    """Stands, runs 2 m, stands: the way between the two places stays."""
    way = np.interp(np.arange(90), [30, 60], [0, 2.0])
    xyz = np.tile(body(), (90, 1, 1)) + way[:, None, None] * [1.0, 0, 0]
    held = xyz.copy()
    foot_lock.hold_feet(held, np.ones(90, bool), FPS)
    assert held[-1, 0, 0] - held[0, 0, 0] == pytest.approx(2.0, abs=0.05)


def test_heights_are_left_alone() -> None:
    xyz = still()
    xyz[..., 1] -= 0.02 * np.sin(np.arange(60) / 5)[:, None]
    xyz[..., 2] += 0.02 * np.sin(np.arange(60) / 5)[:, None]
    held = xyz.copy()
    foot_lock.hold_feet(held, np.ones(60, bool), FPS)
    np.testing.assert_allclose(held[..., 1], xyz[..., 1], atol=1e-3)
    assert np.abs(held - xyz)[..., 2].max() > 0.01


def test_gaps_stay_gaps_and_short_runs_pass() -> None:
    xyz, valid = still(20), np.ones(20, bool)
    valid[5:12] = False
    valid[14] = False
    xyz[~valid] = np.nan
    held = xyz.copy()
    foot_lock.hold_feet(held, valid, FPS)
    np.testing.assert_array_equal(np.isfinite(held).all((1, 2)), valid)
    assert foot_lock.standing(xyz[:1], valid[:1], FPS).shape == (1, 2)


def test_a_long_run_in_blocks_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 120 s, in a run of more than three; the whole is solved for comparison."""
    frames, random = 4000, np.random.default_rng(0)
    t = np.arange(frames) / 10.0
    drift = np.cumsum(random.normal(0, 0.01, (frames, 3)), axis=0) * [0.3, 0, 0.5] + 0.3 * np.sin(t / 7)[:, None] * [
        1,
        0,
        1,
    ]
    xyz = np.tile(body(), (frames, 1, 1)) + drift[:, None]
    xyz[:, H36M["r_ankle"], 1] -= 0.3 * (np.sin(t) > 0.5)
    whole, in_blocks = xyz.copy(), xyz.copy()
    foot_lock.hold_feet(in_blocks, np.ones(frames, bool), 10.0)
    monkeypatch.setattr(foot_lock, "BLOCK_S", 1e6)
    foot_lock.hold_feet(whole, np.ones(frames, bool), 10.0)
    assert np.abs(whole - xyz).max() > 0.02
    assert 0 < np.abs(in_blocks - whole).max() < 2e-5
