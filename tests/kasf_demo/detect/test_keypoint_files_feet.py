"""Keypoint files with feet: heels and big toes of four formats, in one order."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from feet import some_feet

from kasf_demo.detect.keypoint_files.detector import most_prominent
from kasf_demo.detect.keypoint_files.formats import load_keypoints
from kasf_demo.detect.keypoint_files.native import dump_keypoints
from kasf_demo.errors import InputError
from kasf_demo.types.clip import VideoInfo
from kasf_demo.types.people import Detections

_HALPE_26 = (
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist "
    "right_wrist left_hip right_hip left_knee right_knee left_ankle right_ankle head neck hip left_big_toe "
    "right_big_toe left_small_toe right_small_toe left_heel right_heel"
)
HALPE_26 = _HALPE_26.split()
_BODY_25 = (
    "nose neck right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist hip right_hip right_knee "
    "right_ankle left_hip left_knee left_ankle right_eye left_eye right_ear left_ear left_big_toe left_small_toe "
    "left_heel right_big_toe right_small_toe right_heel"
)
BODY_25 = _BODY_25.split()
FEET = ("left_heel", "left_big_toe", "right_heel", "right_big_toe")
ALL = sorted({*HALPE_26, *BODY_25})
PLACE = {name: [100.0 + 7 * i, 300.0 - 5 * i, 0.5 + 0.01 * i] for i, name in enumerate(ALL)}


def write(path: Path, data: Any) -> Path:
    path.write_text(json.dumps(data))
    return path


def has_the_feet(found: Detections, order: list[str]) -> None:
    assert found.feet is not None
    want = np.array([PLACE[name] for name in FEET])
    np.testing.assert_allclose(found.feet.xy[0], want[:, :2])
    np.testing.assert_allclose(found.feet.score[0], want[:, 2], rtol=1e-6)
    ankle = order.index("left_ankle")
    np.testing.assert_allclose(found.xy[0, 15], PLACE[order[ankle]][:2])


@pytest.mark.parametrize("order", [HALPE_26, BODY_25], ids=["Halpe-26", "BODY_25"])
def test_openpose_folders(order: list[str], tmp_path: Path) -> None:
    values = [v for name in order for v in PLACE[name]]
    write(tmp_path / "clip_000000000000_keypoints.json", {"people": [{"pose_keypoints_2d": values}]})
    has_the_feet(load_keypoints(tmp_path)[0], order)


def test_a_foot_point_without_a_score_is_unknown(tmp_path: Path) -> None:
    values = [v for name in BODY_25 for v in (PLACE[name] if name != "left_heel" else [0, 0, 0])]
    write(tmp_path / "clip_000000000000_keypoints.json", {"people": [{"pose_keypoints_2d": values}]})
    feet = load_keypoints(tmp_path)[0].feet
    assert feet is not None and np.isnan(feet.xy[0, 0]).all() and feet.score[0, 0] == 0 and feet.score[0, 1] > 0


def test_coco_json_with_26_keypoints(tmp_path: Path) -> None:
    values = [v for name in HALPE_26 for v in PLACE[name]]
    found = load_keypoints(write(tmp_path / "k.json", [{"image_id": 0, "keypoints": values, "score": 0.8}]))[0]
    has_the_feet(found, HALPE_26)
    plain = load_keypoints(write(tmp_path / "k.json", [{"image_id": 0, "keypoints": values[:51], "score": 0.8}]))[0]
    assert plain.feet is None
    for name in ("xy", "score", "box", "box_score"):  # feet change nothing else
        np.testing.assert_array_equal(getattr(plain, name), getattr(found, name))


def named(names: list[str], frames: int = 2, **more: Any) -> dict[str, Any]:
    short = [n.replace("left_", "l_").replace("right_", "r_") for n in names]
    return {"keypoint_names": short, "frames": [[PLACE[n] for n in names] for _ in range(frames)], **more}


def test_named_keypoints(tmp_path: Path) -> None:
    found = load_keypoints(write(tmp_path / "k.json", named(HALPE_26)))
    assert sorted(found) == [0, 1]
    has_the_feet(found[1], HALPE_26)


def test_named_keypoints_without_eyes_and_ears(tmp_path: Path) -> None:
    names = [n for n in HALPE_26 if "eye" not in n and "ear" not in n]
    found = load_keypoints(write(tmp_path / "k.json", named(names)))[0]
    has_the_feet(found, HALPE_26)
    assert (found.score[0, 1:5] == 0).all()
    nose, head = np.array(PLACE["nose"][:2]), np.array(PLACE["head"][:2])
    np.testing.assert_allclose(found.xy[0, 1:5], np.tile(nose + 0.35 * (head - nose), (4, 1)), rtol=1e-6)


def test_named_keypoints_that_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="left_hip missing"):
        load_keypoints(write(tmp_path / "k.json", named([n for n in HALPE_26 if n != "left_hip"])))
    with pytest.raises(InputError, match="frame 0: expected 26 keypoints"):
        load_keypoints(write(tmp_path / "k.json", named(HALPE_26) | {"frames": [[[1, 2, 0.5]] * 3]}))
    with pytest.raises(InputError, match='"frames"'):
        load_keypoints(write(tmp_path / "k.json", named(HALPE_26) | {"frames": None}))
    video = VideoInfo(tmp_path / "v.mp4", 1280, 720, Fraction(30), Fraction(1, 30), "h264", "mp4")
    with pytest.raises(InputError, match="720x1280, but the clip has 1280x720"):
        load_keypoints(write(tmp_path / "k.json", named(HALPE_26, width=720, height=1280)), video=video)


def some_people(p: int) -> Detections:
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 500, (p, 17, 2)).astype(np.float32)
    box = np.concatenate([xy.min(1), xy.max(1)], axis=1)
    score = np.full((p, 17), 0.5, np.float32)
    return Detections(xy, score, box, np.linspace(0.3, 0.9, p, dtype=np.float32), feet=some_feet(p))


def test_our_own_format_keeps_feet(tmp_path: Path) -> None:
    people = some_people(2)
    path = tmp_path / "k.json"
    path.write_text(dump_keypoints([people]))
    back = load_keypoints(path)[0].feet
    assert back is not None and people.feet is not None
    np.testing.assert_allclose(back.xy, people.feet.xy, atol=0.006)
    np.testing.assert_allclose(back.score, people.feet.score, atol=6e-5)
    data = json.loads(path.read_text())
    data["frames"][0]["people"][0]["feet"] = [[1, 2, 0.5]] * 3
    with pytest.raises(InputError, match="expected 4 feet, got 3"):
        load_keypoints(write(path, data))


def test_the_most_prominent_people_keep_their_feet() -> None:
    people = some_people(5)
    few = most_prominent(people, 2)
    assert few.feet is not None and people.feet is not None
    rows = [i for i in range(5) if people.xy[i].tolist() in few.xy.tolist()]
    np.testing.assert_array_equal(few.feet.xy, people.feet.xy[rows])
