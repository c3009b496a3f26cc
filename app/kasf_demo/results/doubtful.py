"""Doubtful joints in the JSON: the record of a person, and reading it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kasf_demo.types.arrays import BoolArray, FloatArray, runs
from kasf_demo.types.people import Pose3D
from kasportsformer.skeleton import H36M, H36M_NAMES

ROUNDED_S = 1e-3  # times in the record have three decimals


def doubtful_record(pose: Pose3D) -> dict[str, Any]:
    """Number of frames with a doubtful joint, share of all joints, and the spans in seconds per joint."""
    doubtful, times_s = pose.in_doubt, pose.times_s
    spans = {
        name: [[round(float(times_s[a]), 3), round(float(times_s[b - 1]), 3)] for a, b in runs(doubtful[:, joint])]
        for joint, name in enumerate(H36M_NAMES)
    }
    share = float(doubtful[pose.valid].mean()) if pose.valid.any() else 0.0
    found = {name: times for name, times in spans.items() if times}
    return {"frames": int(doubtful.any(1).sum()), "share": round(share, 4), "spans_s": found}


def doubtful_from(report: Mapping[str, Any], ids: Sequence[str], times_s: FloatArray) -> BoolArray:
    """(P, T, 17) doubtful joints of the people with these ids at times_s (T,), from a report; False where it has no
    record. Raises KeyError, TypeError or ValueError for a record that is not one."""
    found = np.zeros((len(ids), len(times_s), len(H36M_NAMES)), bool)
    for person in report["people"]:
        if str(person["id"]) not in ids:
            continue
        rows = found[list(ids).index(str(person["id"]))]
        for name, spans in person.get("doubtful", {}).get("spans_s", {}).items():
            for start_s, end_s in spans:
                rows[(times_s >= start_s - ROUNDED_S) & (times_s <= end_s + ROUNDED_S), H36M[name]] = True
    return found
