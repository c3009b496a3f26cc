"""Files that are refused: of another data set, damaged, hostile."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from source_files import source_part, write_frame_list, write_source

from kasf_demo.benchmark.recorded_set import read_set
from kasf_demo.benchmark.sets import SETS
from kasf_demo.errors import InputError


def refused(path: Path, name: str = "sportspose") -> str:
    with pytest.raises(InputError) as e:
        read_set(SETS[name], path)
    text = str(e.value)
    assert "\n" not in text and ";" in text, text
    return text


def test_another_data_set_is_named(tmp_path: Path) -> None:
    h36m = write_source(tmp_path / "h.pkl", {"s_09_act_02_subact_01_ca_01": (30, "Eating", "54138969")})
    assert "is it Human3.6M?" in refused(h36m)
    sportspose = write_source(tmp_path / "s.pkl")
    assert "is it SportsPose?" in refused(sportspose, "h36m")
    assert "not WorldPose's" in refused(sportspose, "worldpose")
    assert "not a list of frames" in refused(sportspose, "athletepose3d")
    assert "not a *_source*.pkl" in refused(write_frame_list(tmp_path / "valid.pkl"))


@pytest.mark.parametrize("name", ["joint_2d", "joints_2.5d_image", "2.5d_factor", "source", "action"])
def test_missing_arrays_are_named(tmp_path: Path, name: str) -> None:
    assert f"has no {name}" in refused(write_source(tmp_path / "s.pkl", **{name: None}))


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"joint_2d": np.zeros((161, 16, 2))}, "joint_2d must be"),
        ({"confidence": np.ones((161, 16))}, "confidence must be"),
        ({"source": np.array(["a"] * 5)}, "source must be"),
        ({"2.5d_factor": np.zeros(161)}, "must be positive"),
        ({"joint_2d": np.full((161, 17, 2), np.nan)}, "not finite"),
        ({"joint_2d": np.zeros((0, 17, 2))}, "no frames"),
        ({"joint_2d": "text"}, ""),
    ],
)
def test_arrays_that_do_not_fit(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    assert why in refused(write_source(tmp_path / "s.pkl", **more))


class Hostile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.path}",)


def test_nothing_in_a_pickle_is_executed(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    content = {"test": source_part({"s": (30, "jump", "outdoors")}) | {"source": Hostile(mark)}}
    (tmp_path / "s.pkl").write_bytes(pickle.dumps(content))
    assert "system" in refused(tmp_path / "s.pkl") and not mark.exists()


def test_damage_anywhere_is_an_error_of_one_line(tmp_path: Path) -> None:
    whole = write_source(tmp_path / "s.pkl", {"s": (30, "jump", "outdoors")}).read_bytes()
    rng = np.random.default_rng(3)
    for cut in rng.integers(0, len(whole), 20):
        (tmp_path / "cut.pkl").write_bytes(whole[:cut])
        refused(tmp_path / "cut.pkl")
    for at in rng.integers(0, 400, 60):  # the opcodes are at the beginning
        (tmp_path / "bad.pkl").write_bytes(whole[:at] + bytes([whole[at] ^ 0x5A]) + whole[at + 1 :])
        try:
            read_set(SETS["sportspose"], tmp_path / "bad.pkl")
        except InputError:
            continue


def test_folders(tmp_path: Path) -> None:
    assert "holds no" in refused(tmp_path) and "no such" in refused(tmp_path / "missing")
    write_source(tmp_path / "sp_hr_conf_cam_source_1camera.pkl")
    assert len(read_set(SETS["sportspose"], tmp_path)) == 161
    write_source(tmp_path / "sp_no_conf_cam_source_final.pkl")
    assert "2 files" in refused(tmp_path)
    assert "holds no" in refused(tmp_path, "worldpose")
