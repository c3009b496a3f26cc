"""What the benchmarks on the demo clips share: their command line, the detectors that they run, and the runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kasf_demo import Engine, Options, analyse
from kasf_demo.demo_clips import Demo, demos, find_demo, options_for
from kasf_demo.evaluate.ground_truth import Truth
from kasf_demo.options import from_mapping
from kasf_demo.progress import Quiet
from kasf_demo.types.result import Result

SHARED_YOLO = Path(__file__).resolve().parents[3] / "shared" / "weights" / "yolov8n-pose_int8_openvino_model"


def parser(description: str | None) -> argparse.ArgumentParser:
    """With the arguments that all take; the description's first line is shown."""
    made = argparse.ArgumentParser(description=(description or "").split("\n")[0])
    made.add_argument("clips", nargs="*", help="names (default: all with truth)")
    yolo = str(SHARED_YOLO) if SHARED_YOLO.exists() else None
    made.add_argument("--yolo", default=yolo, help="YOLO-pose weights, measured beside mediapipe")
    made.add_argument("--best", action="store_true", help="measure --quality best of mediapipe too")
    made.add_argument("--weights", default=Options().weights, help="lifting network (default: %(default)s)")
    return made


def detectors(args: argparse.Namespace) -> dict[str, Options]:
    """Options by the detector's name."""
    shared: dict[str, Any] = {"weights": args.weights, "offline": True}
    runs = {"mediapipe": Options(detector="mediapipe", **shared)}
    if args.best:
        runs["mediapipe, --quality best"] = Options(detector="mediapipe", quality="best", **shared)
    if args.yolo:
        runs["yolo"] = Options(detector="yolo", detector_weights=args.yolo, **shared)
    return runs


def chosen(args: argparse.Namespace) -> Iterator[Demo]:
    """The demo clips, each named on the screen when its turn comes."""
    for demo in [find_demo(n) for n in args.clips] or demos().values():
        print(f"{demo.name} ...", file=sys.stderr, flush=True)
        yield demo


def results(demo: Demo, truth: Truth, runs: dict[str, Options]) -> Iterator[tuple[str, Result]]:
    """By detector, with the athletes' true height."""
    for detector, options in runs.items():
        with Engine(options, Quiet()) as engine:
            yield detector, analyse(demo.clip, options=from_mapping(options_for(truth), options), engine=engine)
