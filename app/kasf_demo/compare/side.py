"""The two sides of a comparison, from the files of a run or from a ground truth. All file content is checked."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.errors import InputError, UsageError
from kasf_demo.evaluate.ground_truth import load_truth
from kasf_demo.evaluate.matching import NO_PERSON, match
from kasf_demo.files.npz import read_arrays
from kasf_demo.kinematics import measure, with_jumps
from kasf_demo.reconstruct.world import to_world
from kasf_demo.results.doubtful import ROUNDED_S, doubtful_from
from kasf_demo.results.read import read_run
from kasf_demo.results.read_feet import read_feet
from kasf_demo.results.read_report import check_pair, read_report
from kasf_demo.results.read_table import MAX_VALUE
from kasf_demo.results.world_axes import camera_of
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.feet import FootPose
from kasf_demo.types.motion import ANGLES, FOOT_ANGLES, Motion
from kasf_demo.types.people import Pose3D

SUFFIXES = (".csv", ".json", ".mp4", ".npz")
SIGMA = "angles_sigma_deg"
FEET_ARRAYS = ("feet_m", "feet_flat_deg")  # both or none
NPZ = ("xyz_m", "uv_px", "score", "valid", "interpolated", "times_s", "person", "axes")


@dataclass(frozen=True)
class Side:
    """One person's motion. name: for titles. source: the clip's SHA-256 where it is known: equal ones have one clock.

    pose in world axes; uv (T, 17, 2) px, NaN where there is no pose. media_s (T,): time stamps of the frames in the
    clip as played, None where they are the times of the pose. deinterlaced: whether frames are fields if the clip is
    interlaced.
    """

    name: str
    pose: Pose3D
    motion: Motion
    uv: FloatArray
    source: str | None = None
    media_s: FloatArray | None = None
    deinterlaced: bool = True
    reliable: BoolArray | None = None  # (T,) where the path can be trusted; None: the result does not say


@dataclass(frozen=True)
class _People:
    """Of a result: ids (P,), xyz (P, T, 17, 3), uv (P, T, 17, 2), score (P, T, 17), valid and interpolated (P, T),
    times_s (T,), media_s (T,) or None, doubtful (P, T, 17). feet (P, T, 4, 3) and flat_deg (P, T): see FootPose; None
    without feet."""

    ids: tuple[str, ...]
    xyz: FloatArray
    uv: FloatArray
    score: FloatArray
    valid: BoolArray
    interpolated: BoolArray
    times_s: FloatArray
    media_s: FloatArray | None
    doubtful: BoolArray
    feet: FloatArray | None = None
    flat_deg: FloatArray | None = None
    sigma_deg: FloatArray | None = None  # (P, T, A) of the angles

    def feet_of(self, row: int) -> FootPose | None:
        """Of one person; None without feet."""
        if self.feet is None or not np.isfinite(self.feet[row]).any():
            return None
        score = np.isfinite(self.feet[row]).all(-1).astype(float)
        return FootPose(self.feet[row], score, None if self.flat_deg is None else self.flat_deg[row])


def from_result(path: Path, person: str | None = None) -> Side:
    """The person with this id (default: the one in most frames) of the run that wrote `path`.

    A table (.csv, or named by the .json or .mp4 beside it) needs the report beside it; an .npz does where its axes are
    the camera's. Raises UsageError for another kind of file and for an unknown id, InputError for an unreadable file.
    """
    return next(iter(_sides(path, lambda people: [_choose(people, person, path)]).values()))


def everybody(path: Path) -> dict[str, Side]:
    """All people of a result who have a pose, by id. Raises as `from_result`."""
    return _sides(path, lambda people: np.flatnonzero(people.valid.any(1)).tolist() or [_choose(people, None, path)])


def _sides(path: Path, rows: Callable[[_People], list[int]]) -> dict[str, Side]:
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError("not a result", "give the .csv, .json, .mp4 or .npz that kasf-demo wrote", path=path)
    try:
        people, report = _read_npz(path) if path.suffix.lower() == ".npz" else _read_table(path)
        return {people.ids[row]: _side(people, report, row, path) for row in rows(people)}
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as e:
        raise InputError(f"not a result of kasf-demo: {type(e).__name__}: {e}", "run again", path=path) from None


def _side(people: _People, report: dict[str, Any] | None, row: int, path: Path) -> Side:
    pose = Pose3D(
        people.xyz[row], people.score[row], people.valid[row], people.interpolated[row], people.times_s,
        doubtful=people.doubtful[row] & people.valid[row, :, None], feet=people.feet_of(row),
    )  # fmt: skip
    source = report.get("input", {}).get("sha256") if report else None
    fields = not report or bool(report.get("video", {}).get("deinterlaced", True))
    reliable = _reliable(report, people.ids[row], people.times_s) if report else None
    sport = report.get("options", {}).get("sport") if report else None
    motion = _with_sigma(measure(pose, jumps=False, sport=sport), people.sigma_deg, row)
    name = path.stem + (f", person {people.ids[row]}" if len(people.ids) > 1 else "")
    own = with_jumps(motion, pose, reliable)
    return Side(name, pose, own, people.uv[row], source, people.media_s, fields, reliable)


def _with_sigma(motion: Motion, sigma_deg: FloatArray | None, row: int) -> Motion:
    if sigma_deg is None:
        return motion
    return replace(motion, angles=replace(motion.angles, sigma_deg=sigma_deg[row]))


def _reliable(report: dict[str, Any], person: str, times_s: FloatArray) -> BoolArray | None:
    """(T,) where the path over the ground can be trusted, by the report; None if it has no record of it."""
    own = [p["trajectory"] for p in report["people"] if str(p["id"]) == person and "trajectory" in p]
    if not own:
        return None
    found = np.ones(len(times_s), bool)
    for start_s, end_s in own[0]["unreliable_s"]:
        found[(times_s >= start_s - ROUNDED_S) & (times_s <= end_s + ROUNDED_S)] = False
    return found


def from_truth(path: Path, side: Side) -> Side:
    """The athlete of a ground truth that `side` matches in most frames. Raises InputError if the clip differs or no
    athlete matches."""
    truth = load_truth(path)
    if len(truth.times_s) != len(side.pose) or np.abs(truth.times_s - side.pose.times_s).max() > 0.02:
        what = f"the ground truth has {len(truth.times_s)} frames, the result {len(side.pose)}, or their times differ"
        raise InputError(what, "compare with a run of the whole clip of the ground truth", path=path)
    pairs = match(side.uv[None], side.pose.valid[None], truth)
    athlete = int(np.argmax((pairs != NO_PERSON).sum(1)))
    if (pairs[athlete] == NO_PERSON).all():
        raise InputError(
            "the person in the result matches no athlete of the ground truth", "choose another with --person", path=path
        )
    feet = None if truth.feet_world_m is None else truth.feet_world_m[athlete]
    return measured_motion(truth.joints_world_m[athlete], truth.times_s, side.source, feet)


def measured_motion(
    joints: FloatArray, times_s: FloatArray, source: str | None = None, feet: FloatArray | None = None
) -> Side:
    """Ground truth (T, 17, 3) m in world axes as a side; source: the clip's SHA-256. feet (T, 4, 3), if it has any."""
    t = len(times_s)
    seen = np.ones(t, bool)
    own = None if feet is None else FootPose(feet, np.ones((t, 4)))
    pose = Pose3D(joints, np.ones((t, 17)), seen, ~seen, times_s, feet=own)
    return Side("ground truth", pose, _without_pitch(measure(pose)), np.full((t, 17, 2), np.nan), source)


