"""The fault scripts themselves: what they would miss, they must not miss."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

FAULTS = Path(__file__).resolve().parents[1] / "benchmarks" / "faults"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a script by name."""
    monkeypatch.syspath_prepend(str(FAULTS))
    return importlib.import_module


def test_mutations_depend_on_the_seed_alone(script: Any) -> None:
    mutated = script("mutations").mutated
    data, other = bytes(range(256)) * 40, b"other" * 999
    results = {seed: mutated(data, other, seed) for seed in range(200)}
    assert all(mutated(data, other, seed) == result for seed, result in results.items())
    assert sum(result[0] != data for result in results.values()) > 190
    assert len({how for _, how in results.values() if "+" not in how}) == 9  # every way is used
    assert mutated(b"", b"", 3)[0] is not None  # nothing to spoil is no crash


def test_a_torn_table_is_seen(script: Any, tmp_path: Path) -> None:
    kills = script("kill_resume")
    for name in ("a.csv", "b.json", "c.npz", "summary.json"):
        (tmp_path / name).write_text("{}")
    expected = kills.hashes(tmp_path, kills.TABLES)
    assert set(expected) == {"a.csv", "b.json", "c.npz"} and kills.torn(tmp_path, expected) == []
    (tmp_path / "a.csv").write_text("{")
    (tmp_path / "d.mp4").write_bytes(b"no video")
    assert sorted(kills.torn(tmp_path, expected)) == ["a.csv", "d.mp4"]


def test_what_is_wrong_with_a_run_is_seen(script: Any, tmp_path: Path) -> None:
    bad = script("bad_inputs")
    run = bad.Run("a.mp4", 0, report={"video.width": 16}, says="damaged", mib=100)
    (tmp_path / "r.json").write_text(json.dumps({"counts": {"frames": 2}, "video": {"width": 17}, "warnings": []}))
    (tmp_path / "r.csv").write_text("frame,time_s\n0,0\n")
    (tmp_path / ".r.1-00000000.part.mp4").touch()
    said = "; ".join(bad.wrong(run, 0, "Traceback", 200.0, tmp_path))
    for word in ("a traceback", "200 MiB", "left", "does not say", "video.width is 17", "1 frames in the table"):
        assert word in said
    assert any("exit 1" in text for text in bad.wrong(run, 1, "error: a\nerror: b", 0.0, tmp_path))


def test_every_row_of_the_table_is_checked_somewhere(script: Any) -> None:
    bad = script("bad_inputs")
    assert len(bad.ROWS) == 78 and all(bad.ROWS.values())
    root = FAULTS.parents[1]
    for checks in bad.ROWS.values():
        for check in checks:
            if isinstance(check, str) and ".py" in check:
                path, _, name = check.partition("::")
                assert f"def {name}(" in (root / path).read_text() if name else (root / path).exists(), check


def test_a_full_disk_that_leaves_half_a_file_is_seen(script: Any, tmp_path: Path) -> None:
    full = script("disk_full")
    (tmp_path / "a.csv").write_text("half")
    assert full.wrong(6, "error: x: full; free some", tmp_path, {}, {}) == []
    assert "is not whole" in full.wrong(6, "error: x", tmp_path, {"a.csv": "0"}, {})[0]
    assert "earlier" in full.wrong(6, "error: x", tmp_path, {}, {"e.csv": "0"})[0]
    assert "exit 1" in full.wrong(1, "error: x", tmp_path, {}, {})[0]
