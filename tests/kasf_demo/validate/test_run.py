"""`kasf-demo validate` as a researcher runs it."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from command_line import call
from scene import a_truth, perfect, save_truth, write_result

from kasf_demo import cli
from kasf_demo.cli.validate import run_validate

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three results and their truth, one with a name that tries to be a tag; v.html, v.csv and v.md of them."""
    here = tmp_path_factory.mktemp("validate")
    rng = np.random.default_rng(8)
    (here / "truth").mkdir()
    (here / "results").mkdir()
    for name in ("a", "b", "<img src=x onerror=alert(1)>"):
        truth = a_truth(45)
        result = perfect(truth)
        result.xyz[:] += rng.normal(0, 0.01, result.xyz.shape)
        write_result(here / "results" / f"{name}_pose", result)
        save_truth(here / "truth" / f"{name}.gt.npz", truth)
    outputs = {"--html": here / "v.html", "--csv": here / "v.csv", "--markdown": here / "v.md"}
    assert run_validate([here / "results"], here / "truth", outputs, overwrite=False, quiet=True) == 0
    return here


def test_the_tables(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as e:
        cli.main(["validate", str(folder / "results"), "--truth", str(folder / "truth")])
    shown, err = capsys.readouterr()
    assert not e.value.code and err == "" and max(map(len, shown.splitlines())) <= 100
    for title in ("Angles", "Speeds", "SPM{t}", "AthletePose3D's paper", "Clips"):
        assert title in shown and title in (folder / "v.md").read_text()


def test_the_csv_and_the_page(folder: Path) -> None:
    with (folder / "v.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    knee = [r for r in rows if r["quantity"] == "knee_flexion"]
    assert len(knee) == 1 + 3 * 2 and knee[0]["curve"] == "all" and 0.5 < float(knee[0]["rmse"]) < 8
    assert {r["quantity"] for r in rows} >= {"arms_speed", "wrist_speed", "pelvis_tilt"}
    page = (folder / "v.html").read_text()
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:)", page) and "<script" not in page
    assert "<img src=x" not in page and "Content-Security-Policy" in page


def test_the_page_fits_a_phone_and_a_desk(folder: Path, browser: Browser) -> None:
    for width, height in ((390, 844), (1280, 900)):
        tab = browser.new_page(viewport={"width": width, "height": height})
        asked: list[str] = []
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.goto((folder / "v.html").as_uri())
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
        broken = tab.evaluate("[...document.images].filter(i => !(i.complete && i.naturalWidth)).length")
        assert broken == 0 and tab.evaluate("document.images.length") > 20
        assert not [url for url in asked if not url.startswith(("file:", "data:"))]
        tab.close()


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        (["--html", "x.pdf"], 2, "writes a .html file"),
        (["--csv", "results/a_pose.csv"], 2, "would replace"),
        (["--csv", "there.csv"], 6, "already exists"),
        (["--truth", "nowhere"], 4, "no such file or folder"),
        (["--truth", "results"], 4, "no NAME.gt.npz"),
    ],
)
def test_refusals(
    folder: Path,
    more: list[str],
    code: int,
    why: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(folder)
    (folder / "there.csv").write_text("mine")
    truth = [] if "--truth" in more else ["--truth", "truth"]
    assert why in call("validate", "results", *truth, *more, code=code, capsys=capsys)
    assert (folder / "there.csv").read_text() == "mine"


def test_a_folder_of_a_data_set_is_no_result(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no results" in call("validate", folder / "truth", "--truth", folder / "truth", code=4, capsys=capsys)
    assert "Missing" in call("validate", folder / "results", code=2, capsys=capsys)
