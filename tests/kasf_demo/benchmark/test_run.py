"""Whole benchmarks: files written, goes on after a kill, the same numbers whatever the workers."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import call
from source_files import write_frame_list, write_source
from tiny_lifters import tiny

from kasf_demo.benchmark import chunk_store, measure_windows
from kasf_demo.benchmark.chunk_store import STATE, ChunkStore
from kasf_demo.benchmark.lifters import BenchmarkLifter
from kasf_demo.benchmark.run import BenchmarkOptions, run_benchmark
from kasf_demo.errors import ModelError
from kasf_demo.progress import Quiet
from lifting import save_safetensors


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A data set and tiny networks of every architecture."""
    folder = tmp_path_factory.mktemp("benchmark")
    found = {"data": write_source(folder / "x_source.pkl")}
    for name in ("KASportsFormer", "MotionAGFormer", "MotionBERT", "D3DP"):
        found[name] = folder / f"{name}.safetensors"
        save_safetensors(tiny(name), found[name])
    return found


def run(files: dict[str, Path], *names: str, out: Path | None = None, **options: Any) -> Any:
    lifters = [str(files[name]) for name in names or ("MotionAGFormer",)]
    return run_benchmark("sportspose", files["data"], lifters, out, BenchmarkOptions(**options), Quiet())


