"""What is wrong with a table of jumps and spins, pose.jumps.csv."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any


def wrong(path: Path, report: dict[str, Any]) -> list[str]:
    """Air times and turns of the JSON, each with a unit and a definition."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = [j["air_s"] for p in report["people"] for j in p["jumps"]]
    if [float(r["value"]) for r in rows if r["number"] == "air_s"] != told:
        return [f"air times are not {told}"]
    events = [e for p in report["people"] for e in (*p["jumps"], *p["spins"])]
    turns = [None if r["value"] == "" else float(r["value"]) for r in rows if r["number"] == "turns"]
    if turns != [e["turns"] for e in events]:
        return [f"turns are {turns}"]
    return [] if all(r["definition"] and r["sure"] in ("yes", "no") for r in rows) else ["a number is not defined"]
