"""`kasf-demo shots`: from a data set to a library, and its refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from strikes import standing_kick

from kasf_demo import cli
from kasf_demo.errors import EXIT_INPUT, EXIT_USAGE
from kasf_demo.strikes.library_file import load_library, save_entry

from kasf_demo.strikes.library import LibraryShot  # isort: skip


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    monkeypatch.chdir(tmp_path)

    def run(*args: str, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as e:
            cli.main(["shots", *args])
        said = capsys.readouterr()
        assert (e.value.code or 0) == code, said.err
        return said.out, said.err

    return run


def entries(folder: Path, count: int, kind: str = "kick") -> list[str]:
    rng = np.random.default_rng(3)
    base = rng.normal(0, 0.3, (2, 20, 17, 3))
    paths = []
    for n in range(count):
        posture = base[n % 2] + rng.normal(0, 0.02, (20, 17, 3))
        path = folder / f"{kind}{n}.npz"
        save_entry(path, LibraryShot(f"{kind} {n}", posture, {"path": 1.0 + n}), kind, np.ones(20, bool))
        paths.append(str(path))
    return paths


def test_build_and_list(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    shots = entries(tmp_path, 12)
    out, _ = call("build", "lib.npz", *shots)
    assert "12 kicks in 2 styles" in out and "style 1: 6" in out
    assert load_library(tmp_path / "lib.npz").mean_silhouettes.keys() == set(range(2, 9))
    assert "kick 11" in call("list", "lib.npz")[0]
    call("build", "lib3.npz", *shots, "--k", "3")
    assert load_library(tmp_path / "lib3.npz").k == 3
    assert "football kick" in call("list")[0]


def test_refusals_are_one_line(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    shots, throws = entries(tmp_path, 10), entries(tmp_path, 1, "throw")
    assert "needs 10 shots or more, these are 9" in call("build", "lib.npz", *shots[:9], code=EXIT_USAGE)[1]
    _, err = call("build", "lib.npz", *shots, *throws, code=EXIT_USAGE)
    assert "shows a throw" in err and err.count("\n") == 1
    for bad in ("1", "9", "many"):
        call("build", "lib.npz", *shots, "--k", bad, code=EXIT_USAGE)
    call("build", shots[0], *shots, "--overwrite", code=EXIT_USAGE)
    call("build", "lib.json", *shots, code=EXIT_USAGE)
    call("list", "none.npz", code=EXIT_INPUT)
    guess = tmp_path / "folder" / "shot.npz"
    guess.parent.mkdir()
    save_entry(guess, LibraryShot("g", np.zeros((20, 17, 3)), {}), "kick", np.ones(20, bool), guess=True)
    assert "the shooter is a guess" in call("build", "lib.npz", *shots, str(guess.parent), code=EXIT_INPUT)[1]
    assert not (tmp_path / "lib.npz").exists()
    out, _ = call("build", "lib.npz", *shots, *throws, "--skip")
    assert "left out: " in out and len(load_library(tmp_path / "lib.npz")) == 10


def test_a_result_of_a_run_is_measured_and_a_guess_is_no_shot(
    call: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    shots = entries(tmp_path, 9)
    for name, high in (("kick", 100.0), ("slow", -24.0)):
        xyz = standing_kick(high=high)[None]
        t = xyz.shape[1]
        np.savez(
            tmp_path / f"{name}.npz", xyz_m=xyz, uv_px=np.zeros((1, t, 17, 2)), score=np.ones((1, t, 17)),
            valid=np.ones((1, t), bool), interpolated=np.zeros((1, t), bool), times_s=np.arange(t) / 30,
            person=np.array([1]), axes=np.array("world"),
        )  # fmt: skip
    call("build", "lib.npz", *shots, "kick.npz")
    assert "kick" in load_library(tmp_path / "lib.npz").names
    call("build", "other.npz", *shots, "slow.npz", code=8)


def test_3dsp_becomes_shots_and_a_library(call: Callable[..., tuple[str, str]], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for n in range(1, 11):
        (tmp_path / "train" / f"{n:05d}" / "posture").mkdir(parents=True)
        for i, pose in enumerate(standing_kick(25, high=60.0 + 40 * (n % 2))[10:30], 1):
            pose = (pose + rng.normal(0, 0.005, pose.shape)) / 1.8
            order = (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13)
            points = {str(j): dict(zip("xyz", pose[k].tolist(), strict=True)) for j, k in enumerate(order)}
            path = tmp_path / "train" / f"{n:05d}" / "posture" / f"{i:03d}.json"
            path.write_text(json.dumps({"keypont_3d": points}))
    out, _ = call("import-3dsp", "train", "--out", "shots")
    assert "wrote 10 shots" in out
    call("build", "lib.npz", *[str(p) for p in sorted((tmp_path / "shots").glob("*.npz"))])
    library = load_library(tmp_path / "lib.npz")
    assert library.k == 2 and np.array_equal(library.labels % 2, library.labels[0] ^ (np.arange(10) % 2))
    call("import-3dsp", "shots", "--out", "more", code=EXIT_INPUT)
