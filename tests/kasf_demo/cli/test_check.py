"""`kasf-demo check`: findings as lines and JSON, and the exit code. The look over the clip is tested in passes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from walker import walking_coco, write_clip

from kasf_demo import cli
from kasf_demo.errors import EXIT_INPUT, EXIT_NOT_SHOWN
from kasf_demo.passes import look_over
from kasf_demo.results.findings import Footage
from kasf_demo.types.camera import CameraAngle
from kasf_demo.types.clip import ContentArea

LEVEL = CameraAngle(0.0, "assumed")


def test_findings_as_lines_and_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write_clip(tmp_path / "c.mp4", [walking_coco(5)])
    xy = walking_coco(5)
    own = Footage(ContentArea(0, 0, 640, 480), 30.0, xy, np.full((5, 17), 0.9), np.ones(5, bool), "moves", LEVEL, LEVEL)
    monkeypatch.setattr(look_over, "look_over", lambda *_: own)
    out = run(capsys, str(clip), "--for", "sprint", "--json", str(tmp_path / "f.json"), code=EXIT_NOT_SHOWN)
    assert out.splitlines()[0].startswith("problem the camera is carried along; put it on a tripod")
    record = json.loads((tmp_path / "f.json").read_text())
    assert record["for"] == "sprint" and {"code", "level", "text", "remedy", "value", "unit"} == set(
        record["findings"][0]
    )
    monkeypatch.setattr(look_over, "look_over", lambda *_: replace(own, camera="still"))
    assert "problem" not in run(capsys, str(clip))


def test_no_clip_is_an_input_error(capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "nowhere.mp4", code=EXIT_INPUT)


def run(capsys: pytest.CaptureFixture[str], *args: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as e:
        cli.main(["check", *args, "-q"])
    said = capsys.readouterr()
    assert (e.value.code or 0) == code, said
    return said.out
