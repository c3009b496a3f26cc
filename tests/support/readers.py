"""Readers of exported files that share no code with the writers: TRC, MOT, BVH by a forward pass, rerun by the sdk's
own reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]


def trc(path: Path) -> tuple[list[list[str]], dict[str, str], list[str], list[list[str]]]:
    """First lines as cells, the header as a mapping, the marker names, the rows."""
    lines = [line.split("\t") for line in path.read_text().split("\n")]
    header = dict(zip(lines[1], lines[2], strict=True))
    rows = [row for row in lines[5:] if row != [""]]
    return lines[:5], header, [name for name in lines[3][2:] if name], rows


def mot(path: Path) -> tuple[str, dict[str, str], list[str], Array]:
    """The first line, the header's keys, the names of the columns, (rows, columns)."""
    head, _, body = path.read_text().partition("endheader\n")
    keys = dict(line.split("=") for line in head.splitlines() if "=" in line and ":" not in line)
    columns = body.splitlines()[0].split("\t")
    values = np.array([[float(c) for c in line.split("\t")] for line in body.splitlines()[1:]])
    return head.splitlines()[0], keys, columns, values


def forward_pass(path: Path) -> tuple[dict[str, Array], float]:
    """A BVH reader of its own: world places (T, 3) of every named joint, and the frame time. Recursive, with scipy's
    rotations."""
    words = path.read_text().split()
    motion = words.index("MOTION")
    frames, frame_time = int(words[motion + 2]), float(words[motion + 5])
    values = np.array(words[motion + 6 :], float).reshape(frames, -1)
    places: dict[str, Array] = {}
    at = [1, 0]  # word, column

    def joint(parent_place: Array, parent: Rotation) -> None:
        name = words[at[0] + 1]
        end = words[at[0]] == "End"
        offset = np.array(words[at[0] + 4 : at[0] + 7], float)
        at[0] += 7
        place, turned = parent_place + parent.apply(offset), parent
        if not end:
            n = int(words[at[0] + 1])
            channels = words[at[0] + 2 : at[0] + 2 + n]
            block = values[:, at[1] : at[1] + n]
            at[0] += 2 + n
            at[1] += n
            if n == 6:
                place = block[:, :3]
            order = "".join(c[0] for c in channels if c.endswith("rotation"))
            turned = parent * Rotation.from_euler(order, block[:, -3:], degrees=True)
            places[name] = np.broadcast_to(place, (frames, 3))
        while words[at[0]] != "}":
            joint(place, turned)
        at[0] += 1

    joint(np.zeros(3), Rotation.from_quat(np.tile([0.0, 0, 0, 1], (frames, 1))))
    assert at[1] == values.shape[1]
    return places, frame_time


def rrd(path: Path) -> dict[str, dict[str, list[Any]]]:
    """Entity to column to rows; those of several chunks one after the other."""
    from rerun import chunk

    out: dict[str, dict[str, list[Any]]] = {}
    for part in chunk.RrdReader(path).stream():
        batch = part.to_record_batch()
        for name in batch.schema.names:
            values = batch.column(name)
            if str(values.type).startswith("duration"):
                values = values.cast("int64")  # ns
            out.setdefault(str(part.entity_path), {}).setdefault(name, []).extend(values.to_pylist())
    return out
