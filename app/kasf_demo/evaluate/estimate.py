"""A result to be measured, read from the files of a run or from the return value of `analyse`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import InputError, UsageError
from kasf_demo.results.read import read_run
from kasf_demo.results.read_feet import read_feet
from kasf_demo.results.read_table import Table
from kasf_demo.results.world_axes import camera_of, to_camera
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.feet import FootPose
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
    feet: FloatArray | None = None  # (P, T, 4, 3) in the order of types.FEET, NaN where unknown; None without feet

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
            return cls._from_table(table, report, read_feet(path, table))
        except (KeyError, TypeError, ValueError, AttributeError) as e:
            raise InputError(
                f"not a report of kasf-demo: {type(e).__name__}: {e}", "run again", path=report_path
            ) from None

    @classmethod
    def from_result(cls, result: Result) -> Estimate:
        """From the return value of `analyse`. ValueError for a result without scene or provenance."""
        people, t, scene, made = result.people, len(result.times_s), result.scene, result.provenance
        if scene is None or made is None:
            raise ValueError("the result has no scene or no provenance")
        xyz = []
        for person in people:
            feet = FootPose.unknown(t) if person.pose.feet is None else person.pose.feet
            seen = np.concatenate([person.pose.xyz, feet.xyz], axis=1)
            if person.pose.axes == "world":
                still = person.id in scene.insets or scene.motion.kind != "turns"
                seen = to_camera(
                    seen,
                    orientation=scene.orientations[person.id],
                    camera_height_m=scene.floors[person.id].camera_height_m,
                    turned=None if still else scene.motion.rotation,
                )
            xyz.append(seen)
        return cls._of(
            tuple(str(p.id) for p in people),
            np.array([p.pose.valid for p in people], bool).reshape(-1, t),
            np.array(xyz, float).reshape(-1, t, 17 + 4, 3),
            np.array([p.h36m.xy for p in people], float).reshape(-1, t, 17, 2),
            result.times_s,
            height_m=made.height_m,
            scale_kind="given" if made.height_given else "assumed",
            detector=(made.detector, made.detector_weights or ""),
            lifter=made.lifter,
        )

    @classmethod
    def _from_table(cls, table: Table, report: Mapping[str, Any], feet: FloatArray | None) -> Estimate:
        """The table, and feet (P, T, 4, 3) if there are any, in the axes that the report names. Raises KeyError,
        TypeError or ValueError for an invalid report."""
        xyz, kind = table.values[..., :3], report["axes"]["kind"]
        if feet is None:
            feet = np.full((*xyz.shape[:2], 4, 3), np.nan)
        xyz = np.concatenate([xyz, feet], axis=2)
        if kind not in ("world", "camera") or report["unit"] != "m":
            raise ValueError(f"axes {kind!r} in {report['unit']!r}")
        if report["scale"]["kind"] not in ("given", "assumed"):
            raise ValueError(f"scale {report['scale']['kind']!r}")
        if kind == "world":
            shape, seen = xyz.shape, []
            for x, person in zip(xyz, report["people"], strict=True):
                orientation, turned = camera_of(report, person, len(table.times_s))
                height = float(person["floor"]["camera_height_m"])
                seen.append(to_camera(x, orientation=orientation, camera_height_m=height, turned=turned))
            xyz = np.array(seen).reshape(shape)
        return cls._of(
            table.ids,
            table.valid,
            xyz,
            table.values[..., 3:],
            table.times_s,
            height_m=float(report["scale"]["height_m"]),
            scale_kind=str(report["scale"]["kind"]),
            detector=(str(report["detector"]["name"]), str(report["detector"]["weights"] or "")),
            lifter=str(report["lifter"]["name"]),
        )

    @classmethod
    def _of(
        cls,
        ids: Sequence[str],
        valid: BoolArray,
        xyz: FloatArray,
        uv: FloatArray,
        times_s: FloatArray,
        *,
        height_m: float,
        scale_kind: str,
        detector: tuple[str, str],
        lifter: str,
    ) -> Estimate:
        """`xyz` (P, T, 17 + 4, 3), joints and feet, in camera axes; detector: its name and that of its weights."""
        name, weights = detector
        return cls(
            ids=tuple(ids),
            valid=valid,
            xyz=np.where(valid[..., None, None], xyz[:, :, :17], np.nan),
            uv=np.where(valid[..., None, None], uv, np.nan),
            times_s=times_s,
            height_m=height_m,
            scale_kind=scale_kind,
            detector=weights if weights.startswith(name) else f"{name} {weights}".strip(),
            lifter=lifter,
            feet=xyz[:, :, 17:] if np.isfinite(xyz[:, :, 17:]).any() else None,
        )