def test_every_architecture_and_the_files(
    files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("KASportsFormer", "MotionAGFormer", "MotionBERT", "D3DP")
    lifters = [word for name in names for word in ("--lifter", files[name])]
    call("benchmark", "sportspose", files["data"], *lifters, "--out", tmp_path / "out", code=0, capsys=capsys)
    text = (tmp_path / "out" / "benchmark.md").read_text()
    assert "| KASportsFormer [2] | 29.3 | 58.0 | 44.3 |" in text and "no target" in text  # the table and its footnote
    assert (tmp_path / "out" / "benchmark.png").read_bytes()[:4] == b"\x89PNG"
    with (tmp_path / "out" / "benchmark.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for name in names:
        mine = [r for r in rows if r["lifter"].startswith(name) and r["source"] == "measured"]
        actions = [float(r["mpjpe"]) for r in mine if r["group"] == "action"]
        total = next(r for r in mine if r["group"] == "all")
        assert len(actions) == 3 and float(total["mpjpe"]) == pytest.approx(np.mean(actions), rel=1e-5)
        joints = [float(r["mpjpe"]) for r in mine if r["group"] == "joint"]
        assert len(joints) == 17 and float(total["mpjpe"]) == pytest.approx(np.mean(joints), rel=1e-5)
    published = next(r for r in rows if r["source"] == "published_gt" and r["lifter"] == "MixSTE" and not r["name"])
    assert (published["mpjpe"], published["p_mpjpe"]) == ("33.0", "29.6")


def test_our_protocol_stands_apart(files: dict[str, Path], tmp_path: Path) -> None:
    published = run(files, "KASportsFormer", "MotionAGFormer")
    crop = run(files, "KASportsFormer", "MotionAGFormer", out=tmp_path, protocol="crop")
    text = (tmp_path / "benchmark.md").read_text()
    assert "not the published protocol" in text and "MixSTE" not in text
    first, second = ([m.scores.total.errors["mpjpe"] for m in found.lifters] for found in (published, crop))
    assert first[0] != second[0] and first[1] == second[1]  # a network of whole images gets the same input in both


def test_a_file_with_the_settings_of_a_known_network(files: dict[str, Path]) -> None:
    def lifted(lifter: str) -> Any:
        return run_benchmark("sportspose", files["data"], [lifter], None, BenchmarkOptions(), Quiet()).lifters[0]

    plain, named = lifted(str(files["MotionAGFormer"])), lifted(f"motionagformer-b={files['MotionAGFormer']}")
    assert named.subject.architecture == "MotionAGFormer" and plain.subject.architecture is None
    assert named.described.normalisation == "full-frame"
    with pytest.raises(ModelError, match="holds MotionBERT, not MotionAGFormer"):
        lifted(f"motionagformer-b={files['MotionBERT']}")


def test_hypotheses_of_d3dp(files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def total(out: Path | None = None, **sampling: int) -> Any:
        return run(files, "D3DP", out=out, sampling=sampling).lifters[0].scores.total

    one, other_seed = total(hypotheses=1, steps=1), total(hypotheses=1, steps=1, seed=3)
    assert total(hypotheses=1, steps=1) == one != other_seed
    total(hypotheses=1, steps=1, out=tmp_path)
    assert total(hypotheses=1, steps=1, seed=3, out=tmp_path) == other_seed  # not the parts kept for seed 0
    arguments = ("benchmark", "sportspose", files["data"], "--lifter")
    assert "for D3DP" in call(*arguments, files["MotionBERT"], "--hypotheses", 3, code=2, capsys=capsys)
    assert "hypotheses" in call(*arguments, files["D3DP"], "--hypotheses", 0, code=2, capsys=capsys)


def test_the_number_of_workers_changes_nothing(files: dict[str, Path]) -> None:
    one, three = (run(files, "MotionBERT", workers=n).lifters[0].scores for n in (1, 3))
    assert one.total == three.total and (one.joint_mm == three.joint_mm).all()


def test_goes_on_where_it_stopped(files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_store, "CHUNK_FRAMES", 27)
    whole = run(files)
    done: list[slice] = []
    predict = BenchmarkLifter.predict

    def dies(self: BenchmarkLifter, data: Any, frames: Any, protocol: Any) -> Any:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(frames[0, 0])
        return predict(self, data, frames, protocol)

    monkeypatch.setattr(BenchmarkLifter, "predict", dies)
    with pytest.raises(KeyboardInterrupt):
        run(files, out=tmp_path, workers=1)
    parts = sorted((tmp_path / STATE).rglob("*.npz"))
    assert len(parts) == 3 and not (tmp_path / "benchmark.md").exists()
    parts[0].write_bytes(parts[0].read_bytes()[:200])  # a damaged part is measured again
    done.clear()
    measured: list[int] = []
    monkeypatch.setattr(BenchmarkLifter, "predict", lambda s, d, f, p: measured.append(f[0, 0]) or predict(s, d, f, p))
    again = run(files, out=tmp_path, workers=1)
    # 17 windows of 9 frames, 3 windows a part: 6 parts, 2 of them whole
    assert len(measured) == 4 and again.lifters[0].scores.total == whole.lifters[0].scores.total
    measured.clear()
    run(files, out=tmp_path)
    assert not measured


def test_other_weights_or_data_are_measured_anew(files: dict[str, Path], tmp_path: Path) -> None:
    run(files, out=tmp_path)
    before = {p.name for p in (tmp_path / STATE).iterdir() if p.is_dir()}
    run(files, "MotionBERT", out=tmp_path)
    after = {p.name for p in (tmp_path / STATE).iterdir() if p.is_dir()}
    assert len(before) == len(after) == 1 and before != after  # and parts of no use are removed


@pytest.mark.slow
def test_killed_for_real(files: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "from kasf_demo.benchmark import chunk_store; chunk_store.CHUNK_FRAMES = 27\n"
        "import time; from kasf_demo.benchmark.chunk_store import ChunkStore\n"
        "save = ChunkStore.save\n"
        "def slowly(self, *args):\n    save(self, *args); time.sleep(0.5)\n"
        "ChunkStore.save = slowly\n"
        "from kasf_demo import cli; cli.main()"
    )
    command = [sys.executable, "-c", code, "benchmark", "sportspose", str(files["data"]), "--out", str(out)]
    command += ["--lifter", str(files["MotionAGFormer"]), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while len(list(out.rglob("[!.]*.npz"))) < 2 and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    kept = len(list(out.rglob("[!.]*.npz")))
    assert process.returncode == -signal.SIGKILL and 2 <= kept < 6
    assert run(files, out=out).lifters[0].scores.windows == 17 and (out / "benchmark.md").exists()


def test_athletepose3d(files: dict[str, Path], tmp_path: Path) -> None:
    data = write_frame_list(tmp_path / "valid.pkl")
    found = run_benchmark(
        "athletepose3d", data, [str(files["MotionBERT"])], tmp_path / "out", BenchmarkOptions(), Quiet()
    )
    assert found.lifters[0].subject.frames == 20  # the longest that it takes, of 81
    assert set(found.lifters[0].scores.actions) == {"running", "spin"}
    assert "erratum" in (tmp_path / "out" / "benchmark.md").read_text()


class FakeRay:
    """Actors in this process; the first answer of one of them is lost."""

    class exceptions:
        class RayError(Exception):
            pass

        class RayTaskError(RayError):
            cause: Any = None

    def __init__(self) -> None:
        self.ended = False

    def put(self, value: Any) -> Any:
        return value

    def remote(self, kind: type[Any]) -> Any:
        outer = self

        class Remote:
            def options(self, **_: Any) -> Remote:
                return self

            def remote(self, *args: Any) -> Any:
                return outer._actor(kind(*args))

        return Remote()

    def _actor(self, real: Any) -> Any:
        class Method:
            def remote(self, chunk: slice) -> tuple[Any, slice]:
                return real, (chunk.start, chunk.stop)  # type: ignore[return-value]

        return type("Actor", (), {"measure": Method()})()

    def wait(self, references: list[Any], num_returns: int) -> tuple[list[Any], list[Any]]:
        return references[-1:], references[:-1]

    def get(self, reference: Any) -> Any:
        real, ends = reference
        return real.measure(slice(*ends))

    def shutdown(self) -> None:
        self.ended = True


def test_on_a_cluster(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunk_store, "CHUNK_FRAMES", 27)
    here, ray = run(files), FakeRay()
    monkeypatch.setattr(measure_windows, "connect", lambda _: ray)
    there = run(files, ray="auto", workers=3)
    assert there.lifters[0].scores.total == here.lifters[0].scores.total and ray.ended


@pytest.mark.slow
def test_on_a_real_cluster(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="needs the extra `cluster`")
    monkeypatch.setattr(chunk_store, "CHUNK_FRAMES", 27)
    here = run(files)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        monkeypatch.setattr(ray, "init", lambda **_: None)
        there = run(files, ray="auto", workers=2)
    finally:
        ray.shutdown()
    assert there.lifters[0].scores.total == here.lifters[0].scores.total


@pytest.mark.parametrize(
    ("more", "code", "why"),
    [
        (["--workers", "0"], 2, "--workers 0"),
        (["--workers", "many"], 2, "neither a whole number nor auto"),
        (["--frames", "2"], 2, "--frames 2"),
        (["--frames", "27"], 2, "takes 9 frames, not 27"),
        (["--lifter", "no-such-lifter"], 5, "no lifter is called"),
        (["--lifter", "yolo26n-pose"], 5, "is a detector, not a lifter"),
        (["--device", "tpu"], 2, "tpu"),
        (["--ray", "nowhere"], 2, "--ray"),
        (["--protocol", "mine"], 2, "mine"),
    ],
)
def test_refusals(
    files: dict[str, Path], more: list[str], code: int, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lifter = [] if "--lifter" in more else ["--lifter", files["MotionAGFormer"]]
    assert why in call("benchmark", "sportspose", files["data"], *lifter, *more, code=code, capsys=capsys)


def test_more_refusals(files: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.safetensors").write_bytes(b"no network")
    lifter = ["--lifter", files["MotionAGFormer"]]
    assert "holds no" in call("benchmark", "worldpose", tmp_path, *lifter, code=4, capsys=capsys)
    assert "kitti" in call("benchmark", "kitti", tmp_path, code=2, capsys=capsys)
    assert "neither a torch zip file" in call(
        "benchmark", "sportspose", files["data"], "--lifter", tmp_path / "bad.safetensors", code=5, capsys=capsys
    )
    twice = call("benchmark", "sportspose", files["data"], *lifter, *lifter, code=2, capsys=capsys)
    assert "the same weights" in twice
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "benchmark.md").write_text("mine")
    text = call("benchmark", "sportspose", files["data"], *lifter, "--out", tmp_path / "out", code=6, capsys=capsys)
    assert "of something else" in text and (tmp_path / "out" / "benchmark.md").read_text() == "mine"
    out_is_file = call("benchmark", "sportspose", files["data"], *lifter, "--out", files["data"], code=2, capsys=capsys)
    assert "is a file" in out_is_file


def test_a_stored_part_of_another_shape_is_not_taken(files: dict[str, Path], tmp_path: Path) -> None:
    found = run(files, out=tmp_path)
    subject = found.lifters[0].subject
    folder = next(p for p in (tmp_path / STATE).iterdir() if p.is_dir())
    store = ChunkStore(tmp_path, subject, "published", "")
    store.folder = folder
    part = next(folder.glob("*.npz"))
    chunk = slice(*map(int, part.stem.split("-")))
    assert store.load(chunk, 9) is not None and store.load(slice(0, chunk.stop - 1), 9) is None
    assert store.load(chunk, 8) is None
