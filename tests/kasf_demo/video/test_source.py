"""The file of a clip."""

from __future__ import annotations

from pathlib import Path

import pytest

from kasf_demo.errors import InputError
from kasf_demo.video.source import fingerprint


def test_fingerprint_sees_a_change(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"one")
    before = fingerprint(path)
    assert before[0] == 3 and before == fingerprint(path)
    path.write_bytes(b"two")
    assert fingerprint(path)[2] != before[2]
    with pytest.raises(InputError):
        fingerprint(tmp_path / "gone")
