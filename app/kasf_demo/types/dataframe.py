"""The joints of a result as a pandas table; the only module that imports pandas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Person
from kasportsformer.skeleton import H36M_NAMES

COLUMNS = (
    "frame",
    "time_s",
    "person",
    "joint",
    "x_m",
    "y_m",
    "z_m",
    "u_px",
    "v_px",
    "score",
    "interpolated",
    "doubtful",
    "sigma_m",
)


def joints_table(people: Sequence[Person], times_s: FloatArray) -> pd.DataFrame:
    """One row per frame, person and joint, in the order of the CSV; no rows without people. times_s (T,) of the
    clip."""
    parts = [_of_person(person, times_s) for person in people]  # with `spread_m` if the network draws hypotheses
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in COLUMNS})


def _of_person(person: Person, times_s: FloatArray) -> pd.DataFrame:
    frames, joints = len(times_s), len(H36M_NAMES)
    pose = person.pose
    known = np.repeat(pose.valid, joints)

    def per_joint(values: np.ndarray) -> np.ndarray:
        return np.where(known, values.reshape(-1), np.nan)

    table = {
        "frame": np.repeat(np.arange(frames), joints),
        "time_s": np.repeat(times_s, joints),
        "person": np.full(frames * joints, person.id),
        "joint": np.tile(np.array(H36M_NAMES), frames),
        **{f"{axis}_m": per_joint(pose.xyz[..., i]) for i, axis in enumerate("xyz")},
        **{f"{axis}_px": per_joint(person.h36m.xy[..., i]) for i, axis in enumerate("uv")},
        "score": per_joint(pose.score),
        "interpolated": per_joint(np.repeat(pose.interpolated.astype(float), joints)),
        "doubtful": per_joint(pose.in_doubt.astype(float)),
        "sigma_m": per_joint(np.full(pose.score.shape, np.nan) if pose.sigma_m is None else pose.sigma_m),
    }
    if pose.spread_m is not None:
        table["spread_m"] = per_joint(pose.spread_m)
    return pd.DataFrame(table)[[*COLUMNS, *(["spread_m"] if pose.spread_m is not None else [])]]
