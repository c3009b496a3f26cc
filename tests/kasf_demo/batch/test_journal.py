"""The journal of a batch: whatever is cut off it, what it holds counts."""

from __future__ import annotations

from pathlib import Path

from kasf_demo.batch import journal as journals
from kasf_demo.batch.journal import Journal


def test_the_journal_survives_being_cut_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "j"
    with Journal(path) as j:
        for name in "abc":
            j.append("start", name=name)
            j.append("done", name=name, files={}, why="ü\udcff")
    whole = path.read_bytes()
    assert [e.done is not None for e in journals.read(path).values()] == [True] * 3
    lines = [i + 1 for i, byte in enumerate(whole) if byte == 10]
    for cut in range(0, len(whole), 7):
        path.write_bytes(whole[:cut] + b"\0" * (cut % 3))
        before = journals.read(path)
        finished = sum(end <= cut + 1 for end in lines[1::2])  # a line without its newline may be whole
        assert sum(e.done is not None for e in before.values()) in (
            finished,
            max(0, sum(end <= cut for end in lines[1::2])),
        )
        with Journal(path) as j:
            j.append("done", name="d")
        after = journals.read(path)
        assert after["d"].done and {k: v.done for k, v in after.items() if k != "d"} == {
            k: v.done for k, v in before.items()
        }


def test_a_clip_begun_again_is_not_done(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as j:
        j.append("done", name="a")
        j.append("start", name="a")
    entry = journals.read(tmp_path / "j")["a"]
    assert entry.done is None and entry.ours
    (tmp_path / "j").write_bytes(
        b'[1]\n{"kind": "done"}\n{"kind": "strange", "name": "x"}\n\xff\n' + b"[" * 100_000 + b"\n"
    )
    assert journals.read(tmp_path / "j") == {}
