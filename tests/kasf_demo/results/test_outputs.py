"""Names that file systems do not take are refused before anything is loaded; those that just fit work with every
export."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from command_line import call
from walker import Clip

from kasf_demo import analyse
from kasf_demo.errors import OutputError, UsageError
from kasf_demo.options import Options
from kasf_demo.results.outputs import check_name, plan_outputs


def refused(clip: Path, out: Path, **options: Any) -> bool:
    """Whether `plan_outputs` refuses the name; the system's own words on the longest file agree."""
    try:
        outputs = plan_outputs(clip, out, Options(**options))
    except OutputError as e:
        assert "bytes" in e.what and "shorter" in e.remedy
        return True
    for path in outputs.all():
        path.write_bytes(b"x")
        path.unlink()
    return False


@pytest.mark.parametrize("letter", ["a", "é", "走", "🏃"])
def test_names_of_240_to_255_bytes(letter: str, walk: Clip, tmp_path: Path) -> None:
    size = len(letter.encode())
    for length in range(232, 260):
        stem = (letter * (length // size) + "a" * (length % size))[:length]
        for suffix_bytes, options in ((5, {}), (11, {"export": ("csv",)}), (12, {"plots": True})):
            assert refused(walk[0], tmp_path / f"{stem}.mp4", **options) == (length + suffix_bytes > 255)


def test_names_of_every_person_fit(walk: Clip, tmp_path: Path) -> None:
    assert not refused(walk[0], tmp_path / f"{'a' * 240}.mp4", athlete="all", export=("trc",))
    assert refused(walk[0], tmp_path / f"{'a' * 247}.mp4", athlete="all", export=("trc",))


def test_all_files_of_the_longest_name(walk: Clip, tmp_path: Path) -> None:
    out = tmp_path / f"{'走' * 81}.mp4"  # 243 bytes; .angles.csv makes 254
    options = Options(keypoints=walk[1], export=("csv", "npz", "trc", "bvh", "mot", "html"), video=False, end_s=0.2)
    result = analyse(walk[0], out, options=options)
    assert len(result.files) == 8 and all(p.is_file() for p in result.files)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(p.name for p in result.files)


def test_names_that_are_too_long_everywhere(walk: Clip, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    long = "x" * 300
    for words, code in (
        ((walk[0], "--out", tmp_path / f"{long}.mp4"), 6),
        ((walk[0], "--out", tmp_path / long / "a.mp4"), 6),
        ((walk[0], "--out", tmp_path / "a.mp4", "--html", tmp_path / f"{long}.html"), 6),
        ((walk[0], "--out", tmp_path / "a.mp4", "--report", tmp_path / f"{long}.pdf"), 6),
        ((walk[0], "--out", tmp_path / "a.mp4", "--keypoints", tmp_path / long), 4),
        ((walk[0], "--out", tmp_path / "a.mp4", "--weights", tmp_path / f"{long}.pth"), 5),
        ((tmp_path / f"{long}.mp4",), 4),
        ((tmp_path / ("d/" * 3000),), 4),
        (("batch", tmp_path / long, "--out", tmp_path / "o"), 4),
        (("batch", walk[0], "--out", tmp_path / long), 6),
        (("eval", tmp_path / f"{long}.csv", "--truth", "x.npz"), 4),
        (("demo", "soccer_kick", "--out", tmp_path / f"{long}.mp4"), 6),
        (("compare", tmp_path / f"{long}.csv", tmp_path / f"{long}.npz"), 4),
    ):
        assert "bug" not in call(*words, code=code, capsys=capsys)
    with pytest.raises(OutputError):
        check_name(Path("/" + "d/" * 2500))


def test_analyse_never_leaves_files_out(walk: Clip, tmp_path: Path) -> None:
    for more in (
        {"html": "x.html"},
        {"report": "x.pdf"},
        {"plots": True},
        {"export": ["trc"]},
        {"export": "json"},
        {"rerun": "x.rrd"},
    ):
        with pytest.raises(UsageError, match="no place for the results") as e:
            analyse(walk[0], keypoints=walk[1], **more)
        assert "out=" in e.value.remedy
    for bad in ("", "a\0b", 5, None, b"x.mp4"):
        with pytest.raises(UsageError):
            analyse(bad, keypoints=walk[1])  # type: ignore[arg-type]
    for bad in ("", "a\0b.mp4", 5):
        with pytest.raises(UsageError):
            analyse(walk[0], bad, keypoints=walk[1])  # type: ignore[arg-type]
    files = analyse(
        walk[0], tmp_path / "o.mp4", keypoints=walk[1], html=tmp_path / "x.html", video=False, csv=False, end_s=0.2
    ).files
    assert {p.name for p in files} == {"x.html", "o.json"}
