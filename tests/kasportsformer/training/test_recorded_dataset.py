"""Data sets of ready keypoints: SportsPose and AthletePose3D layouts, and pickles that want to run something."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kasportsformer.training.readers.athletepose import read_athletepose
from kasportsformer.training.readers.pickles import PickleError, read_pickle
from kasportsformer.training.readers.sportspose import read_source_pickle
from kasportsformer.training.recorded_dataset import RecordedSampler


def source(n: int = 70) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    image = rng.normal(600, 80, (n, 17, 3))
    part = {
        "joint_2d": image[..., :2] + rng.normal(0, 2, (n, 17, 2)),
        "confidence": rng.random((n, 17, 1)),
        "joint3d_image": image,
        "2.5d_factor": np.full(n, 4.0),
        "joints_2.5d_image": image * 4.0,
        "camera_name": np.array(["outdoors"] * n),
        "action": ["jump"] * n,
        "source": ["a"] * 40 + ["b"] * (n - 40),
    }
    return {"train": part, "test": part}


def dump(path: Path, content: object) -> Path:
    path.write_bytes(pickle.dumps(content))
    return path


def test_a_source_pickle_becomes_windows(tmp_path: Path) -> None:
    recorded = read_source_pickle(dump(tmp_path / "sp_source.pkl", source()), "test")
    starts = recorded.starts(27, 1)
    assert list(starts) == [*range(14), *range(40, 44)]  # none crosses from a to b
    pairs = recorded.windows(starts, 27, np.full(len(starts), 1.2))
    assert pairs.input.shape == (18, 27, 17, 3)
    assert np.abs(pairs.input[..., :2]).max() <= 1
    np.testing.assert_allclose(pairs.truth[:, :, 0], 0)
    metric = pairs.truth * pairs.metres[..., None, None] * 1000
    want = recorded.truth[starts[0] : starts[0] + 27] * 4
    np.testing.assert_allclose(metric[0], want - want[:, :1], atol=0.2)
    drawn = RecordedSampler(recorded)(np.random.default_rng(0), 5)
    assert drawn.input.shape == (5, 27, 17, 3) and np.isfinite(drawn.truth).all()


def test_the_factor_can_come_from_the_poses(tmp_path: Path) -> None:
    content = source()
    del content["test"]["2.5d_factor"]
    recorded = read_source_pickle(dump(tmp_path / "a.pkl", content), "test")
    np.testing.assert_allclose(recorded.mm_per_px, 4, rtol=1e-4)


def test_athletepose_clips_and_frames(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    folder = tmp_path / "frame_81" / "train"
    folder.mkdir(parents=True)
    for i in range(2):
        dump(
            folder / f"{i:08d}.pkl",
            {"data_input": rng.normal(0, 0.2, (81, 17, 3)), "data_label": rng.normal(0, 0.2, (81, 17, 3))},
        )
    recorded = read_athletepose(tmp_path / "frame_81")
    assert len(recorded.xy) == 162 and len(recorded.starts(27, 27)) == 6

    frames = [
        {
            "joint_3d_image": rng.normal(500, 50, (17, 3)),
            "ratio": 0.25,
            "videoid": i // 30,
            "action": "spin",
            "cam": {"R": np.eye(3)},
        }
        for i in range(60)
    ]
    recorded = read_athletepose(dump(tmp_path / "valid.pkl", frames))
    assert recorded.mm_per_px[0] == 4 and len(recorded.starts(27, 1)) == 8 and recorded.action[0] == "spin"


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch /tmp/kasportsformer-was-here",)


@pytest.mark.parametrize(
    "content", [Hostile(), {"train": Hostile()}, np.array([Hostile()], dtype=object), print, Path("x")]
)
def test_pickles_that_want_more_than_data_are_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(PickleError, match="it asks for"):
        read_pickle(dump(tmp_path / "bad.pkl", content))
    assert not Path("/tmp/kasportsformer-was-here").exists()


def test_what_is_not_a_data_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(b"no pickle")
    with pytest.raises(PickleError, match=r"a\.pkl"):
        read_pickle(tmp_path / "a.pkl")
    with pytest.raises(PickleError, match="is it a"):
        read_source_pickle(dump(tmp_path / "b.pkl", {"train": {}}), "train")
    with pytest.raises(PickleError, match="list of frames"):
        read_athletepose(dump(tmp_path / "c.pkl", [{"nothing": 1}]))
    with pytest.raises(PickleError, match=r"no \.pkl files"):
        (tmp_path / "empty").mkdir()
        read_athletepose(tmp_path / "empty")


def test_plain_data_comes_back(tmp_path: Path) -> None:
    scalars = {"a": np.float32(1.5), "b": np.arange(3), "c": np.array(["x"]), "d": {1, 2}}
    back = read_pickle(dump(tmp_path / "d.pkl", scalars))
    assert back["a"] == 1.5 and list(back["b"]) == [0, 1, 2] and back["c"][0] == "x"
