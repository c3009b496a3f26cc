"""Accuracy of results against the ground truth, per demo clip and detector, and of MediaPipe's own 3D on the same
frames.

    python benchmarks/accuracy/accuracy.py [CLIP...] [--yolo WEIGHTS] [--weights NETWORK] [--best] [--csv FILE]
        [--plot FILE] [--floors FILE]

Every clip of demo_videos/ with ground truth is analysed with the athlete's true height (several athletes: the mean of
theirs, and --athlete all). Two Markdown tables are printed, ready for the README: all quantities of `kasf-demo eval`
(docs/ground-truth-format.md says what they are), and P-MPJPE of the twelve limb joints beside MediaPipe's
`pose_world_landmarks`. --best measures MediaPipe's heavy network too (`kasf-demo weights fetch mediapipe-heavy`), with
a table of its own: `--yolo ""` leaves YOLO out. --floors writes what the tests hold the pipeline to.
"""

from __future__ import annotations

import csv
import datetime
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import common
import mediapipe_baseline
import numpy as np

from kasf_demo import Options, weights
from kasf_demo.demo_clips import Demo
from kasf_demo.evaluate import AthleteErrors, Estimate, evaluate
from kasf_demo.evaluate.columns import QUANTITIES, Quantity, csv_cell

COUNTS = ("frames", "missing", "switches")  # summed in the last rows, everything else is averaged
SHOWN = tuple(q for q in QUANTITIES if q.key not in ("stature_m", "height_m"))

# what the tests allow beyond the measured value: a tenth of it, and an absolute amount for small values and other CPUs
AT_LEAST = {"pck_2d": 0.02}
AT_MOST = {"p_mpjpe_mm": 2.0, "mpjve_mm": 1.0, "missing": 1.0, "switches": 0.0}
RELATIVE = 0.1


@dataclass(frozen=True)
class Row:
    """One athlete of one clip with one detector; `limbs` as from mediapipe_baseline.compare, of the whole clip."""

    clip: str
    detector: str
    errors: AthleteErrors
    limbs: dict[str, float]

    @property
    def name(self) -> str:
        return self.clip if self.errors.athlete == 1 else f"{self.clip} ({self.errors.athlete})"


def measure(demo: Demo, runs: dict[str, Options]) -> list[Row]:
    """A row per detector and athlete."""
    truth = demo.load_truth()
    found = mediapipe_baseline.landmarks(demo.clip)
    rows = []
    for detector, result in common.results(demo, truth, runs):
        estimate = Estimate.from_result(result)
        limbs = mediapipe_baseline.compare(found, estimate, truth)
        rows += [Row(demo.name, detector, e, limbs) for e in evaluate(estimate, truth).athletes]
    return rows


