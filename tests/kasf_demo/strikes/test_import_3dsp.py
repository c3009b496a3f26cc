"""3DSP in its own odd format."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from strikes import STRIKE_S, standing_kick

from kasf_demo.errors import InputError
from kasf_demo.strikes.import_3dsp import import_clip, import_clips
from kasf_demo.strikes.posture import make_shot
from kasf_demo.strikes.window import WINDOW_S
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.motion import Strike
from kasportsformer.skeleton import H36M, mirror_h36m

from strikes import recorded  # isort: skip

# names as its files have them, left before right
NAMES = ("pelvis", "l_hip", "l_knee", "l_ankle", "r_hip", "r_knee", "r_ankle", "spine", "thorax", "neck", "head",
         "r_shoulder", "r_elbow", "r_wrist", "l_shoulder", "l_elbow", "l_wrist")  # fmt: skip


def write_clip(folder: Path, xyz: FloatArray, key: str = "keypont_3d", label: str = "shot on target") -> Path:
    """(20, 17, 3) Human3.6M metres as a clip of the data set: z from 0, each frame by its largest coordinate."""
    for name in ("posture", "info", "gt", "img"):
        (folder / name).mkdir(parents=True)
    for n, pose in enumerate(xyz, 1):
        pose = pose - pose[0] * [1, 1, 0] - [0, 0, pose[:, 2].min()]
        pose = pose / pose.max()
        points = {str(j): {"name": name, **dict(zip("xyz", pose[H36M[name]].tolist(), strict=True))}
                  for j, name in enumerate(NAMES)}  # fmt: skip
        content = {"image_path": f"img/{n:03d}.jpg", "shooter_tracklet_id": {"id": 4}, key: points,
                   "bbox": {"t": 10, "l": 20, "w": 50, "h": 90}, "keypoint_2d": {}}  # fmt: skip
        (folder / "posture" / f"{n:03d}.json").write_text(json.dumps(content))
    (folder / "info" / "info.ini").write_text(f"[info]\nid = 7\nlabel = {label}\nposition_step = 40\n")
    (folder / "gt" / "gt.txt").write_text("1,4,10,20,50,90,1,-1,-1,-1\n")
    return folder


def poses() -> FloatArray:
    xyz = standing_kick(25, 2.0)
    start = round((STRIKE_S - 0.5) * 25)
    return np.asarray(xyz[start : start + 20])


def test_a_shot_is_the_one_that_was_written(tmp_path: Path) -> None:
    """Though its sides come in another order and every frame in another scale."""
    shot = import_clip(write_clip(tmp_path / "train" / "00001", poses()))
    assert (shot.side, shot.what, shot.name) == ("r", "shot on target", "3DSP 00001")
    own = make_shot(recorded(standing_kick(25, 2.0), 25, events=False), Strike("kick", "r", STRIKE_S, 8.0, 8.0))
    assert np.abs(shot.posture - own.posture).max() < 1e-6
    assert np.isnan(shot.features["approach_speed"]) and shot.features["path"] > 0.5
    assert len(WINDOW_S) == 20


def test_a_left_footed_one_is_mirrored_and_the_correct_spelling_is_read(tmp_path: Path) -> None:
    right = import_clip(write_clip(tmp_path / "a" / "00001", poses()))
    left = import_clip(write_clip(tmp_path / "b" / "00002", mirror_h36m(poses()), key="keypoint_3d", label="'off'"))
    assert left.side == "l" and left.what == "off"
    assert np.abs(left.posture - right.posture).max() < 1e-6


def test_the_folder_and_damaged_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no shots of 3DSP"):
        list(import_clips(tmp_path))
    folder = write_clip(tmp_path / "train" / "00001", poses())
    write_clip(tmp_path / "train" / "00002", poses())
    assert [s.name for s in import_clips(tmp_path / "train")] == ["3DSP 00001", "3DSP 00002"]
    file = folder / "posture" / "005.json"
    for text in ('{"keypont_3d": {}}', "[1]", '{"other": 1}', "{", '{"keypont_3d": {"0": {"x": "nan"}}}'):
        file.write_text(text)
        with pytest.raises(InputError, match=r"005.json: not a posture of 3DSP"):
            import_clip(folder)
    file.unlink()
    with pytest.raises(InputError, match="No such file"):
        import_clip(folder)
