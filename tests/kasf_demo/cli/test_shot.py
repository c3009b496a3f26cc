"""`kasf-demo shot` from a result of files to its folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from strikes import STRIKE_S, standing_kick, truth_of

from kasf_demo import cli
from kasf_demo.errors import EXIT_INPUT, EXIT_MODEL, EXIT_NOT_SHOWN, EXIT_OUTPUT, EXIT_USAGE
from kasf_demo.strikes.library_file import is_entry


def written(path: Path, bodies: list[np.ndarray], times_s: np.ndarray) -> Path:
    """An array file as a run writes it, in world axes."""
    xyz = np.stack(bodies)
    p, t = xyz.shape[:2]
    uv = np.stack([640 + 100 * xyz[..., 0], 500 - 100 * xyz[..., 2]], axis=-1)
    np.savez(
        path, xyz_m=xyz, uv_px=uv, score=np.full((p, t, 17), 0.9), valid=np.ones((p, t), bool),
        interpolated=np.zeros((p, t), bool), times_s=times_s, person=np.arange(1, p + 1), axes=np.array("world"),
    )  # fmt: skip
    return path


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    kick, times_s = truth_of("soccer_kick")
    still = np.repeat(kick[0][:1], len(times_s), axis=0)
    written(tmp_path / "kick.npz", [still, kick[0]], times_s)
    written(tmp_path / "crossing.npz", *truth_of("crossing"))
    written(tmp_path / "early.npz", [standing_kick()[15:]], np.arange(39) / 30)
    monkeypatch.chdir(tmp_path)

    def run(*args: str, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as e:
            cli.main(["shot", *args])
        said = capsys.readouterr()
        assert (e.value.code or 0) == code, said.err
        return said.out, said.err

    return run


def test_a_kick_with_its_style_and_files(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    out, _ = call("kick.npz", "--out", "a/shot")
    assert "kick, person 2: kick with the right foot at 2.03 s (found)" in out and "nearest: CMU 10_0" in out
    folder = tmp_path / "a" / "shot"
    assert sorted(p.name for p in folder.iterdir()) == [
        "motion.html", "shot.csv", "shot.html", "shot.json", "shot.npz",
    ]  # fmt: skip
    record = json.loads((folder / "shot.json").read_text())
    assert (record["person"], record["shooter"], record["kind"], record["side"]) == (2, "found", "kick", "r")
    assert record["sure"] and not record["why_unsure"] and len(record["published"]) == 25
    assert record["style"]["style"] is not None and record["style"]["nearest"][0]["what"] == "football kick"
    values = {v["key"]: v for v in record["values"]}
    assert values["bend_at_strike"]["frame"] == 61 and values["bend_at_strike"]["unit"] == "°"
    assert values["ground_speed"]["value"] > 9 and values["path"]["percentile"] is not None
    with open(folder / "shot.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [r["group"] for r in rows].count("published") == 25 and len(rows) == 25 + len(values)
    page = (folder / "shot.html").read_text()
    assert page.count("<figure>") >= 3 and "motion.html" in page and "<script" not in page and "Not sure" not in page
    motion = (folder / "motion.html").read_text()
    assert "mean of style" in motion and "this kick" in motion
    assert is_entry(folder / "shot.npz")
    call("kick.npz", "--out", "a/shot", code=EXIT_OUTPUT)
    call("kick.npz", "--out", "a/shot", "--overwrite", "--library", "none")
    assert json.loads((folder / "shot.json").read_text())["style"] is None


def test_a_guess_is_marked(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    out, _ = call("crossing.npz", "--out", "c")
    assert "(guess)" in out and "not sure: the shooter is a guess" in out
    record = json.loads((tmp_path / "c" / "shot.json").read_text())
    assert record["shooter"] == "guess" and not record["sure"]
    assert "the shooter is a guess" in (tmp_path / "c" / "shot.html").read_text()


def test_a_window_that_is_not_shown(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    """The strike is 0.4 s after the clip's start."""
    assert round(STRIKE_S - 0.5, 3) == 0.4
    _, err = call("early.npz", "--out", "e", code=EXIT_NOT_SHOWN)
    assert "s before the strike are missing" in err and "--partial" in err and err.count("\n") == 1
    assert not list((tmp_path / "e").iterdir())
    out, _ = call("early.npz", "--out", "e", "--partial")
    assert "poses of the window are not in the clip" in out
    assert json.loads((tmp_path / "e" / "shot.json").read_text())["poses_seen"] < 20


def test_the_persons_and_the_moment_can_be_given(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    _, err = call("kick.npz", "--out", "p", "--person", "1", code=EXIT_NOT_SHOWN)
    assert "nobody moves" in err
    assert "one of 1, 2" in call("kick.npz", "--out", "p", "--person", "9", code=EXIT_USAGE)[1]
    call("kick.npz", "--out", "p", "--at", "1.1", "--kind", "kick")
    record = json.loads((tmp_path / "p" / "shot.json").read_text())
    assert record["shooter"] == "given" and abs(record["strike_s"] - 1.1) <= 0.4


def test_wrong_libraries_and_weights(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    from kasf_demo.strikes.library_file import SHIPPED

    call("kick.npz", "--out", "w", "--library", "kick.npz", code=EXIT_INPUT)
    throws = str(SHIPPED["throw"])
    assert "holds throws" in call("kick.npz", "--out", "w", "--library", throws, code=EXIT_USAGE)[1]
    (tmp_path / "net.pth").write_bytes(b"no network")
    call("kick.npz", "--out", "w", "--autoencoder", "net.pth", code=EXIT_MODEL)
    call("kick.npz", "--out", "w", "--clip", "w/shot.json", code=EXIT_USAGE)
    assert not list((tmp_path / "w").iterdir())


@pytest.mark.assets
def test_the_published_code(call: Callable[..., tuple[str, str]], tmp_path: Path, shared: Path) -> None:
    call("kick.npz", "--out", "n", "--autoencoder", str(shared / "golden" / "shot_autoencoder_small.pth"))
    code = json.loads((tmp_path / "n" / "shot.json").read_text())["published_code"]
    assert len(code) == 64 and np.ptp(code) > 0
