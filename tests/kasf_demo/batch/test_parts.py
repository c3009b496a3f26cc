"""Journal, lock, leftovers, sizes, probe, summary, gallery: each by itself."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from walker import Clip

from kasf_demo.batch import journal as journals
from kasf_demo.batch import resources
from kasf_demo.batch.display import Tally, clock, status_line, table
from kasf_demo.batch.gallery import write_gallery
from kasf_demo.batch.jobs import Finished, Job, Message, Moved, Started
from kasf_demo.batch.journal import Journal
from kasf_demo.batch.lock import FolderLock
from kasf_demo.batch.probe import lengths
from kasf_demo.batch.ray_worker import CoreClaim
from kasf_demo.batch.summary import ClipRow, as_csv, as_failures, as_json
from kasf_demo.errors import OutputError
from kasf_demo.files.atomic import part_path
from kasf_demo.files.leftovers import remove_leftovers
from kasf_demo.options import Options, from_mapping


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


HOLD = "import sys,time; from pathlib import Path; from kasf_demo.batch.lock import FolderLock\n"


def test_a_second_run_is_told_who_has_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "batch_files" / "lock"
    path.parent.mkdir()
    code = HOLD + "with FolderLock(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None and holder.stdin is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(OutputError, match=f"in use by pid {holder.pid} ") as e, FolderLock(path):
        pass
    assert e.value.exit_code == 6
    holder.kill()
    holder.wait()
    with FolderLock(path) as lock:
        assert lock.took_over is not None and f"pid {holder.pid} " in lock.took_over
    with FolderLock(path) as lock:
        assert lock.took_over is None  # the last one ended well


def test_leftovers_of_the_dead_only(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    mine = part_path(tmp_path / "a.mp4", "v")
    dead = tmp_path / mine.name.replace(str(os.getpid()), str(gone.pid))
    others = [tmp_path / ".a.part.mp4", tmp_path / "b.mp4", tmp_path / ".c.x1-123.part.csv"]
    for path in (mine, dead, *others):
        path.touch()
    assert remove_leftovers([tmp_path, tmp_path / "none"]) == [dead]
    assert mine.exists() and all(p.exists() for p in others)
    os.utime(mine, (1e9, 1e9))  # older than this process: its number was another's then
    assert remove_leftovers([tmp_path]) == [mine]
    mine.touch()
    assert remove_leftovers([tmp_path], stem="b") == [] and remove_leftovers([tmp_path], stem="a") == [mine]


def test_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "available_cores", lambda: list(range(8)))
    monkeypatch.setattr(resources, "available_memory", lambda: 100_000_000_000)
    auto = resources.sizes(None, None, clips=100)
    assert (auto.workers, auto.threads) == (8, 1) and sorted(sum(auto.cores, ())) == list(range(8))
    assert resources.sizes(None, None, clips=2).workers == 2 and resources.sizes(None, None, clips=2).threads == 4
    few = resources.sizes(3, None, clips=100)
    assert few.threads == 2 and len(set(sum(few.cores, ()))) == 6  # no core in two sets
    assert resources.sizes(None, 4, clips=100).workers == 2
    assert resources.sizes(20, 1, clips=100).cores == ((),) * 20  # asked for: the system shares out
    monkeypatch.setattr(resources, "available_memory", lambda: 5_000_000_000)
    assert resources.sizes(None, None, clips=100).workers == 2
    monkeypatch.setattr(resources, "available_memory", lambda: 100)
    assert resources.sizes(None, None, clips=100).workers == 1


def test_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    for name in ("nvidia0", "nvidia1", "nvidia10", "nvidiactl", "null"):
        (tmp_path / name).touch()
    assert resources.available_gpus(tmp_path) == ("0", "1", "10")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1, GPU-abc")
    assert resources.available_gpus(tmp_path) == ("1", "GPU-abc")
    monkeypatch.setattr(resources, "available_cores", lambda: list(range(64)))
    monkeypatch.setattr(resources, "available_memory", lambda: 10**12)
    assert (
        resources.sizes(None, None, clips=1000, gpu=True).workers == 8
        and resources.sizes(None, None, clips=1000).workers == 64
    )
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert resources.sizes(None, None, clips=1000, gpu=True).workers == 64


def test_cores_are_claimed_once(tmp_path: Path) -> None:
    code = """import os,sys; from pathlib import Path; from kasf_demo.batch.ray_worker import CoreClaim
