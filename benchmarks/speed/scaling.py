"""How the cost of a run grows with frames and with people, the detector left out.

    python benchmarks/speed/scaling.py [--frames 500 1000 2000 4000] [--people 1 2 4 8]

Clips of walking figures are made, their keypoints given in a file; each is analysed in a process of its own, with video
and tables, `--athlete all`. Printed: CPU ms of all threads and of ffmpeg for a frame, for each number of frames with
one person and each number of people with the fewest frames, less what a clip of ten frames takes (loading). Linear is a
constant column of frames, and a column of people that rises by the same for each.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SIZE = (640, 240)


def make(folder: Path, frames: int, people: int) -> tuple[Path, Path]:
    """A clip and its keypoints: all people walks to and fro on a strip of their own, one behind the other."""
    import numpy as np

    sys.path.insert(0, str(HERE.parents[1] / "tests" / "support"))
    sys.path.insert(0, str(HERE.parents[1] / "tests" / "kasf_demo"))
    from walker import walking_coco, write_clip, write_keypoints

    way = 60 * np.sin(np.arange(frames) / 40)
    walkers = [walking_coco(frames, x0=(k + 0.5) * SIZE[0] / people, speed=0.0) for k in range(people)]
    for walker in walkers:
        walker[..., 0] += (way / people)[:, None]
    name = f"{frames}x{people}"
    return write_clip(folder / f"{name}.mp4", walkers, size=SIZE), write_keypoints(folder / f"{name}.json", walkers)


def cpu_s(clip: Path, keypoints: Path, out: Path) -> float:
    """CPU seconds of a run, with its encoder's."""

    def used() -> float:
        total = resource.getrusage(resource.RUSAGE_CHILDREN)
        return total.ru_utime + total.ru_stime

    before = used()
    words = [
        str(clip),
        "--keypoints",
        str(keypoints),
        "--out",
        str(out),
        "--athlete",
        "all",
        "--overwrite",
        "--quiet",
        "--offline",
    ]
    subprocess.run([sys.executable, "-c", "from kasf_demo.cli import main; main()", *words], check=True)
    return used() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, nargs="+", default=[500, 1000, 2000, 4000])
    parser.add_argument("--people", type=int, nargs="+", default=[1, 2, 4, 8])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def per_frame_ms(frames: int, people: int) -> float:
            loading, whole = (cpu_s(*make(folder, n, people), folder / "pose.mp4") for n in (10, frames))
            return 1000 * (whole - loading) / (frames - 10)

        print("| frames | people | CPU ms a frame |\n|---|---|---|")
        for frames, people in [*((n, 1) for n in args.frames), *((args.frames[0], n) for n in args.people if n > 1)]:
            print(f"| {frames} | {people} | {per_frame_ms(frames, people):.2f} |", flush=True)


if __name__ == "__main__":
    main()
