"""A run's files are one generation: what fails leaves the earlier one, what mixes is refused, what is no longer written
goes."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command_line import call
from walker import Clip, walking_coco, write_clip, write_keypoints

from kasf_demo import analyse
from kasf_demo.errors import InputError, OutputError
from kasf_demo.evaluate import Estimate
from kasf_demo.passes import write
from kasf_demo.progress import Quiet

QUICK = {"offline": True, "layout": "3d", "end_s": 0.4}


class Said(Quiet):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)


def hashes(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()}


@pytest.mark.parametrize("everything", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_json_lists_the_files_and_is_the_same_twice(walk: Clip, tmp_path: Path, everything: bool) -> None:
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        more: dict[str, Any] = {"plots": True, "report": tmp_path / name / "p.pdf"} if everything else {}
        analyse(
            walk[0], tmp_path / name / "p.mp4", keypoints=walk[1], export="csv,npz,trc,mot,bvh,html", **more, **QUICK
        )
        found.append(hashes(tmp_path / name))
    listed = json.loads((tmp_path / "a" / "p.json").read_text())["files"]
    assert listed == {name: value for name, value in found[0].items() if name != "p.json"} and len(listed) == (
        15 if everything else 8
    )
    assert found[0] == found[1]


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity") or (os.cpu_count() or 1) < 2, reason="needs two cores and Linux"
)
def test_a_video_is_the_same_on_any_number_of_cores(walk: Clip, tmp_path: Path) -> None:
    code = (
        "import os, sys; os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: int(sys.argv[1])])); from"
        " kasf_demo import analyse; analyse(sys.argv[2], sys.argv[4], keypoints=sys.argv[3], offline=True, end_s=0.4)"
    )
    for cores in ("1", "2"):
        subprocess.run(
            [sys.executable, "-c", code, cores, *map(str, walk), str(tmp_path / f"{cores}.mp4")],
            check=True,
            timeout=120,
        )
    one, two = (json.loads((tmp_path / f"{n}.json").read_text())["files"] for n in "12")
    assert list(one.values()) == list(two.values()) and len(one) == 2


FAILURES = ["write_csv", "write_exports", "write_json", "write_result_pages", "earlier_files"]


@pytest.mark.parametrize("where", FAILURES)
def test_a_run_that_fails_leaves_the_earlier_result(
    walk: Clip, tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    more: dict[str, Any] = {"keypoints": walk[1], "export": "npz", **QUICK | {"end_s": 0.1}}
    analyse(walk[0], tmp_path / "p.mp4", height_m=1.6, **more)
    before = hashes(tmp_path)

    def fails(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, where, fails)
    with pytest.raises((OutputError, OSError)):
        analyse(walk[0], tmp_path / "p.mp4", height_m=1.95, overwrite=True, **more)
    assert hashes(tmp_path) == before
    Estimate.from_files(tmp_path / "p.csv")


def test_overwrite_removes_what_is_no_longer_written_and_says_it(walk: Clip, tmp_path: Path) -> None:
    out = tmp_path / "p.mp4"
    analyse(walk[0], out, keypoints=walk[1], export="trc,csv,npz", html=tmp_path / "page.html", **QUICK)
    (tmp_path / "p.bvh").write_text("the user's own")
    (tmp_path / "p.angles.csv").write_text("changed by the user")
    said = Said()
    analyse(walk[0], out, keypoints=walk[1], overwrite=True, progress=said, export="npz", **QUICK)
    assert set(hashes(tmp_path)) == {"p.mp4", "p.csv", "p.npz", "p.json", "p.bvh", "p.angles.csv"}
    lines = [line for line in said.lines if line.startswith("of the earlier result")]
    assert lines == ["of the earlier result: removed p.trc, page.html; kept p.angles.csv, changed since it was written"]
    analyse(walk[0], out, keypoints=walk[1], overwrite=True, video=False, csv=False, **QUICK)
    assert set(hashes(tmp_path)) == {"p.json", "p.bvh", "p.angles.csv"}


def test_numbered_files_of_people_who_are_no_longer_there(tmp_path: Path) -> None:
    people = [walking_coco(20, 60), walking_coco(20, 200, 0.5)]
    clip, keypoints = write_clip(tmp_path / "c.mp4", people), write_keypoints(tmp_path / "k.json", people)
    for athlete, wanted in (("all", {"p.p1.trc", "p.p2.trc"}), ("auto", {"p.trc"})):
        analyse(
            clip, tmp_path / "p.mp4", keypoints=keypoints, athlete=athlete, export="trc", video=False, overwrite=True
        )
        assert set(hashes(tmp_path)) == {"c.mp4", "k.json", "p.csv", "p.json"} | wanted


def test_an_input_is_never_removed(walk: Clip, tmp_path: Path) -> None:
    """The earlier result's own video as the next clip."""
    out = tmp_path / "p.mp4"
    analyse(walk[0], out, keypoints=walk[1], **QUICK)
    before = hashes(tmp_path)["p.mp4"]
    analyse(out, out, keypoints=walk[1], video=False, overwrite=True, **QUICK)
    assert hashes(tmp_path)["p.mp4"] == before


