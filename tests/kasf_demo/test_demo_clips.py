"""The demo clips: found, listed, run and measured."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from scene import a_truth, save_truth
from walker import walking_coco, write_clip

from kasf_demo import cli, demo_clips
from kasf_demo.errors import InputError, UsageError
from kasf_demo.options import Options

ROOT = Path(__file__).resolve().parents[2]


def call(*args: object, code: int = 0, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    with pytest.raises(SystemExit) as e:
        cli.main([str(a) for a in args])
    out, err = capsys.readouterr()
    assert (e.value.code or 0) == code, err
    return out, err


def make_demo(folder: Path, name: str, frames: int = 8, athletes: int = 1) -> None:
    """A clip in which no detector finds a person, with a ground truth of as many frames."""
    write_clip(folder / f"{name}.mp4", [walking_coco(frames)])
    save_truth(folder / f"{name}.gt.npz", a_truth(frames, athletes))
    with open(folder / "clips.toml", "a", encoding="utf-8") as file:
        file.write(f'[{name}]\ntitle = "what {name} shows"\ncamera = "static"\n')


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two made-up demo clips, and a third that is in the list but not there."""
    folder = tmp_path / "clips"
    folder.mkdir()
    make_demo(folder, "one")
    make_demo(folder, "two", athletes=2)
    with open(folder / "clips.toml", "a", encoding="utf-8") as file:
        file.write('[later]\ntitle = "not there yet"\ncamera = "static"\n')
    monkeypatch.setattr(demo_clips, "demos_dir", lambda: folder)
    monkeypatch.chdir(tmp_path)
    return folder


def test_what_is_in_this_checkout() -> None:
    folder = demo_clips.demos_dir()
    assert folder == ROOT / "demo_videos" and "soccer_kick" in demo_clips.demos()
    assert set(demo_clips.demos()) == {p.stem for p in folder.glob("*.mp4")}  # every clip has its truth and its line
    for demo in demo_clips.demos().values():
        truth = demo.load_truth()
        assert demo.title and demo.camera and demo.clip.stat().st_size <= 2_000_000 and truth.in_view.any()
        assert Options(**demo_clips.options_for(truth)).height_m == pytest.approx(truth.stature_m.mean())


def test_the_list(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = call("demo", capsys=capsys)
    assert "what one shows" in out and "320x240" in out and "static" in out and "later" not in out
    assert list(demo_clips.demos()) == ["one", "two"]
    shutil.rmtree(folder)
    assert "install kasf-demo again" in call("demo", code=4, capsys=capsys)[1]


@pytest.mark.parametrize("index", ["[one]\ntitle = 1", "no toml", '[one]\ntitle = "a"', "one = 3"])
def test_a_damaged_list(index: str, folder: Path) -> None:
    (folder / "clips.toml").write_text(index)
    with pytest.raises(InputError, match="cannot be read"):
        demo_clips.demos()


def test_unknown_names(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = call("demo", "three", code=2, capsys=capsys)
    assert err == "error: no demo clip is called 'three'; one of one, two\n"
    with pytest.raises(UsageError):
        demo_clips.find_demo("later")
    assert "--out DIR" in call("demo", "all", code=2, capsys=capsys)[1]
    assert "median" in call("demo", "one", "--quality", "median", code=2, capsys=capsys)[1]


def test_options_of_the_truth() -> None:
    one, two = a_truth(3), a_truth(3, 2)
    two.stature_m[:] = [1.6, 1.9]
    assert demo_clips.options_for(one) == {"height_m": 1.8, "athlete": "auto"}
    assert demo_clips.options_for(two) == {"height_m": 1.75, "athlete": "all"}


def test_run_one_and_all(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mediapipe")
    flags = ("--detector", "mediapipe", "--offline")
    out, err = call("demo", "one", *flags, capsys=capsys)
    assert "one_pose.mp4" in err and (tmp_path / "one_pose.csv").exists() and "MPJPE" in out and "not found" in out
    assert "--overwrite" in call("demo", "one", *flags, code=6, capsys=capsys)[1]
    assert call("demo", "one", *flags, "--overwrite", "-q", capsys=capsys) == ("", "")
    (folder / "one.gt.npz").write_bytes(b"")
    out, err = call("demo", "all", *flags, "--out", tmp_path / "res", code=3, capsys=capsys)
    assert sorted(p.name for p in (tmp_path / "res").iterdir()) == ["two_pose.csv", "two_pose.json", "two_pose.mp4"]
    assert "one.gt.npz" in err and "athlete 2" in out


def test_a_truth_of_other_frames(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mediapipe")
    save_truth(folder / "one.gt.npz", a_truth(5))
    assert (
        "8 frames, the ground truth 5"
        in call("demo", "one", "--detector", "mediapipe", "--offline", code=4, capsys=capsys)[1]
    )


def test_the_wheel_takes_the_clips_and_nothing_else_of_the_folder() -> None:
    import tomllib

    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"][
        "wheel"
    ]
    assert "demo_videos" in wheel["only-include"] and wheel["sources"] == {"demo_videos": "kasf_demo/_demos"}
    left_out = {ROOT / path for path in wheel["exclude"]}
    kept = [p for p in (ROOT / "demo_videos").iterdir() if p not in left_out and p.name != "__pycache__"]
    assert all(p.name == "clips.toml" or p.name.endswith((".mp4", ".gt.npz")) for p in kept)
    assert np.isin(["demo_videos/make"], wheel["exclude"]).all()
