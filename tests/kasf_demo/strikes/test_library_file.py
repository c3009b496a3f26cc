"""Libraries and shots as files; the libraries that come along."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kasf_demo.errors import InputError, OutputError
from kasf_demo.strikes.library import LibraryShot, ShotLibrary, build_library
from kasf_demo.strikes.library_file import (
    SHIPPED,
    is_entry,
    load_entry,
    load_library,
    save_entry,
    save_library,
)


def shots(count: int = 12) -> list[LibraryShot]:
    rng = np.random.default_rng(0)
    base = rng.normal(0, 0.3, (2, 20, 17, 3))
    return [
        LibraryShot(f"clip {n}", base[n % 2] + rng.normal(0, 0.02, (20, 17, 3)), {"path": 1.0 + n, "x": float("nan")},
                    link=f"page{n}.html", what="a kick")
        for n in range(count)
    ]  # fmt: skip


def small() -> ShotLibrary:
    return build_library(shots(), "kick", made_of="12 x a kick")


def test_a_library_comes_back_as_it_was(tmp_path: Path) -> None:
    before = small()
    save_library(tmp_path / "lib.npz", before)
    after = load_library(tmp_path / "lib.npz")
    for name in ("kind", "names", "links", "whats", "sides", "feature_names", "made_of"):
        assert getattr(after, name) == getattr(before, name)
    for name in ("mean", "basis", "centres", "codes", "labels", "style_postures", "features"):
        assert np.allclose(getattr(after, name), getattr(before, name), atol=1e-5, equal_nan=True), name
    assert after.far == pytest.approx(before.far) and after.mean_silhouettes == pytest.approx(before.mean_silhouettes)
    with np.load(tmp_path / "lib.npz", allow_pickle=False) as arrays:
        assert not any(arrays[name].dtype.hasobject for name in arrays.files)
    with pytest.raises(OutputError):
        save_library(tmp_path / "lib.npz", before)


@pytest.mark.parametrize("change", ["format", "kind", "codes", "labels", "mean", "far", "missing"])
def test_a_library_that_does_not_fit_is_refused(tmp_path: Path, change: str) -> None:
    save_library(tmp_path / "lib.npz", small())
    with np.load(tmp_path / "lib.npz") as arrays:
        content = dict(arrays)
    wrong = {"format": np.array("x"), "kind": np.array("dance"), "codes": content["codes"][:5],
             "labels": content["labels"] * 0, "mean": content["mean"] * np.nan, "far": np.ones(2)}  # fmt: skip
    if change == "missing":
        del content["basis"]
    else:
        content[change] = wrong[change]
    np.savez(tmp_path / "bad.npz", **content)
    with pytest.raises(InputError, match="not a library of shots"):
        load_library(tmp_path / "bad.npz")


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_text("nothing")
    for path in (tmp_path / "a.npz", tmp_path / "none.npz"):
        with pytest.raises(InputError):
            load_library(path)


def test_a_shot_comes_back_as_it_was(tmp_path: Path) -> None:
    shot = shots(1)[0]
    known = np.ones(20, bool)
    save_entry(tmp_path / "shot.npz", shot, "throw", known)
    found, kind, unfit = load_entry(tmp_path / "shot.npz")
    assert kind == "throw" and unfit == "" and is_entry(tmp_path / "shot.npz") and not is_entry(tmp_path)
    assert np.allclose(found.posture, shot.posture, atol=1e-6)
    assert found.features["path"] == 1.0 and np.isnan(found.features["x"])
    assert (found.name, found.link, found.what, found.side) == (shot.name, shot.link, shot.what, shot.side)
    known[0] = False
    save_entry(tmp_path / "part.npz", shot, "kick", known)
    assert "--partial" in load_entry(tmp_path / "part.npz")[2]
    save_entry(tmp_path / "guess.npz", shot, "kick", ~known, guess=True)
    assert "guess" in load_entry(tmp_path / "guess.npz")[2]
    np.savez(
        tmp_path / "bad.npz", format="kasf-demo shot 1", kind="kick", posture=np.zeros((3, 3)), known=known, text="{}"
    )
    with pytest.raises(InputError, match="not a shot"):
        load_entry(tmp_path / "bad.npz")


def test_the_libraries_that_come_along() -> None:
    for kind, path in SHIPPED.items():
        library = load_library(path)
        assert library.kind == kind and len(library) >= 30 and path.stat().st_size < 120_000
        assert library.made_of and all(library.whats) and set(library.sides) <= {"r", "l"}
        assert not any("11_01" in name or "06_15" in name for name in library.names)  # demo clips
    kicks = load_library(SHIPPED["kick"])
    football = {int(s) for s, w in zip(kicks.labels, kicks.whats, strict=True) if w == "football kick"}
    others = {int(s) for s, w in zip(kicks.labels, kicks.whats, strict=True) if w != "football kick"}
    assert len(football) == 1 and not football & others