def mixed(walk: Clip, folder: Path) -> tuple[Path, Path]:
    for name, height_m in (("a", 1.6), ("b", 1.95)):
        analyse(
            walk[0],
            folder / f"{name}.mp4",
            keypoints=walk[1],
            height_m=height_m,
            video=False,
            export="npz",
            axes="camera",
            end_s=0.4,
        )
    return folder / "a", folder / "b"


def test_pairs_that_do_not_belong_together_are_refused(
    walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a, b = mixed(walk, tmp_path)
    whole = a.with_suffix(".csv").read_bytes(), a.with_suffix(".npz").read_bytes(), a.with_suffix(".json").read_text()
    a.with_suffix(".csv").write_bytes(b.with_suffix(".csv").read_bytes())
    a.with_suffix(".npz").write_bytes(b.with_suffix(".npz").read_bytes())
    for name in ("a.csv", "a.json", "a.npz"):
        err = call("compare", tmp_path / name, b.with_suffix(".csv"), code=4, capsys=capsys)
        assert "is not of the run that wrote a.json" in err and err.count("\n") == 1
    with pytest.raises(InputError, match="not of the run"):
        Estimate.from_files(a.with_suffix(".csv"))
    report = json.loads(whole[2])
    del report["files"]  # of an earlier version
    a.with_suffix(".json").write_text(json.dumps(report))
    Estimate.from_files(a.with_suffix(".csv"))
    a.with_suffix(".json").write_text(json.dumps(report | {"files": [1]}))
    with pytest.raises(InputError, match="`files`"):
        Estimate.from_files(a.with_suffix(".csv"))
    for suffix, content in zip((".csv", ".npz", ".json"), whole, strict=True):  # renamed together they are still a pair
        tmp_path.joinpath(f"other{suffix}").write_bytes(content if isinstance(content, bytes) else content.encode())
    Estimate.from_files(tmp_path / "other.csv")
    call("compare", tmp_path / "other.npz", tmp_path / "other.csv", code=0, capsys=capsys)


@pytest.mark.parametrize("layout", ["tidy", "wide"])
def test_a_table_that_excel_saved_is_still_of_its_run(walk: Clip, tmp_path: Path, layout: Any) -> None:
    analyse(walk[0], tmp_path / "p.mp4", keypoints=walk[1], video=False, csv_layout=layout, end_s=0.4)
    path = tmp_path / "p.csv"
    with open(path, newline="") as file:
        rows = list(csv.reader(file))

    def cell(text: str) -> str:
        try:
            return f"{float(text):.9g}".replace(".", ",")
        except ValueError:
            return text

    def save() -> None:
        with open(path, "w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file, delimiter=";").writerows([rows[0], *([cell(c) for c in row] for row in rows[1:])])

    save()
    Estimate.from_files(path)
    column = rows[0].index("x_m" if layout == "tidy" else "pelvis_x_m")
    rows[3][column] = str(float(rows[3][column]) + 0.0001)
    save()
    with pytest.raises(InputError, match="not of the run"):
        Estimate.from_files(path)


def test_nobody_in_the_clip_is_a_pair_too(tmp_path: Path) -> None:
    import numpy as np

    people = [walking_coco(10)]
    clip = write_clip(tmp_path / "c.mp4", people)
    keypoints = write_keypoints(tmp_path / "k.json", people, np.zeros(10, bool))
    analyse(clip, tmp_path / "p.mp4", keypoints=keypoints, video=False)
    (tmp_path / "p.csv").write_text((tmp_path / "p.csv").read_text().replace(",", ";"), encoding="utf-8-sig")
    assert Estimate.from_files(tmp_path / "p.csv").ids == ()
