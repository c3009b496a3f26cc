"""An evaluation for people (a table on the terminal) and for programs (JSON)."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.table import Table

from kasf_demo.evaluate.columns import QUANTITIES
from kasf_demo.evaluate.measure import AthleteErrors, Evaluation
from kasportsformer.skeleton import H36M_NAMES

SCHEMA = 1


def screen_table(evaluation: Evaluation) -> Table:
    """A rich table: a row per quantity, a column per athlete."""
    table = Table(box=SIMPLE, show_edge=False, pad_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("unit")
    for e in evaluation.athletes:
        who = f"person {', '.join(e.persons)}" if e.persons else "not found"
        table.add_column(f"athlete {e.athlete}\n{who}", justify="right")
    for q in QUANTITIES:
        note = " ({e.scale_kind})" if q.key == "height_m" else ""
        table.add_row(q.title, q.unit, *(q.text(e) + note.format(e=e) for e in evaluation.athletes))
    if evaluation.extra_people:
        table.caption = f"{evaluation.extra_people} more in the result fit no athlete"
    return table


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Everything, frame by frame and joint by joint as well, in JSON's own types; null where there is no number."""
    return {
        "schema": SCHEMA,
        "detector": evaluation.detector,
        "lifter": evaluation.lifter,
        "extra_people": evaluation.extra_people,
        "joints": list(H36M_NAMES),
        "times_s": _plain(evaluation.times_s),
        "athletes": [_athlete(e) for e in evaluation.athletes],
    }


def _athlete(errors: AthleteErrors) -> dict[str, Any]:
    names = {
        "px": "px_by_frame",
        "mpjpe": "mpjpe_mm_by_frame",
        "p_mpjpe": "p_mpjpe_mm_by_frame",
        "joint_mm": "mm_by_joint",
    }
    return {names.get(f.name, f.name): _plain(getattr(errors, f.name)) for f in dataclasses.fields(errors)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | tuple | list):
        return [_plain(v) for v in (value.tolist() if isinstance(value, np.ndarray) else value)]
    if isinstance(value, float):
        return round(value, 5) if math.isfinite(value) else None
    return value
