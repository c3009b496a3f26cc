"""A package that the options need and this machine lacks: refused once, before the first clip."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import call

from kasf_demo.detect import feet

ASKED = [
    (("--export", "opensim"), "opensim", "pip install 'kasf-demo[opensim]'"),
    (("--export", "npz,c3d"), "ezc3d", "pip install 'kasf-demo[formats]'"),
    (("--rerun",), "rerun", "pip install 'kasf-demo[rerun]'"),
    (("--feet", "mediapipe"), "mediapipe", 'pip install "kasf-demo[offline]"'),
]


@pytest.fixture
def lack(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Hides a package from those who ask whether it is installed."""
    find: Any = importlib.util.find_spec

    def hide(package: str) -> None:
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, *more: None if name == package else find(name, *more)
        )
        known = feet.installed
        monkeypatch.setattr(feet, "installed", lambda name: name != package and known(name))

    return hide


def two_clips(folder: Path) -> Path:
    folder.mkdir()
    for name in ("a.mp4", "b.mp4"):
        (folder / name).touch()
    return folder


@pytest.mark.parametrize(("flags", "package", "remedy"), ASKED)
def test_a_batch_is_refused_before_its_first_clip(
    flags: tuple[str, ...],
    package: str,
    remedy: str,
    lack: Callable[[str], None],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    clips, out = two_clips(tmp_path / "in"), tmp_path / "out"
    lack(package)
    for more in ((), ("--dry-run",)):
        err = call("batch", clips, "--out", out, "--no-video", *flags, *more, code=2, capsys=capsys)
        assert err.count(remedy) == 1 and not out.exists()


def test_a_clip_of_a_manifest_may_need_it(
    lack: Callable[[str], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    two_clips(tmp_path / "in")
    rows = tmp_path / "m.csv"
    rows.write_text("clip,export\nin/a.mp4,npz\nin/b.mp4,opensim\n")
    lack("opensim")
    err = call("batch", rows, "--out", tmp_path / "out", "--no-video", code=2, capsys=capsys)
    assert "kasf-demo[opensim]" in err and not (tmp_path / "out").exists()