def _without_pitch(motion: Motion) -> Motion:
    """The motion of a ground truth, which does not say how its feet look when they are flat."""
    if motion.foot_angles is None:
        return motion
    pitch = np.array([name.endswith("foot_pitch") for name in FOOT_ANGLES])
    return replace(motion, foot_angles=replace(motion.foot_angles, deg=np.where(pitch, np.nan, motion.foot_angles.deg)))


def _choose(people: _People, person: str | None, path: Path) -> int:
    if not len(people.ids) or not people.valid.any():
        raise InputError("no person is in this result", "choose another", path=path)
    if person is None:
        return int(np.argmax(people.valid.sum(1)))
    if person not in people.ids:
        raise UsageError(f"there is no person {person}", f"one of {', '.join(people.ids)}", path=path)
    return people.ids.index(person)


def _read_table(path: Path) -> tuple[_People, dict[str, Any] | None]:
    table, report = read_run(path)
    xyz, feet = _in_world(table.values[..., :3], read_feet(path, table), str(report["axes"]["kind"]), report)
    flat = [(p.get("feet") or {}).get("flat_deg") for p in report["people"]]
    flat_deg = np.array([0.0 if deg is None else float(deg) for deg in flat])[:, None] * np.ones(len(table.times_s))
    shape = table.valid.shape
    scores, guessed = np.where(table.valid[..., None], 1.0, 0.0) * np.ones((*shape, 17)), np.zeros(shape, bool)
    return _People(table.ids, xyz, table.values[..., 3:], scores, table.valid, guessed, table.times_s,
                   _media(report.get("time", {}).get("media_s"), len(table.times_s)),
                   doubtful_from(report, table.ids, table.times_s), feet, flat_deg), report  # fmt: skip


