"""Markers of a C3D file, through ezc3d, which is in the extra `formats`. Source: www.c3d.org."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kasf_demo.errors import InputError, first_line
from kasf_demo.types.arrays import FloatArray, runs

MM = {"mm": 1.0, "cm": 10.0, "m": 1000.0}


def read_c3d_markers(path: Path) -> tuple[dict[str, tuple[int, FloatArray]], float]:
    """First frame (from 0) and positions (N, 3) mm of each marker's longest unbroken part, and the frame rate.

    A marker is missing where its residual is negative or a coordinate is not finite. Raises InputError.
    """
    try:
        import ezc3d
    except ImportError:
        raise InputError("reading C3D needs ezc3d", "pip install 'kasf-demo[formats]'", path=path) from None
    try:
        file = ezc3d.c3d(str(path))
        point = file["parameters"]["POINT"]
        labels = [str(name).strip() for name in point["LABELS"]["value"]]
        unit = MM.get(str(point["UNITS"]["value"][0]).strip().lower() if point["UNITS"]["value"] else "mm", 1.0)
        rate = float(point["RATE"]["value"][0])
        xyz = np.moveaxis(np.asarray(file["data"]["points"], float)[:3], 0, -1) * unit  # (M, T, 3)
        residual = np.asarray(file["data"]["meta_points"]["residuals"], float)[0]
        if len(labels) < len(xyz) or residual.shape != xyz.shape[:2] or not 1 <= rate <= 10_000:
            raise ValueError(f"{len(labels)} labels of {len(xyz)} points at {rate} frames/s")
    except (OSError, RuntimeError, ValueError, KeyError, IndexError, TypeError) as e:
        raise InputError(f"cannot be read as C3D: {first_line(e)[:120]}", "export it again", path=path) from None
    found: dict[str, tuple[int, FloatArray]] = {}
    for name, points, missing in zip(labels, xyz, (residual < 0) | ~np.isfinite(xyz).all(-1), strict=False):
        parts = runs(~missing)
        if parts:
            start, end = max(parts, key=lambda p: p[1] - p[0])
            found[name] = start, points[start:end]
    return found, rate