c = CoreClaim(1, Path(sys.argv[1])); print(c.cores, sorted(os.sched_getaffinity(0)), flush=True); sys.stdin.read()"""
    claims = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(min(2, len(resources.available_cores())))
    ]
    said = [p.stdout.readline() for p in claims if p.stdout]
    for p in claims:
        p.communicate()
    assert len(set(said)) == len(said) and all(
        json.loads(s.split("] [")[0] + "]") == json.loads("[" + s.split("] [")[1]) for s in said
    )
    assert CoreClaim(10_000, tmp_path).cores == resources.available_cores()  # too many asked for: nothing is pinned


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


def a_job(name: str = "a", **changes: object) -> Job:
    return Job(
        name,
        Path(f"/in/{name}.mp4"),
        Path(f"/out/{name}.mp4"),
        from_mapping(changes),
        Path(f"/out/{name}.jpg"),
        frames=100,
    )


def test_jobs_travel_as_json() -> None:
    job = a_job(
        "=x\udcff",
        fps="30000/1001",
        export="csv,npz",
        view="1,2",
        keypoints="/k.json",
        height=1.8,
        athlete="all",
        video=False,
    )
    assert Job.from_json(json.loads(json.dumps(job.to_json()))) == job and job.options != Options()


def test_the_tally_and_its_lines() -> None:
    a, b, c = (a_job(n) for n in "abc")
    tally = Tally(3, 300, 0)
    tally.take(Started(a, "1"))
    tally.take(Started(b, "2"))
    tally.take(Moved(a, "1", "detecting", 50, 100))
    tally.take(Moved(b, "2", "drawing", 50, 100))
    assert tally.frames_so_far == pytest.approx(25 + 75)
    tally.take(Moved(a, "1", "detecting again", 50, 100))
    assert tally.frames_so_far == pytest.approx(50 + 75)
    tally.take(Finished(a, "done", 2.0, result={"frames": 100}))
    tally.take(Message("b: its worker crashed (SIGSEGV); trying once more"))
    assert not tally.running and tally.frames_so_far == 100
    tally.take(Finished(c, "error", 1.0, why="no"))
    tally.started -= 100
    assert "2 of 3 clips, 1 failed, 2.0 frames/s, 0:50 left" in status_line(tally)
    from rich.console import Console

    tally.take(Started(b, "1"))
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(table(tally))
    assert "starting" in console.export_text() and "1 failed" in console.export_text(clear=False) + status_line(tally)
    assert (clock(None), clock(61), clock(3661.4)) == ("-:--", "1:01", "1:01:01")


HOSTILE = [
    "=cmd|calc!A1",
    "<img src=x onerror=alert(1)>",
    'quo"te, comma',
    "new\nline",
    "bad\udcffname",
    "http:x",
    "../../up",
]


def hostile_rows() -> list[ClipRow]:
    record = {
        "frames": 3,
        "seconds": 0.1,
        "width": 16,
        "height": 16,
        "people": 0,
        "warnings": ["<b>w</b>"],
        "files": {},
        "poster": True,
    }
    return [
        ClipRow(n, f"/c/{n}.mp4", "done", record | {"files": {f"{n}.mp4": {}, f"{n}.csv": {}}}) for n in HOSTILE
    ] + [
        ClipRow("f<", "/c/f<.mp4", "failed", {}, "f<: <script>alert(2)</script>\nsecond line"),
        ClipRow("", "/x/.h", "skipped", error="hidden"),
    ]


def test_hostile_names_in_the_summaries() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(hostile_rows()))))
    assert [r["name"] for r in rows[:4]] == [
        "'=cmd|calc!A1",
        "<img src=x onerror=alert(1)>",
        'quo"te, comma',
        "new\\nline",
    ]
    assert not any(v.startswith(("=", "+", "-", "@")) for r in rows for v in r.values())
    data = json.loads(as_json(hostile_rows(), {}))
    assert data["totals"]["done"] == 7 and data["clips"][4]["name"] == "bad\\udcffname"
    assert as_failures(hostile_rows()).count("\n") == 1


def test_hostile_names_in_the_gallery(tmp_path: Path) -> None:
    from html.parser import HTMLParser

    write_gallery(tmp_path, hostile_rows(), title="<script>")
    text = (tmp_path / "index.html").read_text()
    found: list[tuple[str, dict[str, str | None]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Parser().feed(text)
    assert "script" not in {tag for tag, _ in found}
    assert not any(key.startswith("on") for _, attrs in found for key in attrs)
    images = [a["src"] for t, a in found if t == "img"]
    assert images[1] == "./batch_files/posters/%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.jpg" and len(images) == 7
    links = [a["href"] or "" for t, a in found if t == "a"]
    assert "./bad%FFname.csv" in links and all(
        link.startswith("./") or link.startswith(("summary", "failures")) for link in links
    )


def test_the_gallery_has_pages(tmp_path: Path) -> None:
    rows = [ClipRow(f"c{i:04}", f"c{i:04}.mp4", "done", hostile_rows()[0].record) for i in range(1001)]
    assert [p.name for p in write_gallery(tmp_path, rows, title="t")] == ["index.html", "index-2.html", "index-3.html"]
    assert (tmp_path / "index-3.html").read_text().count("<article>") == 1
    write_gallery(tmp_path, rows[:5], title="t", results="s3://b/r")
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"] and "s3://b/r/%3Dcmd" in (
        tmp_path / "index.html"
    ).read_text()
