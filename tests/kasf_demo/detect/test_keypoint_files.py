"""Keypoint files: three formats in, and every kind of damage named with its place."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from kasf_demo.detect import open_detector
from kasf_demo.detect.keypoint_files.detector import KeypointsFileDetector
from kasf_demo.detect.keypoint_files.formats import load_keypoints
from kasf_demo.detect.keypoint_files.native import dump_keypoints
from kasf_demo.errors import InputError
from kasf_demo.types.clip import Frame, VideoInfo
from kasf_demo.types.people import Detections

ROWS = [[10.0 + j, 20.0 + 2 * j, 0.5] for j in range(17)]


def frame(i: int) -> Frame:
    return Frame(i, i / 30, np.zeros((4, 4, 3), np.uint8))


def write(path: Path, data: Any) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data))
    return path


def ours(*frames: Any, **head: Any) -> dict[str, Any]:
    return {"format": "kasf-keypoints", "version": 1, "frames": list(frames), **head}


@given(
    xy=hnp.arrays(
        np.float32, st.tuples(st.integers(1, 4), st.just(17), st.just(2)), elements=st.floats(-100, 4000, width=32)
    ),
    named=st.booleans(),
)
def test_what_is_dumped_is_loaded(xy: Any, named: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    p = len(xy)
    box = np.tile(np.array([1, 2, 30, 40], np.float32), (p, 1))
    ids = np.arange(p)[::-1] + 3 if named else None
    found = Detections(xy, np.full((p, 17), 0.25, np.float32), box, np.full(p, 0.75, np.float32), ids)
    path = write(
        tmp_path_factory.mktemp("k") / "k.json", dump_keypoints([Detections.empty(), found], width=640, height=480)
    )
    back = load_keypoints(path)
    assert len(back[0]) == 0
    assert (
        np.allclose(back[1].xy, xy, atol=0.006) and (back[1].score == 0.25).all() and (back[1].box_score == 0.75).all()
    )
    assert (back[1].ids is None) if ids is None else (back[1].ids is not None and (back[1].ids == ids).all())


def test_detector_hands_out_frames_and_warns_of_those_beyond_the_clip(tmp_path: Path) -> None:
    data = ours({"index": 7, "people": [{"keypoints": ROWS}]}, {"index": 1, "people": [{"id": 4, "keypoints": ROWS}]})
    detector = open_detector(
        "keypoints-file", weights=None, device="cpu", keypoints=write(tmp_path / "k.json", data), cache_dir=tmp_path
    )
    assert [len(detector.detect(frame(i))) for i in range(3)] == [0, 1, 0]
    one = detector.detect(frame(1))
    assert one.ids is not None and one.ids.tolist() == [4]
    assert one.box[0, 0] < 10 and one.box[0, 3] > 52  # drawn around the joints, with a margin
    assert detector.weights == "k.json" and detector.weights_sha256 is None
    detector.close()
    detector.close()
    assert list(detector.warnings) == ["k.json: 1 frames (7 to 7) lie beyond the clip's last frame 2 and were not used"]


def test_a_file_without_people_warns(tmp_path: Path) -> None:
    assert "no people" in KeypointsFileDetector(write(tmp_path / "k.json", ours())).warnings[0]


def with_row(row: Any) -> dict[str, Any]:
    return ours({"index": 0, "people": [{"keypoints": [*ROWS[:16], row]}]})


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ("", "line 1"),
        ('{"format": "kasf-keypoints",\n "version": 1,\n oops}', "line 3, column 2"),
        ("[" * 100_000, "JSON"),
        ('{"format": "kasf-keypoints", "version": 1, "frames": [NaN]}', "NaN"),
        ("1" * 5000, "JSON"),
        ({"format": "other"}, "unknown keypoints format"),
        ({"people": []}, "folder"),
        (ours(version=2), "version 2"),
        ({"format": "kasf-keypoints", "version": 1}, '"frames"'),
        (ours(3), "frames\\[0\\]"),
        (ours({"index": -1, "people": []}), "frames\\[0\\].index"),
        (ours({"index": 1.5, "people": []}), "frames\\[0\\].index"),
        (ours({"index": True, "people": []}), "frames\\[0\\].index"),
        (ours({"index": 10**12, "people": []}), "frames\\[0\\].index"),
        (ours({"index": 2, "people": []}, {"index": 2, "people": []}), "frame 2 appears twice"),
        (ours({"index": 0, "people": [{"keypoints": ROWS[:16]}]}), "expected 17 keypoints, got 16"),
        (ours({"index": 0, "people": [{"id": 1, "keypoints": ROWS}] * 2}), "id 1 appears twice"),
        (ours({"index": 0, "people": [{"id": "x", "keypoints": ROWS}]}), "id"),
        (ours({"index": 0, "people": [{"box": [3, 3, 1, 4], "keypoints": ROWS}]}), "x0 < x1"),
        (with_row([1, 2]), "keypoints\\[16\\]: expected a list of 3 numbers, got 2"),
        (with_row([1e30, 2, 0.5]), "keypoints\\[16\\]"),
        (with_row([10**400, 2, 0.5]), "keypoints\\[16\\]"),
        (with_row([None, 2, 0.5]), "keypoints\\[16\\]"),
        (with_row([1, 2, 1.5]), "score"),
    ],
)
def test_damage_is_named(data: Any, where: str, tmp_path: Path) -> None:
    path = write(tmp_path / "k.json", data)
    with pytest.raises(InputError, match=where) as error:
        load_keypoints(path)
    assert str(error.value).startswith(str(path)) and "\n" not in str(error.value) and error.value.exit_code == 4


def test_missing_file_and_wrong_picture_size(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        load_keypoints(tmp_path / "k.json")
    video = VideoInfo(tmp_path / "v.mp4", 1280, 720, Fraction(30), Fraction(1, 30), "h264", "mp4")
    path = write(tmp_path / "k.json", ours(width=640, height=360))
    assert load_keypoints(path) == {}
    with pytest.raises(InputError, match="640x360, but the clip has 1280x720"):
        load_keypoints(path, video=video)


FLAT = [v for row in ROWS for v in row]


def test_coco_results(tmp_path: Path) -> None:
    data = [
        {"image_id": 2, "keypoints": FLAT, "score": 2.5, "bbox": [1, 2, 30, 40]},
        {"image_id": "clip_000004.jpg", "keypoints": FLAT, "track_id": 9},
    ]
    found = load_keypoints(write(tmp_path / "k.json", data))
    assert sorted(found) == [2, 4]
    assert found[2].box[0].tolist() == [1, 2, 31, 42] and found[2].box_score[0] == 1 and found[2].ids is None
    assert found[4].ids is not None and found[4].ids.tolist() == [9]
    assert np.allclose(found[2].xy[0], np.array(ROWS)[:, :2])


def test_coco_annotations_follow_the_order_of_images_and_flags_become_scores(tmp_path: Path) -> None:
    v = [x for j in range(17) for x in (5 + j, 6 + j, j % 3)]
    data = {
        "images": [{"id": 40}, {"id": 7}, {"id": 12}],
        "annotations": [{"image_id": 12, "keypoints": v}, {"image_id": 40, "keypoints": []}],
    }
    found = load_keypoints(write(tmp_path / "k.json", data))
    assert list(found) == [2] and found[2].score[0, :3].tolist() == [0, 0.5, 1]
    data["annotations"][0]["image_id"] = 3
    with pytest.raises(InputError, match="entry 0: image_id '3'"):
        load_keypoints(write(tmp_path / "k.json", data))


@pytest.mark.parametrize(
    "entry", [{"image_id": 0}, {"image_id": 0, "keypoints": FLAT[:50]}, {"image_id": None, "keypoints": FLAT}]
)
def test_coco_damage(entry: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="entry 0"):
        load_keypoints(write(tmp_path / "k.json", [entry]))


@pytest.mark.parametrize("joints", [25, 18])
def test_openpose_folder(joints: int, tmp_path: Path) -> None:
    values = [x for j in range(joints) for x in (100 + j, 200 + j, 0.9)]
    write(tmp_path / "clip_000000000003_keypoints.json", {"people": [{"person_id": [-1], "pose_keypoints_2d": values}]})
    write(
        tmp_path / "clip_000000000004_keypoints.json",
        {"people": [{"person_id": [-1], "pose_keypoints_2d": [0] * 3 * joints}]},
    )
    found = load_keypoints(tmp_path)
    assert len(found[3]) == 1 and len(found[4]) == 0
    rows = (found[3].xy[0, :, 0] - 100).astype(int).tolist()
    hip, eye = (12, 16) if joints == 25 else (11, 15)
    assert rows[0] == 0 and rows[5:7] == [5, 2] and rows[9:11] == [7, 4]  # nose, shoulders, wrists: left before right
    assert rows[11] == hip and rows[1] == eye
    assert len(set(rows)) == 17


def test_openpose_damage(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \*_keypoints\.json"):
        load_keypoints(tmp_path)
    write(tmp_path / "a_1_keypoints.json", {"people": [{"pose_keypoints_2d": [1] * 10}]})
    with pytest.raises(InputError, match=r"75 .* got 10"):
        load_keypoints(tmp_path)
    write(tmp_path / "a_1_keypoints.json", {"people": []})
    write(tmp_path / "b_1_keypoints.json", {"people": []})
    with pytest.raises(InputError, match="second file for frame 1"):
        load_keypoints(tmp_path)


def test_a_crowd_is_cut_to_the_most_prominent() -> None:
    from kasf_demo.detect.keypoint_files.detector import most_prominent

    rng = np.random.default_rng(0)
    xy, sizes = rng.uniform(0, 900, (300, 17, 2)).astype(np.float32), rng.permutation(300).astype(np.float32)
    box = np.stack([0 * sizes, 0 * sizes, sizes + 1, sizes + 1], 1)
    ids = np.full(300, -1)
    ids[7] = 3
    few = most_prominent(Detections(xy, np.ones((300, 17), np.float32), box, np.ones(300, np.float32), ids), 50)
    assert len(few) == 51 and few.ids is not None and 3 in few.ids
    assert sorted(few.box[few.ids < 0, 3])[0] >= 250
