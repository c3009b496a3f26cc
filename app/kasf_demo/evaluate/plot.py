"""A plot of the errors: over time and per joint. The only file of this package that imports matplotlib."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from kasf_demo.evaluate.measure import Evaluation
from kasportsformer.skeleton import H36M_NAMES

# Okabe and Ito: apart with every colour blindness
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def draw(evaluation: Evaluation, path: Path, *, kind: str, title: str) -> None:
    """Writes a plot of `kind` "png" or "svg" to `path`; equal evaluations give equal bytes. Raises OSError."""
    figure = Figure(figsize=(9, 7), dpi=120, layout="constrained")
    figure.suptitle(title, parse_math=False)  # a file may be called $x$.csv
    over_time, by_joint = figure.subplots(2, 1)
    bar = 0.8 / len(evaluation.athletes)
    for i, e in enumerate(evaluation.athletes):
        colour, who = COLOURS[i % len(COLOURS)], f"athlete {e.athlete}"
        # gaps stay gaps: no value, no line
        over_time.plot(evaluation.times_s, e.mpjpe, color=colour, label=f"{who}, MPJPE")
        over_time.plot(evaluation.times_s, e.p_mpjpe, color=colour, linestyle="--", label=f"{who}, P-MPJPE")
        by_joint.bar(np.arange(len(H36M_NAMES)) + (i + 0.5) * bar - 0.4, e.joint_mm, bar, color=colour, label=who)
    over_time.set(xlabel="time, s", ylabel="error, mm")
    over_time.set_ylim(bottom=0)
    over_time.legend(frameon=False)
    by_joint.set(ylabel="mean error, mm")
    by_joint.set_xticks(np.arange(len(H36M_NAMES)), H36M_NAMES, rotation=45, ha="right")
    for axes in (over_time, by_joint):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", alpha=0.3)
        axes.set_axisbelow(True)
    with matplotlib.rc_context({"svg.hashsalt": "kasf-demo"}):
        figure.savefig(path, format=kind, metadata={"Date": None} if kind == "svg" else None)
