"""Lengths of clips before a batch, also of clips that crash a reader."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from walker import Clip

from kasf_demo.batch.probe import lengths


def test_lengths_of_clips(walk: Clip, tmp_path: Path) -> None:
    (tmp_path / "bad.mp4").write_text("no video")
    (tmp_path / "no\nnewline.mp4").write_bytes(walk[0].read_bytes())
    os.mkfifo(tmp_path / "fifo.mp4")
    clips = [walk[0], tmp_path / "bad.mp4", tmp_path / "fifo.mp4", tmp_path / "none.mp4", tmp_path / "no\nnewline.mp4"]
    assert lengths(clips) == [(45, 1.5), (None, None), (None, None), (None, None), (45, 1.5)]
    assert lengths([]) == []


def test_lengths_when_a_clip_crashes_the_reader(walk: Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from kasf_demo.batch import probe

    python = tmp_path / "python"
    python.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c '"
        "import os, kasf_demo.batch.probe as p; real = p._length\n"
        'p._length = lambda path: os.abort() if "boom" in path.name else real(path)\np.main()\'\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(probe.sys, "executable", str(python))
    assert lengths([walk[0], Path("boom.mp4"), walk[0]]) == [(45, 1.5), (None, None), (45, 1.5)]
