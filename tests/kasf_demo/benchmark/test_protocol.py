"""The published protocol: windows, normalisation, scale, averages; equal to what the published evaluation gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from source_files import SPORTSPOSE, source_part, write_frame_list, write_source

from kasf_demo.benchmark.protocol import cut_windows, network_input, normalised, to_mm, true_mm, window_errors
from kasf_demo.benchmark.recorded_set import RecordedSet, read_set
from kasf_demo.benchmark.scores import score
from kasf_demo.benchmark.sets import SETS
from kasportsformer.training.readers.pickles import read_pickle

FILES = {
    "sportspose": ("sportspose_source_small.pkl", 133.122, 122.649),
    "worldpose": ("worldpose_source_small.pkl", 199.345, 176.119),
    "h36m": ("h36m_sh_conf_cam_source_small.pkl", 129.035, 119.212),
}


@pytest.mark.assets
@pytest.mark.parametrize("name", FILES)
def test_golden(shared: Path, name: str) -> None:
    file, mpjpe, p_mpjpe = FILES[name]
    data = read_set(SETS[name], shared / "golden" / file)
    with np.load(shared / "golden" / f"{name}_protocol.npz") as f:
        golden = dict(f)
    windows = cut_windows(data, 27)
    tested = np.array([not SETS[name].is_left_out(str(data.source[w[0]])) for w in golden["clip_indices_test"]])
    np.testing.assert_array_equal(windows.frames, golden["clip_indices_test"][tested])
    np.testing.assert_allclose(network_input(data, windows.frames), golden["normalised_input"][tested], atol=2e-7)
    image = np.asarray(read_pickle(shared / "golden" / file)["test"]["joint3d_image"])[windows.frames]
    label = normalised(image, data.size[windows.frames])
    np.testing.assert_allclose(label, golden["normalised_label"][tested], atol=2e-7)

    pose = to_mm(data, windows.frames, golden["prediction"][tested])
    found = score(data, windows, window_errors(pose, true_mm(data, windows.frames)))
    total = found.total.errors
    assert total["mpjpe"] == pytest.approx(float(golden["mpjpe"]), abs=1e-3) == pytest.approx(mpjpe, abs=1e-3)
    assert total["p_mpjpe"] == pytest.approx(float(golden["p_mpjpe"]), abs=1e-3) == pytest.approx(p_mpjpe, abs=1e-3)
    assert total["accel"] == pytest.approx(float(golden["acceleration"]), abs=1e-3)
    np.testing.assert_allclose(found.joint_mm, golden["mpjpe_of_joint"], atol=1e-3)
    if "actions" in golden:
        assert list(found.actions) == golden["actions"].tolist()
        per_action = [s.errors["mpjpe"] for s in found.actions.values()]
        np.testing.assert_allclose(per_action, golden["mpjpe_of_action"], atol=1e-3)


def read(tmp_path: Path, name: str = "sportspose", **more: Any) -> RecordedSet:
    return read_set(SETS[name], write_source(tmp_path / "x_source.pkl", **more))


def test_short_recordings_are_stretched_and_remainders_dropped(tmp_path: Path) -> None:
    windows = cut_windows(read(tmp_path), 27)
    assert windows.stretched.tolist() == [False, False, False, True, False, False] and windows.dropped == 6
    stretched = windows.frames[3]
    assert (np.diff(stretched) >= 0).all() and set(stretched) == set(range(87, 107))


def test_worldpose_keeps_half_a_window_but_not_the_last(tmp_path: Path) -> None:
    games = {f"g{i}": (frames, "ARG_CRO_221657", "") for i, frames in enumerate((41, 39, 41))}
    windows = cut_windows(read(tmp_path, "worldpose", recordings=games), 27)
    # 14 frames are at least half of 27, 12 are not, and the last recording's 14 are dropped
    assert windows.frames[:, 0].tolist() == [0, 27, 41, 80] and windows.stretched.tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_human36m_leaves_out_three_recordings(tmp_path: Path) -> None:
    cameras = {
        "s_09_act_05_subact_02_ca_01": (60, "Eating", "54138969"),
        "s_09_act_05_subact_01_ca_01": (60, "Eating", "55011271"),
    }
    data = read(tmp_path, "h36m", recordings=cameras)
    assert {str(data.source[w[0]]) for w in cut_windows(data, 27).frames} == {"s_09_act_05_subact_01_ca_01"}
    assert data.size[0].tolist() == [1000, 1002] and data.size[-1].tolist() == [1000, 1000]


def test_the_truth_as_prediction_has_no_error_and_a_known_shift_shows(tmp_path: Path) -> None:
    data = read(tmp_path)
    windows = cut_windows(data, 27)
    truth = true_mm(data, windows.frames)
    perfect = score(data, windows, window_errors(truth, truth))
    assert all(value < 1e-4 for value in perfect.total.errors.values())
    off = truth.copy()
    jump = np.isin(windows.frames[:, 0], np.flatnonzero(data.action == "jump"))
    off[jump, :, 3] += [0, 30.0, 40.0]
    found = score(data, windows, window_errors(off, truth))
    assert found.actions["jump"].errors["mpjpe"] == pytest.approx(50 / 17, rel=1e-5)
    # a third of the actions, whatever its number of windows; only that camera, only that joint
    assert found.total.errors["mpjpe"] == pytest.approx(50 / 17 / 3, rel=1e-5)
    assert found.joint_mm[3] == pytest.approx(50 / 3, rel=1e-5) and found.joint_mm[4] == 0
    assert found.cameras["indoors"].errors["mpjpe"] == 0 and found.cameras["outdoors"].errors["mpjpe"] > 1
    assert found.total.errors["mpjve"] < 1e-9 and found.total.frames == 6 * 27
    assert sum(s.frames for s in found.heights.values()) == 6 * 27


def test_athletepose3d_in_mm_of_each_frame(tmp_path: Path) -> None:
    data = read_set(SETS["athletepose3d"], write_frame_list(tmp_path / "data" / "pose_3d" / "valid.pkl"))
    part = source_part({"run_1": (89, "running", ""), "spin_2": (81, "spin", "")}, detected=False)
    np.testing.assert_allclose(data.truth_mm, part["joints_2.5d_image"], rtol=1e-6)
    assert not data.detected and set(data.action) == {"running", "spin"} and (data.score == 1).all()
    assert len(read_set(SETS["athletepose3d"], tmp_path)) == len(data)  # found in its folder


def test_heights_in_the_image(tmp_path: Path) -> None:
    data, part = read(tmp_path), source_part(SPORTSPOSE)
    y = part["joint3d_image"][..., 1]
    np.testing.assert_allclose(data.height_px, y.max(1) - y.min(1), rtol=1e-5)
