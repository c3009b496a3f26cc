"""Which truth belongs to a result, and whose motion it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scene import a_truth, perfect, save_truth, write_result

from kasf_demo.errors import InputError, UsageError
from kasf_demo.validate.pairs import find_pairs, load_pairs
from kasf_demo.validate.validation import validate


def test_pairs_by_name(tmp_path: Path) -> None:
    truth = a_truth(20)
    for name in ("kick_pose", "kick2", "other"):
        write_result(tmp_path / name, perfect(truth))
    (tmp_path / "truth").mkdir()
    for name in ("kick", "kick2", "more"):
        save_truth(tmp_path / "truth" / f"{name}.gt.npz", truth)
    pairs, without = find_pairs([tmp_path], tmp_path / "truth")
    assert [(a.stem, b.name) for a, b in pairs] == [("kick2", "kick2.gt.npz"), ("kick_pose", "kick.gt.npz")]
    assert without == ["other.csv"]
    one, _ = find_pairs([tmp_path / "other.csv"], tmp_path / "truth" / "more.gt.npz")
    assert one == [(tmp_path / "other.csv", tmp_path / "truth" / "more.gt.npz")]  # two files belong together as given


def test_everyone_with_the_right_athlete(tmp_path: Path) -> None:
    truth = a_truth(40, athletes=2)
    still = truth.joints_world_m.copy()
    still[1] = still[1, :1]  # the second athlete does not move
    truth = replace(truth, joints_world_m=still)
    result = perfect(truth)
    crossed = replace(result, xyz=result.xyz[::-1], uv=result.uv[::-1])  # the ids are the other way round
    pairs = load_pairs(write_result(tmp_path / "two", crossed), save_truth(tmp_path / "two.gt.npz", truth))
    assert [p.name for p in pairs] == ["two, athlete 1", "two, athlete 2"]
    assert [np.ptp(p.truth.motion.angles["r_shoulder_elevation"]) > 20 for p in pairs] == [True, False]
    found = {a.name: a for a in validate(pairs).agreements}
    assert found["shoulder_elevation"].rmse < 0.01 and found["shoulder_elevation"].r > 0.9999
    assert found["knee_flexion"].rmse < 0.01


def test_a_wrong_knee_shows_in_degrees(tmp_path: Path) -> None:
    truth = a_truth(40)
    result = perfect(truth)
    bent = result.xyz.copy()
    thigh, shank = bent[0, :, 2] - bent[0, :, 1], bent[0, :, 3] - bent[0, :, 2]
    longer = np.linalg.norm(shank, axis=-1, keepdims=True) / np.linalg.norm(thigh, axis=-1, keepdims=True)
    bent[0, :, 3] = bent[0, :, 2] + thigh * longer  # a straight leg
    pairs = load_pairs(
        write_result(tmp_path / "a", replace(result, xyz=bent)), save_truth(tmp_path / "a.gt.npz", truth)
    )
    true = pairs[0].truth.motion.angles["r_knee_flexion"]
    found = {q.name: q for q in validate(pairs).quantities}["knee_flexion"]
    right = next(w for w in found.waveforms if w.label.endswith("right"))
    np.testing.assert_allclose(right.estimate - right.truth, -true, atol=0.1)


def test_a_motion_without_a_camera_finds_its_clock(tmp_path: Path) -> None:
    truth = a_truth(60)
    result = write_result(tmp_path / "a", perfect(truth))
    times_s = np.arange(0, 2.2, 0.01)
    joints = a_truth(60).joints_world_m[0]
    # the motion at 100 Hz, its clock 0.12 s behind the clip's
    shifted = np.stack([np.interp(times_s, truth.times_s, c) for c in joints.reshape(60, -1).T], -1)
    inside = times_s <= truth.times_s[-1]
    np.savez(tmp_path / "a.gt.npz", joints_world_m=shifted[inside].reshape(-1, 17, 3), times_s=times_s[inside] - 0.12)
    (pair,) = load_pairs(result, tmp_path / "a.gt.npz")
    assert pair.offset_s == pytest.approx(0.12, abs=0.005)
    found = {a.name: a for a in validate([pair]).agreements}
    assert found["shoulder_elevation"].rmse < 1


def test_refusals(tmp_path: Path) -> None:
    truth = a_truth(20)
    result = write_result(tmp_path / "a", perfect(truth))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no results"):
        find_pairs([tmp_path / "empty"], tmp_path)
    with pytest.raises(InputError, match=r"no NAME\.gt\.npz"):
        find_pairs([result], tmp_path / "empty")
    with pytest.raises(InputError, match="no such file"):
        find_pairs([tmp_path / "b.csv"], tmp_path)
    with pytest.raises(UsageError, match="not a result"):
        find_pairs([tmp_path / "a.txt"], tmp_path)
    save_truth(tmp_path / "x.gt.npz", truth)
    with pytest.raises(InputError, match="no result has a ground truth of its name"):
        find_pairs([result], tmp_path)
    with pytest.raises(InputError, match="20 frames"):
        load_pairs(result, save_truth(tmp_path / "y.gt.npz", a_truth(21)))
    elsewhere = replace(truth, coco_px=truth.coco_px)
    far = write_result(tmp_path / "far", replace(perfect(elsewhere), uv=perfect(elsewhere).uv + 5000))
    with pytest.raises(InputError, match="nobody"):
        load_pairs(far, tmp_path / "x.gt.npz")
    for joints, times in (
        (np.zeros((20, 16, 3)), np.arange(20.0)),
        (np.full((20, 17, 3), np.nan), np.arange(20.0)),
        (np.zeros((20, 17, 3)), np.zeros(20)),
    ):
        np.savez(tmp_path / "z.gt.npz", joints_world_m=joints, times_s=times)
        with pytest.raises(InputError, match="joints_world_m"):
            load_pairs(result, tmp_path / "z.gt.npz")
