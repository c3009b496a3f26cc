"""A result to be measured, read from the files of a run or from the return value of `analyse`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import InputError, UsageError
from kasf_demo.results.read import read_run
from kasf_demo.results.world_axes import camera_of, to_camera
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.result import Result

SUFFIXES = (".csv", ".json", ".mp4")


@dataclass(frozen=True)
class Estimate:
    """Estimated poses of P people over T frames, Human3.6M-17.

    ids (P,); valid (P, T); xyz (P, T, 17, 3) metres in camera axes (x right, y down, z forward) and uv (P, T, 17, 2)
    px, NaN where not valid; times_s (T,). height_m sets the scale, scale_kind "given" or "assumed".
    """

    ids: tuple[str, ...]
    valid: BoolArray
    xyz: FloatArray
    uv: FloatArray
    times_s: FloatArray
    height_m: float
    scale_kind: str
    detector: str
    lifter: str

    @classmethod
    def from_files(cls, path: Path) -> Estimate:
        """From the run that wrote `path` (pose.csv, pose.json or pose.mp4); the other files are in the same folder.

        Raises UsageError for another kind of file, InputError when table or report are missing, damaged or of two runs.
        """
        if path.suffix.lower() not in SUFFIXES:
            raise UsageError("not a result", "give the pose.csv, pose.json or pose.mp4 that kasf-demo wrote", path=path)
        if not any(path.with_suffix(s).exists() for s in SUFFIXES):
            raise InputError("no such file", "give a file that kasf-demo wrote", path=path)
        report_path = path.with_suffix(".json")
        try:
            table, report = read_run(path)
            return cls._of(table.ids, table.valid, table.values[..., :3], table.values[..., 3:], table.times_s, report)
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise InputError(
                f"not a report of kasf-demo: {type(e).__name__}: {e}", "run again", path=report_path
            ) from None

    @classmethod
    def from_result(cls, result: Result) -> Estimate:
        """From the return value of `analyse`."""
        people, t = result.people, len(result.times_s)
        valid = np.array([p.pose.valid for p in people], bool).reshape(-1, t)
        xyz = np.array([p.pose.xyz for p in people], float).reshape(-1, t, 17, 3)
        uv = np.array([p.h36m.xy for p in people], float).reshape(-1, t, 17, 2)
        return cls._of(tuple(str(p.id) for p in people), valid, xyz, uv, result.times_s, result.report)

    @classmethod
    def _of(
        cls,
        ids: Sequence[str],
        valid: BoolArray,
        xyz: FloatArray,
        uv: FloatArray,
        times_s: FloatArray,
        report: Mapping[str, Any],
    ) -> Estimate:
        """`xyz` in the axes that the report names. Raises KeyError, TypeError or ValueError for an invalid report."""
        kind = report["axes"]["kind"]
        if kind not in ("world", "camera") or report["unit"] != "m":
            raise ValueError(f"axes {kind!r} in {report['unit']!r}")
        if report["scale"]["kind"] not in ("given", "assumed"):
            raise ValueError(f"scale {report['scale']['kind']!r}")
        if kind == "world":
            shape, seen = xyz.shape, []
            for x, person in zip(xyz, report["people"], strict=True):
                orientation, turned = camera_of(report, person, len(times_s))
                height = float(person["floor"]["camera_height_m"])
                seen.append(to_camera(x, orientation=orientation, camera_height_m=height, turned=turned))
            xyz = np.array(seen).reshape(shape)
        scale, name, weights = (
            report["scale"],
            str(report["detector"]["name"]),
            str(report["detector"]["weights"] or ""),
        )
        return cls(
            ids=tuple(ids),
            valid=valid,
            xyz=np.where(valid[..., None, None], xyz, np.nan),
            uv=np.where(valid[..., None, None], uv, np.nan),
            times_s=times_s,
            height_m=float(scale["height_m"]),
            scale_kind=str(scale["kind"]),
            detector=weights if weights.startswith(name) else f"{name} {weights}".strip(),
            lifter=str(report["lifter"]["name"]),
        )
