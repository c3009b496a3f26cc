"""Whole batches: faults stay with their clip, and a second run does only what is missing. Workers are real where they
matter; what is planned, kept and recorded is tested `here`, in this process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from batches import CLI, FAULTY, batch, summary, tables
from some_slow import slow
from walker import Clip

from clips import copies, make_clips
from kasf_demo.batch import pool, run
from kasf_demo.batch.names import STATE
from kasf_demo.batch.run import BatchOptions, run_batch
from kasf_demo.errors import ModelError, OutputError, UsageError
from kasf_demo.options import Options


def sleepers(folder: Path) -> list[psutil.Process]:
    """What faulty workers of this folder started; others may be of another run of the tests."""
    found = []
    for p in psutil.process_iter(["cmdline", "cwd"]):  # None once it is dead, though nobody has reaped it
        if p.info["cmdline"] == ["sleep", "300"] and Path(p.info["cwd"] or "/").is_relative_to(folder):
            found.append(p)
    return found


def test_faults_are_their_clips_alone(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = run._Batch._limit  # on a busy machine a healthy clip may take as long as the hanging one is given
    monkeypatch.setattr(run._Batch, "_limit", lambda self, job, s: 8.0 if "hang" in job.name else limit(self, job, s))
    monkeypatch.setattr(pool, "_GRACE_S", 1.0)  # the hanging one is deaf to SIGTERM: this long is waited for it
    healthy = {"quick-a", "quick-b", "once-segv-quick", "once-kill-quick", "sub/quick-z"}
    names = [*sorted(healthy), "segv", "kill", "hang", "memory", "bug", "bad-quick"]
    keypoints = make_clips(tmp_path / "in", names)
    before = {p: p.read_bytes() for p in (tmp_path / "in").rglob("*.mp4")}
    rows = batch(tmp_path / "in", tmp_path / "out", keypoints, code=3, command=FAULTY)
    assert {n for n, r in rows.items() if r["status"] == "done"} == healthy
    assert rows["once-segv-quick"]["attempts"] == rows["once-kill-quick"]["attempts"] == 2
    assert (
        "SIGSEGV" in rows["segv"]["error"]
        and "SIGKILL" in rows["kill"]["error"]
        and "out of memory" in rows["memory"]["error"]
    )
    assert "no end after 8 s" in rows["hang"]["error"] and "a bug: RuntimeError" in rows["bug"]["error"]
    assert "not a video" in rows["bad-quick"]["error"]
    assert not [p for p in (tmp_path / "out").rglob("*") if ".part" in p.name]
    wait_for(lambda: not sleepers(tmp_path))  # what workers started is gone, or about to go: a signal takes its time
    assert {p: p.read_bytes() for p in before} == before
    err = capfd.readouterr().err
    assert err.count("error: ") == 6 and "Traceback" not in err
    assert len((tmp_path / "out" / "failures.txt").read_text().splitlines()) == 6


@pytest.mark.usefixtures("here")
def test_only_what_is_missing_changed_or_failed_is_done_again(tmp_path: Path) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["a", "b", "c", "bad"]), tmp_path / "out"
    first = batch(tmp_path / "in", out, keypoints, code=3)
    expected = tables(out)
    times = lambda: {p.name: p.stat().st_mtime_ns for p in out.glob("?.json")}  # noqa: E731
    before = times()
    assert batch(tmp_path / "in", out, keypoints, code=3)["a"] == first["a"] and times() == before  # nothing to do
    (out / "a.csv").unlink()
    os.utime(tmp_path / "in" / "b.mp4")  # a new time, the same hash
    batch(tmp_path / "in", out, keypoints, code=3)
    assert {n for n, t in times().items() if t != before[n]} == {"a.json"} and tables(out) == expected
    (tmp_path / "in" / "b.mp4").write_bytes((tmp_path / "in" / "c.mp4").read_bytes())
    before = times()
    batch(tmp_path / "in", out, keypoints, code=3)
    assert {n for n, t in times().items() if t != before[n]} == {"b.json"} and tables(out)["b.csv"] == expected["c.csv"]
    before = times()
    batch(tmp_path / "in", out, keypoints, code=3, height_m=1.9)
    assert all(t != before[n] for n, t in times().items())
    (tmp_path / "in" / "bad.mp4").write_bytes((tmp_path / "in" / "c.mp4").read_bytes())
    # changed, so not left at its failure
    assert batch(tmp_path / "in", out, keypoints, height_m=1.9)["bad"]["status"] == "done"


@pytest.mark.usefixtures("here")
def test_rehash_sees_what_size_and_time_hide(tmp_path: Path) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["a"]), tmp_path / "out"
    batch(tmp_path / "in", out, keypoints)
    good = (out / "a.csv").read_bytes()
    (out / "a.csv").write_bytes(good[:-2] + b"9\n")
    batch(tmp_path / "in", out, keypoints)
    assert (out / "a.csv").read_bytes() != good
    batch(tmp_path / "in", out, keypoints, rehash=True)
    assert (out / "a.csv").read_bytes() == good


def test_failures_are_tried_again_when_asked(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["once-segv-kill", "a"]), tmp_path / "out"
    (tmp_path / "in" / "bug.mp4").write_bytes((tmp_path / "in" / "a.mp4").read_bytes())
    assert batch(tmp_path / "in", out, keypoints, code=3, command=FAULTY, workers=1)["bug"]["status"] == "failed"
    request.getfixturevalue("here")
    assert batch(tmp_path / "in", out, keypoints, code=3)["bug"]["status"] == "failed"  # not asked for
    assert batch(tmp_path / "in", out, keypoints, retry_failed=True)["bug"]["status"] == "done"
    assert (out / "failures.txt").read_text() == ""


@pytest.mark.usefixtures("here")
def test_other_peoples_files_are_not_replaced(tmp_path: Path) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["a", "b"]), tmp_path / "out"
    out.mkdir()
    (out / "a.csv").write_text("mine")
    rows = batch(tmp_path / "in", out, keypoints)
    assert rows["b"]["status"] == "done" and (out / "a.csv").read_text() == "mine" and "exists" in rows[""]["error"]
    assert batch(tmp_path / "in", out, keypoints, overwrite=True)["a"]["status"] == "done"
    assert (out / "a.csv").read_text() != "mine"


@pytest.mark.usefixtures("here")
def test_a_manifest_with_options_of_its_own(tmp_path: Path) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["a", "b"]), tmp_path / "out"
    manifest = tmp_path / "in" / "list.csv"
    manifest.write_text("clip,height,end,name\na.mp4,1.6,,x/short\na.mp4,1.9,0.2,x/tall\nb.mp4,,,\n")
    batch([str(manifest)], out, keypoints, height_m=1.7, export=("npz",))
    heights = {
        n: json.loads((out / f"{n}.json").read_text())["options"]["height_m"] for n in ("x/short", "x/tall", "b")
    }
    assert heights == {"x/short": 1.6, "x/tall": 1.9, "b": 1.7}
    assert json.loads((out / "x/tall.json").read_text())["counts"]["frames"] == 6 and (out / "b.npz").exists()


@pytest.mark.usefixtures("here")
def test_a_manifest_with_the_capture_rate_of_each_clip(tmp_path: Path) -> None:
    keypoints, out = make_clips(tmp_path / "in", ["a"], frames=12), tmp_path / "out"
    manifest = tmp_path / "in" / "list.csv"
    rows = "clip,name,capture_fps,slowmo\na.mp4,rate,240,\na.mp4,ratio,60000/1001,\na.mp4,factor,,4\na.mp4,both,,\n"
    manifest.write_text(rows)
    batch([str(manifest)], out, keypoints, slowmo=2.0)
    found = {n: json.loads((out / f"{n}.json").read_text()) for n in ("rate", "ratio", "factor", "both")}
    played = float(found["both"]["video"]["fps"])
    want = {"rate": 240 / played, "ratio": 60000 / 1001 / played, "factor": 4.0, "both": 2.0}
    assert {n: r["time"]["slowdown"] for n, r in found.items()} == {n: pytest.approx(v, 1e-3) for n, v in want.items()}
    manifest.write_text("clip,capture_fps,slowmo\na.mp4,240,4\n")
    with pytest.raises(UsageError, match=r"list\.csv: line 2: .*exclude each other"):
        batch([str(manifest)], out, keypoints)


@pytest.mark.usefixtures("here")
def test_parts_of_a_killed_run_whose_worker_lived_on_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    part, work = tmp_path / "out" / STATE / "posters" / f".a.{ended.pid}-0123abcd.part.jpg", run._Batch._work

    def late(self: run._Batch, *given: Any) -> None:
        work(self, *given)
        part.write_bytes(b"half")

    monkeypatch.setattr(run._Batch, "_work", late)
    keypoints = make_clips(tmp_path / "in", ["quick-a"])
    batch(tmp_path / "in", tmp_path / "out", keypoints)
    assert part.parent.is_dir() and not part.exists()


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_any_number_of_workers_gives_what_this_process_gives(
    tmp_path: Path, request: pytest.FixtureRequest, workers: int
) -> None:
    keypoints = make_clips(tmp_path / "in", ["a", "b", "c", "d"], frames=30)
    batch(tmp_path / "in", tmp_path / "workers", keypoints, workers=workers, export=("npz",))
    request.getfixturevalue("here")
    batch(tmp_path / "in", tmp_path / "here", keypoints, export=("npz",))
    assert len(tables(tmp_path / "here")) == 12 and tables(tmp_path / "workers") == tables(tmp_path / "here")


def test_models_that_cannot_be_used_end_the_batch(tmp_path: Path) -> None:
    keypoints = make_clips(tmp_path / "in", ["a", "b", "c"])
    (tmp_path / "w.safetensors").write_text("no weights")
    with pytest.raises(ModelError) as e:
        batch(tmp_path / "in", tmp_path / "out", keypoints, weights=str(tmp_path / "w.safetensors"), workers=1)
    assert e.value.exit_code == 5 and "w.safetensors" in str(e.value)
    assert {r["status"] for r in summary(tmp_path / "out").values()} == {"pending"}


def test_two_runs_at_once(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    keypoints = make_clips(tmp_path / "in", ["a", "hang"])
    code = (
        "import sys; from pathlib import Path; from batches import FAULTY, batch; "
        "batch(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), command=FAULTY)"
    )
    args = [tmp_path / "in", tmp_path / "out", keypoints]
    support = Path(__file__).resolve().parents[2] / "support"
    env = os.environ | {"PYTHONPATH": f"{support}:{os.environ.get('PYTHONPATH', '')}"}
    first = subprocess.Popen([sys.executable, "-c", code, *map(str, args)], env=env)
    try:
        wait_for(lambda: (tmp_path / "out" / "a.json").exists())
        with pytest.raises(OutputError, match=f"in use by pid {first.pid} "):
            batch(tmp_path / "in", tmp_path / "out", keypoints)
        workers = psutil.Process(first.pid).children(recursive=True)
        first.kill()
        first.wait()
        request.getfixturevalue("here")
        assert batch(tmp_path / "in", tmp_path / "out", keypoints)["hang"]["status"] == "done"  # taken over
        assert not alive(workers)
    finally:
        first.kill()


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Running processes; zombies do not count: without an init process, nothing reaps orphans."""
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def wait_for(what: Any, limit_s: float = 180.0) -> None:
    """Until it is true."""
    deadline = time.monotonic() + limit_s
    while not what():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "code", "workers"), [(signal.SIGINT, 130, "2"), slow(signal.SIGTERM, 143, "1")])
