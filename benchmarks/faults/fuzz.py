"""Spoilt videos and spoilt checkpoints through the command line.

    python benchmarks/faults/fuzz.py --videos 1000 --checkpoints 300 [--seed 0]

Each file is made from a good one and a seed (mutations.py). `kasf-demo` runs on it in a process forked from one that
has imported everything, so that a case takes a fraction of a second; what runs is the command line's own `main`.
Checked: the exit code is a documented one and not 1; an error is one line; no traceback; an end within 10 s; nothing
left but whole results; the input unchanged; peak memory below --mib. Exit 1 if anything is not so; the seeds that
failed are printed. KEEP=DIR keeps their files.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "support"), str(Path(__file__).parent)]

LIMIT_S = 10.0
MORE_BYTES = 3 << 30  # address space that a case may take beyond what is there already
FRAMES = 14
_CODECS: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("b.mkv", "libx264", {}),
    ("c.mov", "libx264", {}),
    ("d.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
    ("e.avi", "mjpeg", {}),
    ("f.ts", "libx264", {}),
    ("g.mp4", "libx265", {"x265-params": "log-level=none", "preset": "ultrafast"}),
    ("h.gif", "gif", {}),
)


def good_videos(folder: Path) -> list[Path]:
    """Small clips in the containers and codecs that people have."""
    import av
    import numpy as np
    from walker import walking_coco, write_clip

    plain = write_clip(folder / "a.mp4", [walking_coco(FRAMES)])
    made = [plain]
    for name, codec, options in _CODECS:
        path = folder / name
        try:
            with av.open(str(path), "w") as out:
                stream = out.add_stream(codec, rate=30, options=options)
                stream.width, stream.height = 160, 120
                stream.pix_fmt = {"mjpeg": "yuvj420p", "gif": "rgb8"}.get(codec, "yuv420p")
                stream.time_base = Fraction(1, 30)
                for t in range(FRAMES):
                    image = np.full((120, 160, 3), 90 + t, np.uint8)
                    image[30:90, 20 + 3 * t : 40 + 3 * t] = 200
                    out.mux(
                        stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=stream.pix_fmt))
                    )
                out.mux(stream.encode())
            made.append(path)
        except (av.FFmpegError, ValueError):  # an encoder that this build lacks
            path.unlink(missing_ok=True)
    fragmented = folder / "i.mp4"
    with (
        av.open(str(plain)) as source,
        av.open(str(fragmented), "w", options={"movflags": "frag_keyframe+empty_moov"}) as out,
    ):
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    return [*made, fragmented]


def good_checkpoints(folder: Path) -> list[Path]:
    """The shipped network as .safetensors, and a small one in the official .pth format, in torch's zip and in its older
    form."""
    import torch

    from kasportsformer import KASportsFormer
    from kasportsformer.model import KASportsFormerConfig

    torch.manual_seed(0)
    model = KASportsFormer(KASportsFormerConfig(n_layers=1, dim_feat=16, dim_rep=16, num_heads=2))
    state = {
        "model": {f"module.{k}": v for k, v in model.state_dict().items()},
        "epoch": 3,
        "lr": 1e-4,
        "min_loss": 30.0,
    }
    torch.save(state, folder / "a.pth")
    return [*sorted((ROOT / "weights").glob("kasf-open-s*.safetensors")), folder / "a.pth"]


class Case:
    """One run of the command line in a forked process, in a folder of its own."""

    def __init__(self, args: list[str], folder: Path, inputs: list[Path], mib: float) -> None:
        self.args, self.folder, self.inputs, self.mib = args, folder, inputs, mib

    def run(self) -> tuple[int, str, float]:
        """Exit status (negative: a signal), what is wrong (empty: nothing), seconds."""
        before = [hashlib.sha256(p.read_bytes()).hexdigest() for p in self.inputs]
        began, said = time.monotonic(), self.folder.with_suffix(".err")
        pid = os.fork()
        if pid == 0:
            self._child(said)
        status, usage, hung = self._wait(pid, began)
        seconds, text = time.monotonic() - began, said.read_text(errors="replace")
        said.unlink()
        wrong = list(self._wrong(status, text, hung))
        if usage.ru_maxrss / 1024 > self.mib:
            wrong.append(f"{usage.ru_maxrss / 1024:.0f} MiB")
        if [hashlib.sha256(p.read_bytes()).hexdigest() for p in self.inputs] != before:
            wrong.append("an input changed")
        return status, "; ".join(wrong), seconds

    def _child(self, said: Path) -> None:
        os.setsid()
        os.chdir(self.folder)
        errors = os.open(said, os.O_WRONLY | os.O_CREAT)
        os.dup2(errors, 2)
        os.dup2(errors, 1)
        size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (size + MORE_BYTES, size + MORE_BYTES))
        from kasf_demo import cli

        code = 1
        try:
            cli.main(self.args)
        except SystemExit as e:
            code = int(e.code or 0)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _wait(self, pid: int, began: float) -> tuple[int, Any, bool]:
        hung = False
        while True:
            found, status, usage = os.wait4(pid, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status), usage, hung
            if time.monotonic() - began > LIMIT_S and not hung:
                hung = True
                os.killpg(pid, signal.SIGKILL)
            time.sleep(0.005)

    def _wrong(self, status: int, text: str, hung: bool) -> Any:
        if hung:
            yield f"no end within {LIMIT_S:g} s"
        elif status < 0:
            yield f"crashed: {signal.Signals(-status).name}"
        elif status not in (0, 2, 4, 5, 6):
            yield f"exit {status}"
        lines = [line for line in text.splitlines() if line.strip()]
        if "Traceback" in text:
            yield "a traceback"
        if status > 0 and (
            not lines or not lines[-1].startswith("error: ") or sum(line.startswith("error: ") for line in lines) != 1
        ):
            yield f"not one line of error: {text[-300:]!r}"
        yield from self._left(status)

    def _left(self, status: int) -> Any:
        names = sorted(p.name for p in self.folder.iterdir())
        if status == 0:
            if "r.json" not in names or "r.csv" not in names or not set(names) <= {"r.csv", "r.json", "r.mp4"}:
                yield f"results are {names}"
            elif json.loads((self.folder / "r.json").read_text())["counts"]["frames"] < 1:
                yield "no frames and exit 0"
        elif names:
            yield f"left {names}"


def run_all(what: str, bases: list[Path], count: int, seed: int, work: Path, mib: float,
            args: Callable[[Path, int], list[str]]) -> dict[str, Any]:  # fmt: skip
    """`count` spoilt files. Returns the figures."""
    from mutations import mutated

    for base in bases:  # unspoilt they must pass, or the rest says nothing
        folder = work / f"good-{base.name}"
        folder.mkdir()
        status, wrong, _ = Case(args(base, 0), folder, [base], mib).run()
        if status or wrong:
            raise SystemExit(f"the good {base.name} fails: exit {status}; {wrong}")
    codes: Counter[str] = Counter()
    failed, slowest = [], 0.0
    for i in range(count):
        number = seed + i
        base, other = bases[number % len(bases)], bases[(number // len(bases)) % len(bases)]
        data, how = mutated(base.read_bytes(), other.read_bytes(), number)
        path, folder = work / f"{what}{number}{base.suffix}", work / f"{what}{number}"
        path.write_bytes(data)
        folder.mkdir()
        status, wrong, seconds = Case(args(path, number), folder, [path], mib).run()
        codes[str(status)] += 1
        slowest = max(slowest, seconds)
        if wrong:
            failed.append({"seed": number, "of": base.name, "how": how, "wrong": wrong})
            print(f"{what} {number} ({base.name}, {how}): {wrong}", file=sys.stderr, flush=True)
            if keep := os.environ.get("KEEP"):
                shutil.copy(path, keep)
        path.unlink()
        shutil.rmtree(folder)
    return {"files": count, "seed": seed, "exit_codes": dict(codes), "slowest_s": round(slowest, 2), "failed": failed}


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--videos", type=int, default=1000)
    parser.add_argument("--checkpoints", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mib", type=float, default=1024)
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    import cv2  # noqa: F401 - imported once, for all cases
    import torch
    from walker import walking_coco, write_clip, write_keypoints

    import kasf_demo.engine
    import kasf_demo.pipeline  # noqa: F401
    from kasf_demo.video.ffmpeg import find_ffmpeg

    torch.set_num_threads(1)  # a pool of threads would not survive the fork
    find_ffmpeg()
    began, out = time.monotonic(), {}
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        keypoints = write_keypoints(work / "k.json", [walking_coco(FRAMES)])
        common = ["--keypoints", str(keypoints), "--out", "r.mp4", "--offline", "--backend", "torch", "--quiet"]
        (work / "good").mkdir()
        bases = good_videos(work / "good")
        out["videos"] = run_all(
            "v", bases, given.videos, given.seed, work, given.mib,
            lambda path, n: [str(path), *common, *([] if n % 10 == 0 else ["--no-video"])],
        )  # fmt: skip
        clip = write_clip(work / "clip.mp4", [walking_coco(FRAMES)])
        out["checkpoints"] = run_all(
            "w",
            good_checkpoints(work / "good"),
            given.checkpoints,
            given.seed,
            work,
            given.mib,
            lambda path, _: [
                str(clip),
                *common,
                "--no-video",
                "--weights",
                str(path),
                *(["--heads=2"] if path.suffix == ".pth" else []),
            ],
        )
    out["took_s"] = round(time.monotonic() - began, 1)
    print(json.dumps(out))
    sys.exit(1 if any(part["failed"] for part in (out["videos"], out["checkpoints"])) else 0)


if __name__ == "__main__":
    main()
