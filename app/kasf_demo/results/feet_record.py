"""Where the feet of a person come from, or why there are none, for the JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from kasf_demo.types.feet import FEET
from kasf_demo.types.people import Person


def feet_record(person: Person, wanted: str, source: str) -> dict[str, Any]:
    """wanted: of --feet; source: the detector, or what else looked for feet."""
    feet = person.pose.feet
    if wanted == "off":
        return {"source": None, "why": "--feet off"}
    if feet is None:
        return {"source": None, "why": f"{source} gives no heels and toes; --feet mediapipe looks for them"}
    frames = {name: int(n) for name, n in zip(FEET, feet.valid.sum(0), strict=True)}
    record: dict[str, Any] = {"source": source, "frames": {"left": frames["l_toe"], "right": frames["r_toe"]}}
    if feet.flat_deg is not None and np.isfinite(feet.flat_deg).any():
        record["flat_deg"] = round(float(np.nanmedian(feet.flat_deg)), 2)
    return record