def test_interrupted(number: int, code: int, workers: str, walk: Clip, tmp_path: Path) -> None:
    copies(walk[0], tmp_path / "in", [f"{i:02}.mp4" for i in range(40)])
    out = tmp_path / "out"
    command = [*CLI, "batch", str(tmp_path / "in"), "--out", str(out), "--keypoints", str(walk[1]), "--layout", "3d"]
    command += ["--workers", workers, "--end", "0.4"]
    p = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    # a result is on the disk before the batch counts it: two of these may be under way
    wait_for(lambda: len(list(out.glob("*.json"))) >= 4)
    children = psutil.Process(p.pid).children(recursive=True)
    assert children
    p.send_signal(number)
    _, err = p.communicate(timeout=120)
    assert p.returncode == code, err
    assert err.strip().splitlines()[-1].startswith("error: interrupted") and "Traceback" not in err
    assert not alive(children)
    assert not [f for f in out.rglob("*") if ".part" in f.name]
    states = [r["status"] for r in summary(out).values()]
    assert states.count("done") >= 2 and states.count("pending") > 0 and "failed" not in states
    assert all(json.loads((out / f"{n}.json").read_text()) for n, r in summary(out).items() if r["status"] == "done")


def test_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keypoints = make_clips(tmp_path / "in", ["a", "b"], frames=30)
    (tmp_path / "in" / "notes.txt").touch()
    options = Options(keypoints=keypoints)
    assert run_batch([str(tmp_path / "in")], tmp_path / "out", options, BatchOptions(dry_run=True)) == 0
    out = capsys.readouterr().out
    assert "2 clips to do, 0.0 minutes" in out and "1 .txt" in out and not (tmp_path / "out").exists()


@pytest.mark.usefixtures("here")
def test_a_disk_that_is_full_ends_the_batch(tmp_path: Path) -> None:
    keypoints = make_clips(tmp_path / "in", ["a", "b"], frames=30)
    whole = tmp_path / "whole"
    batch(tmp_path / "in", whole, keypoints)
    limit = (whole / "a.csv").stat().st_size // 2
    words = ["bash", "-c", f'ulimit -f {limit // 1024}; exec "$@"', "-", *CLI, "batch", str(tmp_path / "in"), "--out"]
    words += [str(tmp_path / "out"), "--keypoints", str(keypoints), "--no-video", "--workers", "1"]
    p = subprocess.run(words, capture_output=True, text=True, timeout=200)
    assert p.returncode == 6, p.stderr
    assert p.stderr.strip().splitlines()[-1].startswith("error: ") and "Traceback" not in p.stderr
    assert not list((tmp_path / "out").glob("?.*")) and not [
        f for f in (tmp_path / "out").rglob("*") if ".part" in f.name
    ]
    assert batch(tmp_path / "in", tmp_path / "out", keypoints)["a"]["status"] == "done" and tables(
        tmp_path / "out"
    ) == tables(whole)