def header(runs: dict[str, Options], network: weights.Resolved) -> str:
    """What was measured, when and where."""
    detectors = []
    mediapipe = f"mediapipe {version('mediapipe')}"
    for name, options in runs.items():
        own = options.detector_weights
        detectors.append(f"{name} ({Path(own).name}, sha256 {weights.sha256_of(Path(own))[:8]})" if own else mediapipe)
    return (
        f"Measured {datetime.date.today()} with `{network.name}` (sha256 {network.sha256[:8]}), {', '.join(detectors)},"
        f" on {_cpu()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}."
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def table(rows: Sequence[Row], detectors: Iterable[str], shown: Sequence[Quantity] = SHOWN) -> str:
    """The Markdown table of the quantities, with a last row per detector."""
    lines = [_line("clip", "detector", *(q.short for q in shown)), "|" + "---|" * (len(shown) + 2)]
    lines += [_line(r.name, r.detector, *(q.text(r.errors) for q in shown)) for r in rows]
    for label, of in _groups(rows):
        for detector in detectors:
            errors = [r.errors for r in of if r.detector == detector]
            lines.append(_line(f"**{label}**", detector, *(_overall(q, errors) for q in shown)))
    return "\n".join(lines)


def _groups(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """What means are taken over: all rows, and where some have several athletes, the clips with one."""
    several = {r.clip for r in rows if r.errors.athlete > 1}
    single = [r for r in rows if r.clip not in several]
    return [("mean", list(rows)), *([("mean, one athlete", single)] if several and single else [])]


def quality_table(rows: Sequence[Row]) -> str:
    """The detectors of mediapipe beside each other: first in 2D, then in 3D."""
    of = [r for r in rows if r.detector.startswith("mediapipe")]
    shown = [q for q in SHOWN if q.key in ("px_median", "pck_2d", "mpjpe_mm", "p_mpjpe_mm")]
    return table(of, dict.fromkeys(r.detector for r in of), shown)


def peer_table(rows: Sequence[Row], detectors: Iterable[str]) -> str:
    """Limbs only, over the frames in which MediaPipe found a person."""
    first = [r for r in rows if r.errors.athlete == 1]
    lines = [_line("clip", "detector", "frames", "kasf-demo", "MediaPipe's own 3D"), "|" + "---|" * 5]
    lines += [
        _line(r.clip, r.detector, *(f"{r.limbs[k]:.0f}" for k in ("frames", "ours_mm", "peer_mm"))) for r in first
    ]
    for label, group in _groups(rows):
        for detector in detectors:
            of = [r.limbs for r in group if r.errors.athlete == 1 and r.detector == detector]
            means = (_mean([limbs[k] for limbs in of]) for k in ("ours_mm", "peer_mm"))
            lines.append(
                _line(
                    f"**{label}**",
                    detector,
                    f"{sum(limbs['frames'] for limbs in of):.0f}",
                    *(f"{m:.0f}" for m in means),
                )
            )
    return "\n".join(lines)


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _overall(quantity: Quantity, rows: Sequence[AthleteErrors]) -> str:
    values = [getattr(e, quantity.key) for e in rows]
    if quantity.key in COUNTS:
        return str(sum(values))
    mean = _mean(values)
    return f"{mean * quantity.factor:.{quantity.digits}f}" if np.isfinite(mean) else "-"


def _mean(values: Sequence[float]) -> float:
    known = [v for v in values if np.isfinite(v)]
    return float(np.mean(known)) if known else float("nan")


def write_csv(path: Path, rows: Sequence[Row], network: weights.Resolved) -> None:
    """One row per clip, detector and athlete; units are in the names."""
    keys, limbs = [q.key for q in QUANTITIES], ("frames", "ours_mm", "peer_mm")
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["date", "weights", "weights_sha256", "clip", "detector", "athlete", *keys, *(f"limbs_{k}" for k in limbs)]
        )
        for r in rows:
            what = [datetime.date.today(), network.name, network.sha256, r.clip, r.detector, r.errors.athlete]
            writer.writerow(
                [*what, *(csv_cell(getattr(r.errors, k)) for k in keys), *(csv_cell(r.limbs[k]) for k in limbs)]
            )


def plot(path: Path, rows: Sequence[Row], detectors: Sequence[str], title: str) -> None:
    """P-MPJPE of the limbs per clip: kasf-demo with each detector, and MediaPipe's own 3D."""
    from matplotlib.figure import Figure

    clips = list(dict.fromkeys(r.clip for r in rows))
    limbs = {(r.clip, r.detector): r.limbs for r in rows}
    bars = {f"kasf-demo, {d}": [limbs[c, d]["ours_mm"] for c in clips] for d in detectors}
    bars["MediaPipe's own 3D"] = [limbs[c, detectors[0]]["peer_mm"] for c in clips]
    figure = Figure(figsize=(max(6, 1.6 * len(clips)), 4.5), dpi=120, layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(bars)
    for i, ((name, values), colour) in enumerate(zip(bars.items(), ("#0072b2", "#56b4e9", "#d55e00"), strict=False)):
        axes.bar(np.arange(len(clips)) + (i + 0.5) * width - 0.4, values, width, label=name, color=colour)
    axes.set_xticks(np.arange(len(clips)), clips, rotation=20)
    axes.set_ylabel("P-MPJPE of 12 limb joints, mm")
    axes.set_title(title, fontsize=7, wrap=True, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside lower center", ncols=len(bars))
    figure.savefig(path)


def write_floors(path: Path, rows: Sequence[Row], title: str) -> None:
    """The measured values with their margins, as tests/test_accuracy_floors.py reads them; the worst of several
    athletes."""
    lines = [
        (
            "# What every result must reach: written by `python benchmarks/accuracy/accuracy.py --floors"
            " tests/accuracy_floors.toml`, not by hand."
        ),
        f"# {title}",
        f"# Allowed beyond the measured values: {RELATIVE:.0%} of each, and {AT_LEAST | AT_MOST}.",
    ]
    for clip, detector in dict.fromkeys((r.clip, r.detector) for r in rows):
        of = [r.errors for r in rows if (r.clip, r.detector) == (clip, detector)]
        lines.append(f"\n[{clip}.{detector}]")
        for key, absolute in AT_LEAST.items():
            worst = min(getattr(e, key) for e in of)
            lines.append(f"{key}_at_least = {max(0.0, worst * (1 - RELATIVE) - absolute):.3f}")
        for key, absolute in AT_MOST.items():
            values = [getattr(e, key) for e in of]
            if np.isfinite(values).all():  # else a person was never found: there is nothing to hold to
                lines.append(f"{key}_at_most = {max(values) * (1 + RELATIVE) + absolute:.1f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(given: Sequence[str] | None = None) -> None:
    """Measures, prints, writes."""
    parser = common.parser(__doc__)
    for name, what in (
        ("csv", "the numbers as a table"),
        ("plot", "P-MPJPE per clip, .png or .svg"),
        ("floors", "what the tests hold to"),
    ):
        parser.add_argument(f"--{name}", type=Path, help=f"write {what}")
    args = parser.parse_args(given)
    network = weights.resolve(args.weights, kind="lifter", offline=True)
    runs = common.detectors(args)
    measured = [row for demo in common.chosen(args) for row in measure(demo, runs)]
    runs = {name: options for name, options in runs.items() if options.quality != "best"}
    rows = [row for row in measured if row.detector in runs]
    title = header(runs, network)
    print(f"{title}\n\n{table(rows, runs)}\n\nP-MPJPE of the limbs, mm:\n\n{peer_table(rows, runs)}")
    if args.best:
        print(f"\n--quality balanced against best:\n\n{quality_table(measured)}")
    if args.csv:
        write_csv(args.csv, rows, network)
    if args.plot:
        plot(args.plot, rows, list(runs), title)
    if args.floors:
        write_floors(args.floors, rows, title)


if __name__ == "__main__":
    main()
