"""Reads every file that one run wrote with independent readers and reports errors; no output means that the file is
correct.

What the files must agree with is the table of joints, pose.csv, which tests hold to the poses themselves. tests/support
has the readers.
"""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from kasf_demo.types.motion import ANGLES, POINTS
from kasportsformer.skeleton import BONES, H36M_NAMES

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
import readers  # noqa: E402
import written_feet  # noqa: E402
import written_jumps  # noqa: E402
from glb_reader import Glb  # noqa: E402

Array = NDArray[np.float64]
TABLE_M = 2e-3  # the table rounds
EVEN_M = 0.05  # a clip of varying rate is interpolated: only the places' extent is compared


@dataclass(frozen=True)
class Run:
    """What one run wrote. `out` is NAME.mp4; times_s (T,); xyz by person (T, 17, 3) m, NaN without a pose; report: the
    JSON."""

    clip: Path
    out: Path
    times_s: Array
    xyz: dict[int, Array]
    report: dict[str, Any]

    @classmethod
    def read(cls, clip: Path, out: Path) -> Run:
        """Raises ValueError for values that are not valid JSON (NaN, Infinity)."""
        report = json.loads(out.with_suffix(".json").read_text(), parse_constant=_no_number)
        with open(out.with_suffix(".csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        frames = report["counts"]["frames"]
        cells = np.array([[float(r[k] or "nan") for k in ("x_m", "y_m", "z_m")] for r in rows]).reshape(
            -1, frames, 17, 3
        )
        people = [r["person"] for r in rows[:: 17 * frames]]
        times_s = np.array([float(r["time_s"]) for r in rows[: 17 * frames : 17]])
        return cls(clip, out, times_s, {int(p): xyz for p, xyz in zip(people, cells, strict=True) if p}, report)

    @property
    def seen(self) -> dict[int, Array]:
        """People with a pose in any frame: only they have files of their own."""
        return {person: xyz for person, xyz in self.xyz.items() if np.isfinite(xyz).any()}

    @property
    def resampled(self) -> bool:
        return any(e["resampled"] for e in self.report["exports"])

    def beside(self, suffix: str) -> Path:
        return self.out.with_name(self.out.stem + suffix)

    def of_each(self, kind: str) -> dict[int, Path]:
        """The files of one person each that there are: NAME.trc, or NAME.p2.trc by the person's number."""
        alone = self.beside(f".{kind}")
        if alone.exists():
            return {next(iter(self.seen)): alone}
        every = alone.parent.glob(f"{alone.stem}.p*{alone.suffix}")
        return {int(p.name.removeprefix(f"{alone.stem}.p").removesuffix(alone.suffix)): p for p in every}


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def video(run: Run) -> list[str]:
    """The video, the table and the JSON, by shared's own check where that is there."""
    check = ROOT.parent / "shared" / "checks" / "check_result.py"
    # that check reads the clip too, and a damaged one cannot be read to its end
    if run.report["truncated"] or not check.exists():
        with av.open(str(run.out)) as file:
            frames = sum(1 for _ in file.decode(video=0))
        return [] if frames == len(run.times_s) else [f"{frames} frames in the video"]
    done = subprocess.run(
        [sys.executable, str(check), str(run.clip), str(run.out)], capture_output=True, text=True, timeout=300
    )
    return [line[6:] for line in done.stdout.splitlines() if line.startswith("FAIL")] + (
        [done.stderr[-200:]] if done.stderr else []
    )


def angles_csv(run: Run) -> list[str]:
    with open(run.beside(".angles.csv"), newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    wrong = [] if len(rows) == len(run.times_s) * max(1, len(run.xyz)) else [f"{len(rows)} rows"]
    numbers = [float(v) for r in rows for k, v in r.items() if v and k not in ("person", "doubtful")]
    return wrong + ([] if np.isfinite(numbers).all() else ["a cell is no number"])


def npz(run: Run) -> list[str]:
    p, t = len(run.xyz), len(run.times_s)
    shapes = {
        "xyz_m": (p, t, 17, 3),
        "uv_px": (p, t, 17, 2),
        "angles_deg": (p, t, len(ANGLES)),
        "speeds_m_per_s": (p, t, len(POINTS)),
        "path_reliable": (t,),
        "camera_rotation": (t, 3, 3),
    }
    with np.load(run.beside(".npz"), allow_pickle=False) as f:
        wrong = [f"{name} is {f[name].shape}, not {shape}" for name, shape in shapes.items() if f[name].shape != shape]
        if wrong:
            return wrong
        known = np.isfinite(f["xyz_m"]).all((-1, -2))
        wrong = [] if (known == f["valid"]).all() else ["valid is not where a pose is"]
        moving = known[:, 1:-1] & known[:, :-2] & known[:, 2:]  # a speed needs neighbours
        wrong += (
            []
            if np.isfinite(f["speeds_m_per_s"][:, 1:-1]).any(-1)[moving].all()
            else ["a frame with a pose has no speed"]
        )
        return wrong + [
            w for i, xyz in enumerate(run.xyz.values()) for w in _places(f["xyz_m"][i], xyz, resampled=False)
        ]


def _places(got: Array, want: Array, *, resampled: bool) -> list[str]:
    """(T, 17, 3) m in world axes against the table's."""
    if got.shape != want.shape:
        return [f"{got.shape[0]} frames, not {want.shape[0]}"]
    if resampled:
        ends = [np.nanpercentile(x.reshape(-1, 3), (2, 98), axis=0) for x in (got, want)]
        return [] if np.abs(ends[0] - ends[1]).max() < EVEN_M else ["the places' extent differs from the table's"]
    if not (np.isfinite(got) == np.isfinite(want)).all():
        return ["frames with a pose are not those of the table"]
    off = np.nanmax(np.abs(got - want), initial=0)
    return [] if off < TABLE_M else [f"{1000 * off:.0f} mm from the table"]


def _z_up(xyz: Array) -> Array:
    return np.stack([xyz[..., 0], -xyz[..., 2], xyz[..., 1]], -1)


def trc(run: Run, path: Path, want: Array) -> list[str]:
    _, header, names, rows = readers.trc(path)
    cells = np.array([[float(c) if c else math.nan for c in row] for row in rows])
    wrong = (
        []
        if tuple(names[:17]) == H36M_NAMES and header["Units"] == "m" and int(header["NumFrames"]) == len(rows)
        else ["its header"]
    )
    return wrong + _places(_z_up(cells[:, 2:].reshape(len(cells), -1, 3))[:, :17], want, resampled=run.resampled)


def mot(run: Run, path: Path, want: Array) -> list[str]:
    _, keys, columns, values = readers.mot(path)
    # without those that have no value in any frame
    names = [f"kasf_{name}" for name in ANGLES if f"kasf_{name}" in columns]
    wrong = (
        [] if columns[4:-1] == names and (int(keys["nRows"]), int(keys["nColumns"])) == values.shape else ["its header"]
    )
    wrong += [] if np.isfinite(values).all() else ["a value is missing"]
    posed = values[:, -1] < values.shape[1] - 2  # not all of the row is filled in
    pelvis = np.where(posed[:, None], _z_up(values[:, 1:4]), np.nan)[:, None]
    return wrong + _places(pelvis, want[:, :1], resampled=run.resampled)


def c3d(run: Run, path: Path, want: Array) -> list[str]:
    import ezc3d

    file = ezc3d.c3d(str(path))
    parameters, points = file["parameters"], file["data"]["points"]
    xyz = np.moveaxis(points[:3, :17], -1, 0).swapaxes(1, 2) / 1000
    labels = tuple(parameters["POINT"]["LABELS"]["value"])
    wrong = [] if labels[:17] == H36M_NAMES and parameters["POINT"]["UNITS"]["value"] == ["mm"] else ["its parameters"]
    used = int(parameters["EVENT"]["USED"]["value"][0])
    if used:
        at_s = np.array([60, 1]) @ parameters["EVENT"]["TIMES"]["value"]
        wrong += (
            [] if (at_s >= 0).all() and (at_s <= np.ptp(run.times_s) + 0.1).all() else ["an event outside the clip"]
        )
    return wrong + _places(xyz, want, resampled=run.resampled)


def bvh(run: Run, path: Path, want: Array) -> list[str]:
    places, frame_s = readers.forward_pass(path)
    got = _z_up(np.stack([places[name] for name in H36M_NAMES], 1))
    wrong = [] if np.isfinite(got).all() else ["a place is no number"]
    lengths = np.stack([np.linalg.norm(got[:, a] - got[:, b], axis=-1) for a, b in BONES], -1)
    wrong += [] if np.ptp(lengths, axis=0).max() < 1e-4 else ["a bone changes its length"]
    rate_s = np.ptp(run.times_s) / max(len(run.times_s) - 1, 1)
    wrong += (
        []
        if len(run.times_s) < 2 or abs(frame_s / rate_s - 1) < 0.01
        else [f"{1 / frame_s:.2f} frames/s, not {1 / rate_s:.2f}"]
    )
    known = np.isfinite(want).all((1, 2))
    root = got[:, :1][known], want[:, :1][known]
    return wrong + ([] if run.resampled else _places(*root, resampled=False))


def glb(run: Run) -> list[str]:
    """Each skin's root moves as the table's pelvis, in the frames with a pose."""
    if not run.seen:
        return ["a file of nobody"] if run.beside(".glb").exists() else []
    file = Glb(run.beside(".glb"))
    wrong = [] if len(file.json["skins"]) == len(run.seen) else [f"{len(file.json['skins'])} skeletons"]
    for skin, xyz in zip(file.json["skins"], run.seen.values(), strict=False):
        track, posed = file.track(skin["joints"][0], "translation"), np.isfinite(xyz).all((1, 2))
        if track is None or len(track[0]) != posed.sum():
            wrong.append("frames with a pose are not those of the table")
        elif np.abs(track[0] - run.times_s[posed]).max() > 1e-3:
            wrong.append("times are not those of the table")
        else:
            wrong += _places(_z_up(track[1])[:, None], xyz[posed, :1], resampled=False)
    return wrong


def rrd(run: Run) -> list[str]:
    logged = readers.rrd(run.beside(".rrd"))
    joints = {name: rows for name, rows in logged.items() if name.startswith("/world/") and name.endswith("/joints")}
    wrong = [] if len(joints) == len(run.xyz) else [f"{len(joints)} skeletons"]
    for rows, xyz in zip(joints.values(), run.xyz.values(), strict=False):
        (positions,) = [values for name, values in rows.items() if name.endswith("positions")]
        counts = [len(row) for row in positions if row is not None]
        wrong += (
            []
            if counts == [17 * int(ok) for ok in np.isfinite(xyz).all((1, 2))]
            else ["skeletons are not in the frames of the table"]
        )
    return wrong + ([] if "/picture/video" in logged else ["no picture"])


def plots(run: Run) -> list[str]:
    """As many as there are people, none of them blank; SVG is XML."""
    wrong = []
    for name in ("angles", "path", "moments"):
        pngs, svgs = run.of_each(f"{name}.png"), run.of_each(f"{name}.svg")
        wrong += (
            [] if set(pngs) == set(svgs) == set(run.seen) else [f"{name} of {sorted(pngs)}, people {sorted(run.seen)}"]
        )
        for path in pngs.values():
            image = cv2.imread(str(path))
            inked = 0.0 if image is None else float((image.min(-1) < 200).mean())
            wrong += [] if inked > 0.004 else [f"{path.name} is blank"]
        for path in svgs.values():
            ElementTree.parse(path)
    return wrong


def pdf(run: Run, report: Path) -> list[str]:
    """A page of A4 for each person. matplotlib leaves page dictionaries uncompressed."""
    content = report.read_bytes()
    pages = content.count(b"/Type /Page ") + content.count(b"/Type /Page\n")
    whole = content.startswith(b"%PDF-") and content.rstrip().endswith(b"%%EOF")
    return ([] if whole else ["not a whole PDF"]) + ([] if pages == max(1, len(run.seen)) else [f"{pages} pages"])


def each(check: Callable[[Run, Path, Array], list[str]]) -> Callable[[Run], list[str]]:
    """A check of one person's file as one of all people's."""

    def of_all(run: Run) -> list[str]:
        files = run.of_each(check.__name__)
        if set(files) != set(run.seen):
            return [f"files of {sorted(files)}, people {sorted(run.seen)}"]
        return [f"{files[person].name}: {w}" for person in files for w in check(run, files[person], run.seen[person])]

    return of_all


CHECKS: dict[str, Callable[[Run], list[str]]] = {
    "mp4, csv, json": video,
    "angles.csv": angles_csv,
    "feet.csv": lambda run: written_feet.wrong(run.beside(".feet.csv"), len(run.times_s), run.report),
    "jumps.csv": lambda run: written_jumps.wrong(run.beside(".jumps.csv"), run.report),
    "npz": npz,
    "trc": each(trc),
    "mot": each(mot),
    "c3d": each(c3d),
    "bvh": each(bvh),
    "glb": glb,
    "rrd": rrd,
    "plots": plots,
}
