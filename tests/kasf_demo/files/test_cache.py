"""A cache folder that cannot be used: one line of ours, and the run goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kasf_demo import third_party, weights
from kasf_demo.files import cache


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_instead", {})
    monkeypatch.setenv("MPLCONFIGDIR", "x")  # so that it is put back


def test_a_cache_that_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KASF_CACHE", str(tmp_path / "a" / "b"))
    said: list[str] = []
    assert (
        weights.usable_cache(said.append) == tmp_path / "a" / "b"
        and not said
        and not list((tmp_path / "a" / "b").iterdir())
    )


@pytest.mark.parametrize("kind", ["file", "under a file", "proc", "full"])
def test_a_cache_that_cannot_be_used(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    places = {
        "file": tmp_path / "file",
        "under a file": tmp_path / "file" / "x",
        "proc": Path("/proc/none"),
        "full": tmp_path / "full",
    }
    monkeypatch.setenv("KASF_CACHE", str(places[kind]))
    if kind == "full":

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(cache.tempfile, "NamedTemporaryFile", full)
    said: list[str] = []
    first, second = weights.usable_cache(said.append), weights.usable_cache(said.append)
    assert first == second != places[kind] and os.access(first, os.W_OK)
    assert (
        len(said) == 1 and said[0].startswith("warning: ") and "KASF_CACHE" in said[0] and str(places[kind]) in said[0]
    )
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    third_party.prepare_matplotlib()
    assert os.environ["MPLCONFIGDIR"] == str(first / "matplotlib")


def test_matplotlib_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code = (
        "from kasf_demo import third_party, weights; third_party.prepare_matplotlib(); import matplotlib.font_manager; "
    )
    code += "print(weights.usable_cache())"
    env = os.environ | {"KASF_CACHE": str(tmp_path / "file"), "TMPDIR": str(tmp_path)}
    env.pop("MPLCONFIGDIR", None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stderr.count("\n") == 1 and done.stderr.startswith("warning: nothing can be kept")
    assert not Path(done.stdout.strip()).exists()  # gone with the process
