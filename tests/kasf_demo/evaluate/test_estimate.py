"""Reading results and truths back: every layout and both axes mean the same; what is damaged is refused in one line."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scene import a_truth, perfect, save_truth, without, write_result

from kasf_demo.errors import InputError, KasfError, UsageError
from kasf_demo.evaluate import Estimate, evaluate, load_truth
from kasf_demo.evaluate.columns import QUANTITIES
from kasf_demo.evaluate.ground_truth import LIMBS_COCO, LIMBS_H36M
from kasf_demo.reconstruct.floor import on_floor
from kasf_demo.reconstruct.world import to_world
from kasf_demo.results.read_table import read_table
from kasf_demo.results.world_axes import to_camera
from kasf_demo.types.camera import Floor, Orientation
from kasportsformer.skeleton import COCO_NAMES, H36M_NAMES


@pytest.mark.parametrize("tilt", [0.0, 17.0, -30.0])
def test_to_camera_undoes_to_world(tilt: float) -> None:
    xyz = np.random.default_rng(1).normal(size=(5, 17, 3))
    standing = on_floor(to_world(xyz, Orientation.of(tilt, 11.0)), Floor("constant", np.array([-1.5])))
    np.testing.assert_allclose(
        to_camera(standing, orientation=Orientation.of(tilt, 11.0), camera_height_m=1.5), xyz, atol=1e-12
    )


def test_the_limbs_are_the_same_points_in_both_skeletons() -> None:
    pairs = [(H36M_NAMES[h], COCO_NAMES[c]) for h, c in zip(LIMBS_H36M, LIMBS_COCO, strict=True)]
    assert len(pairs) == 12 and ("r_hip", "right_hip") in pairs and ("l_wrist", "left_wrist") in pairs
    assert all({"r": "right", "l": "left"}[h[0]] + h[1:] == c for h, c in pairs)


@pytest.mark.parametrize("suffix", [".csv", ".json", ".mp4"])
@pytest.mark.parametrize(("axes", "tilt"), [("world", 0.0), ("world", 12.0), ("camera", 12.0)])
@pytest.mark.parametrize("layout", ["tidy", "wide"])
def test_layouts_and_axes_give_the_same_numbers(
    layout: Any, axes: Any, tilt: float, suffix: str, tmp_path: Path
) -> None:
    truth = a_truth(12, athletes=2)
    estimate = perfect(truth)
    estimate = replace(estimate, xyz=estimate.xyz * [1.05, 0.98, 1.1], uv=estimate.uv + np.array([2, 1]))
    estimate = without(estimate, 1, slice(3, 5))
    write_result(tmp_path / "p", estimate, axes=axes, layout=layout, tilt_deg=tilt)
    wanted, got = (
        evaluate(estimate, truth),
        evaluate(Estimate.from_files(tmp_path / f"p{suffix}"), load_truth(_saved(tmp_path, truth))),
    )
    for a, b in zip(wanted.athletes, got.athletes, strict=True):
        for q in QUANTITIES:  # as far as the table's digits go: 0.1 mm, so 3 mm/s from frame to frame
            loose = 3 if q.unit == "mm/s" else 0.2
            assert getattr(b, q.key) == pytest.approx(
                getattr(a, q.key), abs=loose if q.unit.startswith("mm") else 0.01, nan_ok=True
            ), q.key
        assert b.missing == a.missing == (2 if b.athlete == 2 else 0)


def _saved(folder: Path, truth: Any) -> Path:
    return save_truth(folder / "t.gt.npz", truth)


def test_a_clip_without_people(tmp_path: Path) -> None:
    truth = a_truth(6)
    nobody = perfect(truth)
    nobody = replace(nobody, ids=(), valid=nobody.valid[:0], xyz=nobody.xyz[:0], uv=nobody.uv[:0])
    estimate = Estimate.from_files(write_result(tmp_path / "p", nobody))
    assert estimate.ids == () and evaluate(estimate, truth).athletes[0].missing == 6


def test_truth_of_one_athlete_and_of_several(tmp_path: Path) -> None:
    for athletes in (1, 2):
        truth = a_truth(5, athletes)
        got = load_truth(_saved(tmp_path, truth))
        assert got.athletes == athletes and got.joints_world_m.shape == (athletes, 5, 17, 3)
        np.testing.assert_allclose(got.coco_px, truth.coco_px)
        np.testing.assert_allclose(got.from_camera(got.joints_camera_m[0]), got.joints_world_m[0], atol=1e-12)
    assert (
        load_truth(save_truth(tmp_path / "u.npz", a_truth(5), stature_m=np.array(1.7), coco_world_m=None)).coco_world_m
        is None
    )


FEET = {"feet_world_m": np.ones((5, 4, 3)), "feet_px": np.ones((5, 4, 2)), "feet_visibility": np.full((5, 4), 2)}


@pytest.mark.parametrize("athletes", [1, 2])
def test_truth_with_feet(athletes: int, tmp_path: Path) -> None:
    feet = {n: a if athletes == 1 else np.stack([a] * 2) for n, a in FEET.items()}
    got = load_truth(save_truth(tmp_path / "f.npz", a_truth(5, athletes), **feet))
    assert got.feet_world_m is not None and got.feet_world_m.shape == (athletes, 5, 4, 3)
    assert got.feet_visibility is not None and got.feet_visibility.dtype == np.uint8
    assert load_truth(_saved(tmp_path, a_truth(5))).feet_world_m is None


BAD_TRUTH = [
    ({"feet_world_m": np.ones((5, 4, 3))}, "feet_px, feet_visibility missing beside feet_world_m"),
    (FEET | {"feet_px": np.ones((5, 3, 2))}, "feet_px: expected shape"),
    (FEET | {"feet_visibility": np.full((5, 4), 3)}, "visibility"),
    ({"K": None}, "K missing"),
    ({"R": None, "t": None}, "R, t missing"),
    ({"times_s": np.arange(4) / 30}, "times_s: expected shape"),
    ({"joints_world_m": np.zeros((5, 16, 3))}, "expected shape"),
    ({"joints_world_m": np.zeros(3)}, r"\(T, 17, 3\)"),
    ({"coco_px": np.full((5, 17, 2), np.nan)}, "not finite"),
    ({"visibility": np.full((5, 17), 3)}, "visibility"),
    ({"visibility": np.full((5, 17), -1)}, "visibility"),
    ({"visibility": np.zeros((5, 17), int)}, "no athlete is in the image"),
    ({"times_s": np.zeros(5)}, "rise"),
    ({"stature_m": np.array([180.0])}, "stature_m"),
    ({"stature_m": np.array([1.8, 1.7])}, "stature_m"),
    ({"R": np.ones((5, 3, 3))}, "rotation"),
    ({"R": np.tile(np.diag([1, 1, -1.0]), (5, 1, 1))}, "rotation"),
    ({"R": np.tile(np.eye(3), (5, 1, 1))}, "x_camera = R x_world"),
    ({"names": np.array(["a"]), "K": np.array(["a"])}, "not numbers"),
    ({"K": np.array([{}], dtype=object)}, "cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "says"), BAD_TRUTH)
def test_bad_truths_are_refused(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = save_truth(tmp_path / "t.npz", a_truth(5), **changes)
    with pytest.raises(InputError, match=says) as e:
        load_truth(path)
    assert e.value.path == path and "\n" not in str(e.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"text", b"\x93NUMPY\x01\x00"])
def test_what_is_no_npz(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t.npz").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read"):
        load_truth(tmp_path / "t.npz")
    np.save(tmp_path / "t.npy", np.zeros(3))
    with pytest.raises(InputError, match="single array"):
        load_truth(tmp_path / "t.npy")
    with pytest.raises(InputError, match="no such file"):
        load_truth(tmp_path / "u.npz")
    whole = save_truth(tmp_path / "w.npz", a_truth(5)).read_bytes()
    (tmp_path / "w.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cannot be read"):
        load_truth(tmp_path / "w.npz")
    with pytest.raises(InputError, match="is a folder"):
        load_truth(tmp_path)


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())


BAD_TABLE = [
    ("x_m", "x_mm", "columns missing: x_m"),
    ("pelvis", "pelvic", "line 2: 'pelvic' is not a joint"),
    ("0.900", "nan", ""),  # the score is not read
    ("\r\n0,", "\r\nzero,", "line 2"),
    ("\r\n1,", "\r\n7,", "not 0, 1, 2|two times"),
    ("0.033333", "nan", "line .* not a number that a result can hold"),
    ("0.033333", "0.04", "two times"),
    (",1,pelvis", ",athlete,pelvis", "line 2"),
]


@pytest.mark.parametrize(("old", "new", "says"), BAD_TABLE)
def test_damaged_tables(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = write_result(tmp_path / "p", perfect(a_truth(3)))
    edited(path, old, new)
    if not says:
        Estimate.from_files(path)
        return
    with pytest.raises(InputError, match=says) as e:
        Estimate.from_files(path)
    assert e.value.path == path


def test_a_pose_with_holes_is_refused(tmp_path: Path) -> None:
    path = write_result(tmp_path / "p", perfect(a_truth(3)))
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join(lines[:5] + lines[6:]))
    with pytest.raises(InputError, match="some of its joints"):
        Estimate.from_files(path)


@pytest.mark.parametrize(
    ("report", "says"),
    [
        ({"schema": 2}, "schema 1"),
        ({"people": [{"id": 5}]}, "belong"),
        ({"counts": {"frames": 9}}, "belong"),
        ({"axes": {"kind": "sideways"}}, "sideways"),
        ({"unit": "mm"}, "mm"),
        ({"scale": {"kind": "given"}}, "height_m"),
        ({"scale": {"kind": "[bold]", "height_m": 1}}, "scale"),
        ({"camera": None}, "not a report"),
        ({"detector": []}, "not a report"),
    ],
)
def test_damaged_reports(report: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = write_result(tmp_path / "p", perfect(a_truth(3)), **report)
    with pytest.raises(InputError, match=says) as e:
        Estimate.from_files(path)
    assert e.value.path == tmp_path / "p.json"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    path = write_result(tmp_path / "p", perfect(a_truth(3)))
    cases: list[tuple[str, type[KasfError], str]] = [
        ("p.txt", UsageError, "pose.csv"),
        ("q.csv", InputError, "no such file"),
    ]
    for name, kind, says in cases:
        with pytest.raises(kind, match=says):
            Estimate.from_files(tmp_path / name)
    text = (tmp_path / "p.json").read_text()
    (tmp_path / "p.json").write_text("[" * 100_000)
    with pytest.raises(InputError, match="JSON"):
        Estimate.from_files(path)
    (tmp_path / "p.json").unlink()
    with pytest.raises(InputError, match="same folder as the table"):
        Estimate.from_files(path)
    (tmp_path / "p.json").write_text(text)
    path.unlink()
    with pytest.raises(InputError, match="--no-csv"):
        Estimate.from_files(tmp_path / "p.json")
    assert json.loads(text)["schema"] == 1


def saved_by_excel(path: Path, encoding: str, delimiter: str, comma: bool, first: str = "") -> None:
    """The table as a spreadsheet program saves it: numbers in their shortest form, empty columns and rows at the
    end."""
    with open(path, newline="", encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))

    def cell(text: str) -> str:
        try:
            short = f"{float(text):.9g}"
        except ValueError:
            return text
        return short.replace(".", ",") if comma else short

    with open(path, "w", newline="", encoding=encoding) as file:
        file.write(first)
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\r\n")
        writer.writerows([[*header, ""], *([*map(cell, row), ""] for row in rows), [""] * (len(header) + 1)])


EXCEL = [
    ("utf-8-sig", ",", False, ""), ("utf-8-sig", ";", True, ""), ("utf-8", ";", True, ""), ("utf-16", "\t", True, ""),
    ("utf-16", "\t", False, ""), ("utf-8", ";", True, "sep=;\r\n"), ("utf-8-sig", ";", False, '"sep=;"\r\n'),
]  # fmt: skip


@pytest.mark.parametrize(("encoding", "delimiter", "comma", "first"), EXCEL)
@pytest.mark.parametrize("layout", ["tidy", "wide"])
def test_tables_that_excel_saved(
    encoding: str, delimiter: str, comma: bool, first: str, layout: Any, tmp_path: Path
) -> None:
    path = write_result(tmp_path / "p", without(perfect(a_truth(4, 2)), 1, slice(1, 3)), layout=layout)
    before = read_table(path)
    saved_by_excel(path, encoding, delimiter, comma, first)
    after = read_table(path)
    assert after.ids == before.ids
    np.testing.assert_array_equal(after.values, before.values)
    np.testing.assert_array_equal(after.times_s, before.times_s)


def test_lines_are_counted_as_an_editor_does(tmp_path: Path) -> None:
    path = write_result(tmp_path / "p", perfect(a_truth(3)))
    saved_by_excel(path, "utf-16", ";", True, "sep=;\r\n")
    path.write_text(path.read_text(encoding="utf-16").replace("pelvis", "pelvic", 1), encoding="utf-16", newline="")
    with pytest.raises(InputError, match="line 3: 'pelvic' is not a joint"):
        read_table(path)
    path.write_bytes(b"\xff\xfeb")  # UTF-16 cut in the middle of a character
    with pytest.raises(InputError):
        read_table(path)
