"""Runs every clip into every format, as a user would from the command line, and reads each file back with an
independent reader.

    python benchmarks/end_to_end/all_formats.py OUT [CLIP...] [--yolo WEIGHTS] [--read-only] [--pictures]

Without CLIP: the demo clips and what lies in ../shared/videos. Each is run with mediapipe, those of several people with
YOLO and --athlete all besides. A table clip x format is printed, with "ok" or what is wrong; pages are opened and
played in chromium. --read-only reads the files of an earlier run in OUT. --pictures leaves screenshots of pages, on a
screen and on a phone, and of HTML reports in OUT. Exit code 1 if anything is wrong.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import written_files  # which puts tests/support on the path
from written_files import ROOT, Run

# isort: split
import browser as chromium
import tab as pages

SHARED_YOLO = ROOT.parent / "shared" / "weights" / "yolov8n-pose_int8_openvino_model"

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EXPORT = "csv,feet,npz,trc,c3d,bvh,mot,glb,html,rerun"
SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi"}
SEVERAL = {"two_people_walk", "crossing", "skating_720p"}  # people
TIMEOUT_S = 900


@dataclass(frozen=True)
class Job:
    """One clip with one detector, into a folder of its own."""

    clip: Path
    detector: str
    folder: Path

    @property
    def out(self) -> Path:
        return self.folder / "pose.mp4"

    @property
    def report(self) -> Path:
        """Every other clip's is HTML, so that both kinds are tried."""
        return self.folder / ("report.html" if self.clip.suffix != ".mp4" or self.detector == "yolo" else "report.pdf")


def clips() -> list[Path]:
    folders = [ROOT / "demo_videos", ROOT.parent / "shared" / "videos"]
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES]


def jobs(out: Path, chosen: list[Path], yolo: Path | None) -> Iterator[Job]:
    for clip in chosen:
        yield Job(clip, "mediapipe", out / f"{clip.stem}.mediapipe")
        if yolo is not None and clip.stem in SEVERAL:
            yield Job(clip, "yolo", out / f"{clip.stem}.yolo")


def run(job: Job, yolo: Path | None) -> str:
    """The command line, in a process of its own. Returns what went wrong, or nothing."""
    job.folder.mkdir(parents=True, exist_ok=True)
    who = ["--detector", job.detector]
    if job.detector == "yolo":
        who += ["--detector-weights", str(yolo), "--athlete", "all"]
    files = [
        "--out",
        str(job.out),
        "--export",
        EXPORT,
        "--plots",
        "--report",
        str(job.report),
        "--overwrite",
        "--offline",
    ]
    command = [sys.executable, "-c", "from kasf_demo.cli import main; main()", str(job.clip), *who, *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    (job.folder / "said.txt").write_text(done.stdout + done.stderr)
    return "" if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr.strip().splitlines()[-1:]}"


def page(browser: Browser, found: Run, pictures: bool) -> list[str]:
    """The page opens without a complaint, draws a skeleton where there is one, and plays."""
    said: list[str] = []
    tab = chromium.open_file(browser, found.beside(".html"), said)
    tab.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    wrong = []
    if found.seen:
        xyz = next(iter(found.seen.values()))
        there = [k for k in range(len(xyz)) if xyz[k, 0, 0] == xyz[k, 0, 0]]
        pages.go(tab, there[len(there) // 2])
        seen = pages.shot(tab)
        drawn = int(pages.orange(seen).sum() + pages.blue(seen).sum())
        wrong += [] if drawn > 300 else [f"a skeleton of {drawn} pixels"]
        if pictures:
            tab.screenshot(path=found.out.with_name("page.png"))
    pages.go(tab, 0)
    tab.keyboard.press("Space")
    shown = set()
    for _ in range(12):  # it plays again from the start: one look could meet the first frame
        tab.wait_for_timeout(250)
        shown.add(pages.frame_of(tab))
    wrong += [] if len(shown) > 1 or len(found.times_s) < 2 else ["it does not play"]
    tab.context.close()
    if pictures:
        small = chromium.open_file(browser, found.beside(".html"), said, **chromium.PHONE)
        small.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        pages.go(small, len(found.times_s) // 2)
        small.wait_for_timeout(1500)
        small.screenshot(path=found.out.with_name("phone.png"), full_page=True)
        small.context.close()
    return wrong + said


def report(browser: Browser, job: Job, found: Run, pictures: bool) -> list[str]:
    if job.report.suffix == ".pdf":
        return written_files.pdf(found, job.report)
    said: list[str] = []
    tab = chromium.open_file(browser, job.report, said)
    images = tab.evaluate("[...document.images].map(i => i.naturalWidth)")
    if pictures:
        tab.screenshot(path=job.folder / "report.png", full_page=True)
    tab.context.close()
    return said + ([] if all(images) and len(images) >= 3 * len(found.seen) else [f"images {images}"])


def look(browser: Browser, job: Job, pictures: bool) -> dict[str, str]:
    """What is wrong with each format; nothing is right."""
    try:
        found = Run.read(job.clip, job.out)
    except (OSError, ValueError) as error:
        return {"run": str(error)}
    own: dict[str, Callable[[Run], list[str]]] = {
        "html": lambda r: page(browser, r, pictures),
        "report": lambda r: report(browser, job, r, pictures),
    }
    wrong = {}
    for name, check in (written_files.CHECKS | own).items():
        try:
            wrong[name] = "; ".join(check(found))
        except Exception as error:  # a reader that fails is the fault to report
            wrong[name] = f"{type(error).__name__}: {error}".splitlines()[0]
    return wrong


def table(rows: dict[str, dict[str, str]]) -> str:
    """Markdown, formats as columns."""
    names = [*written_files.CHECKS, "html", "report"]
    lines = ["| " + " | ".join(("clip", *names)) + " |", "|" + "---|" * (1 + len(names))]
    for clip, wrong in rows.items():
        cells = [wrong["run"], *[""] * (len(names) - 1)] if "run" in wrong else [wrong[n] or "ok" for n in names]
        lines.append("| " + " | ".join((clip, *cells)) + " |")
    return "\n".join(lines)


def main() -> int:
    """Runs, looks, prints."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("clips", nargs="*", type=Path, help="default: all of demo_videos and ../shared/videos")
    parser.add_argument(
        "--yolo", type=Path, default=SHARED_YOLO if SHARED_YOLO.exists() else None, help="YOLO-pose weights"
    )
    parser.add_argument("--read-only", action="store_true", help="look at what is in OUT")
    parser.add_argument("--pictures", action="store_true", help="leave screenshots in OUT")
    args = parser.parse_args()
    rows: dict[str, dict[str, str]] = {}
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium.binary(), args=chromium.FLAGS)
        for job in jobs(args.out, args.clips or clips(), args.yolo):
            start = time.monotonic()
            failed = "" if args.read_only else run(job, args.yolo)
            rows[job.folder.name] = {"run": failed} if failed else look(browser, job, args.pictures)
            bad = {k: v for k, v in rows[job.folder.name].items() if v}
            print(f"{job.folder.name}: {bad or 'ok'} ({time.monotonic() - start:.0f} s)", file=sys.stderr, flush=True)
        browser.close()
    print(table(rows))
    return int(any(text for row in rows.values() for text in row.values()))


if __name__ == "__main__":
    sys.exit(main())