def _read_npz(path: Path) -> tuple[_People, dict[str, Any] | None]:
    arrays = _arrays(path)
    report_path = path.with_suffix(".json")
    axes = str(arrays["axes"])
    report = read_report(report_path) if axes != "world" or report_path.is_file() else None
    if report is not None:
        check_pair(report, report_path, path)
    feet = np.asarray(arrays["feet_m"], float) if "feet_m" in arrays else None
    xyz, feet = _in_world(np.asarray(arrays["xyz_m"], float), feet, axes, report or {})
    p, t = xyz.shape[:2]
    shapes = {
        "uv_px": (p, t, 17, 2),
        "score": (p, t, 17),
        "valid": (p, t),
        "interpolated": (p, t),
        "times_s": (t,),
        "person": (p,),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}, not {shape}")
    ids = tuple(str(int(i)) for i in arrays["person"])
    valid, guessed = np.asarray(arrays["valid"], bool), np.asarray(arrays["interpolated"], bool)
    uv, times_s = np.asarray(arrays["uv_px"], float), np.asarray(arrays["times_s"], float)
    if not (np.isfinite(xyz[valid]).all() and np.isfinite(uv[valid]).all()):
        raise ValueError("a pose that is marked valid has values that are not finite")
    if not np.isfinite(times_s).all() or (np.diff(times_s) <= 0).any():
        raise ValueError("times_s does not rise")
    doubtful = np.asarray(arrays.get("doubtful", np.zeros((p, t, 17))), bool)
    if doubtful.shape != (p, t, 17):
        raise ValueError(f"doubtful has shape {doubtful.shape}, not {(p, t, 17)}")
    return _People(
        ids, xyz, uv, np.asarray(arrays["score"], float), valid, guessed, times_s, _media(arrays.get("media_s"), t),
        doubtful, feet, np.asarray(arrays["feet_flat_deg"], float) if feet is not None else None,
        _sigma(arrays, (p, t, len(ANGLES))),
    ), report  # fmt: skip


def _sigma(arrays: dict[str, NDArray[Any]], shape: tuple[int, ...]) -> FloatArray | None:
    """Uncertainties of the angles, None without. Raises ValueError for another shape or kind."""
    if SIGMA not in arrays:
        return None
    if arrays[SIGMA].shape != shape or arrays[SIGMA].dtype.kind not in "fiu":
        raise ValueError(f"{SIGMA} has shape {arrays[SIGMA].shape}, not {shape}")
    return np.asarray(arrays[SIGMA], float)


def _media(values: Any, frames: int) -> FloatArray | None:
    """Time stamps (T,) of the clip as played; None if the result has none. Raises ValueError if they do not rise."""
    if values is None:
        return None
    media_s = np.asarray(values, float)
    if media_s.shape != (frames,) or not np.isfinite(media_s).all() or (np.diff(media_s) <= 0).any():
        raise ValueError(f"media_s does not rise, or is not of {frames} frames")
    return media_s


def _arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The known arrays; all must be present with valid numbers."""
    if not os.path.exists(path):
        raise InputError("no such file", "check the path", path=path)
    arrays = read_arrays(
        path, (*NPZ, *FEET_ARRAYS, "media_s", "doubtful", SIGMA), "the result", "make it with --export npz"
    )
    if missing := [name for name in NPZ if name not in arrays]:
        raise InputError(
            f"not an .npz of kasf-demo: {', '.join(missing)} missing", "make it with --export npz", path=path
        )
    if not all(name in arrays for name in FEET_ARRAYS):
        arrays = {name: values for name, values in arrays.items() if name not in FEET_ARRAYS}
    numbers = ("xyz_m", "uv_px", "score", "times_s", "media_s", *FEET_ARRAYS)
    for name in (name for name in numbers if name in arrays):
        if arrays[name].dtype.kind not in "fiu" or (np.abs(arrays[name][np.isfinite(arrays[name])]) > MAX_VALUE).any():
            raise InputError(f"{name} has invalid values", "make it again with --export npz", path=path)
    return arrays


def _in_world(
    xyz: FloatArray, feet: FloatArray | None, axes: str, report: dict[str, Any]
) -> tuple[FloatArray, FloatArray | None]:
    """(P, T, 17, 3) joints and (P, T, 4, 3) feet, if there are any, in world axes with the lowest point of each person
    near 0, from the file's arrays."""
    if feet is not None and feet.shape != (*xyz.shape[:2], 4, 3):
        raise ValueError(f"feet have shape {feet.shape}, not {(*xyz.shape[:2], 4, 3)}")
    if axes == "world":
        return xyz, feet
    if axes != "camera":
        raise ValueError(f"axes {axes!r}")
    joints = xyz.shape[2]
    if feet is not None:
        xyz = np.concatenate([xyz, feet], axis=2)
    world = np.empty(xyz.shape)
    for i, person in enumerate(report["people"]):
        orientation, turned = camera_of(report, person, xyz.shape[1])
        first = xyz[i] if turned is None else np.einsum("tji,tnj->tni", turned, xyz[i])
        world[i] = to_world(first, orientation)
        world[i, ..., 2] += float(person["floor"]["camera_height_m"])
    return world[:, :, :joints], None if feet is None else world[:, :, joints:]
