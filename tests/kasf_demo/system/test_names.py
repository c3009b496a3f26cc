"""Names of results that Windows cannot have."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from kasf_demo.batch.names import refuse_collisions
from kasf_demo.errors import OutputError, UsageError
from kasf_demo.options import Options
from kasf_demo.results.outputs import plan_outputs
from kasf_demo.system import names

BAD = {
    "CON.mp4": "device",
    "nul": "device",
    "aux .pose.mp4": "device",
    "COM1.csv": "device",
    "lpt³.json": "device",
    "clip:b.mp4": "':'",
    "what?.mp4": r"'\?'",
    "tab\t.mp4": r"\\t",
    "pose.": "a dot",
    "con/pose.mp4": "device",
    "dir /pose.mp4": "a space",
}
GOOD = (
    "C:/clips/pose.mp4",
    "pose.mp4",
    "../x/./pose.mp4",
    "console.mp4",
    "com10.mp4",
    "COM.mp4",
    "ü·日本.mp4",
    ".hidden",
)


@pytest.mark.parametrize("name", BAD)
def test_names_that_windows_refuses(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert names.unusable_part(Path(name)) is None  # names like others here
    monkeypatch.setattr(names, "WINDOWS", True)
    assert names.unusable_part(PureWindowsPath(name)) is not None
    with pytest.raises(OutputError, match=BAD[name]) as caught:
        plan_outputs(tmp_path / "clip.mp4", tmp_path / name, Options())
    assert caught.value.remedy == "choose another name"


@pytest.mark.parametrize("name", GOOD)
def test_names_that_windows_takes(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "WINDOWS", True)
    assert names.unusable_part(PureWindowsPath(name)) is None
    assert names.unusable_part(PurePosixPath(name)) is None
    assert names.unusable_part(PureWindowsPath(r"\\server\share\a.mp4")) is None


def test_a_batch_refuses_the_clip_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clips = [("sub/aux", tmp_path / "aux.mov", Options())]
    refuse_collisions(clips, tmp_path / "out")
    monkeypatch.setattr(names, "WINDOWS", True)
    with pytest.raises(UsageError, match="device on Windows") as caught:
        refuse_collisions(clips, tmp_path / "out")
    assert caught.value.remedy == "rename the clip"
