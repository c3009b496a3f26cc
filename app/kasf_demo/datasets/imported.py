"""One imported clip: checked, and written as ground truth that every other command reads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.datasets.geometry import stature_of
from kasf_demo.errors import InputError
from kasf_demo.evaluate.ground_truth import load_truth
from kasf_demo.files.atomic import atomic_write_path, output_error
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import COCO

FACE = [COCO[name] for name in ("nose", "left_eye", "right_eye", "left_ear", "right_ear")]
OUTSIDE, VISIBLE = 0, 2


@dataclass(frozen=True)
class ImportedClip:
    """Ground truth of a clip in the axes of docs/ground-truth-format.md.

    joints_m (A, T, 17, 3); coco_px (A, T, 17, 2); seen (A, T): frames in which an athlete is measured. K (T, 3, 3),
    R (T, 3, 3), t (T, 3), times_s (T,). size_px: of the image. face: whether the points of the face are real. video:
    the clip, None where there is none. stature_m (A,) if known. note: what to know of it. feet_m (A, T, 4, 3): heels
    and toes in the order of types.FEET, None if they are not measured; they are written with the motion.
    """

    name: str
    joints_m: FloatArray
    coco_px: FloatArray
    seen: NDArray[np.bool_]
    K: FloatArray
    R: FloatArray
    t: FloatArray
    times_s: FloatArray
    size_px: tuple[int, int]
    face: bool = False
    video: Path | None = None
    stature_m: FloatArray | None = None
    note: str = ""
    feet_m: FloatArray | None = None

    @property
    def visibility(self) -> NDArray[np.uint8]:
        """(A, T, 17): 0 outside the image, not measured or not a real point, else 2."""
        w, h = self.size_px
        with np.errstate(invalid="ignore"):
            inside = ((self.coco_px >= 0) & (self.coco_px < [w, h])).all(-1) & self.seen[..., None]
        if not self.face:
            inside[..., FACE] = False
        return np.where(inside, VISIBLE, OUTSIDE).astype(np.uint8)

    @property
    def stature(self) -> FloatArray:
        """(A,) m, from the limbs if not known."""
        if self.stature_m is not None:
            return self.stature_m
        return np.array([stature_of(j[s]) for j, s in zip(self.joints_m, self.seen, strict=True)])


def write_truth(clip: ImportedClip, folder: Path, *, overwrite: bool) -> Path:
    """NAME.gt.npz, checked by reading it. Raises InputError if the clip makes no usable ground truth, OutputError."""
    path = folder / f"{clip.name}.gt.npz"
    arrays: dict[str, Any] = {
        "joints_world_m": clip.joints_m, "coco_px": np.nan_to_num(clip.coco_px, nan=-1.0), "K": clip.K, "R": clip.R,
        "t": clip.t, "times_s": clip.times_s, "visibility": clip.visibility, "stature_m": clip.stature,
    }  # fmt: skip
    with atomic_write_path(path, overwrite=overwrite) as part:
        with part.open("wb") as file:
            np.savez_compressed(file, **arrays)
        try:
            load_truth(part)
        except InputError as e:
            raise InputError(f"{clip.name}: {e.what}", "its files do not belong together", path=folder) from None
    return path


def write_motion(clip: ImportedClip, folder: Path, *, overwrite: bool) -> Path:
    """NAME.npz: the motion itself, as `kasf-demo compare` takes it (the arrays of --export npz that it reads)."""
    path = folder / f"{clip.name}.npz"
    athletes, frames = clip.joints_m.shape[:2]
    feet: dict[str, Any] = {}
    if clip.feet_m is not None:  # how a flat foot looks is not known, so that its pitch is not
        feet = {"feet_m": clip.feet_m, "feet_flat_deg": np.full((athletes, frames), np.nan)}
    with atomic_write_path(path, overwrite=overwrite) as part, part.open("wb") as file:
        np.savez_compressed(
            file, **feet, xyz_m=clip.joints_m, uv_px=np.zeros((athletes, frames, 17, 2)),
            score=np.ones((athletes, frames, 17)), valid=clip.seen, interpolated=np.zeros((athletes, frames), bool),
            times_s=clip.times_s, person=np.arange(1, athletes + 1), axes=np.array("world"),
        )  # fmt: skip
    return path


def link_video(video: Path, folder: Path, name: str, *, overwrite: bool) -> Path:
    """NAME.ext in the folder, a symbolic link to the video. Raises OutputError."""
    path = folder / f"{name}{video.suffix.lower()}"
    try:
        if path.is_symlink() and (overwrite or os.path.realpath(path) == os.path.realpath(video)):
            path.unlink()
        os.symlink(video.absolute(), path)
    except OSError as e:
        raise output_error(e, path) from e
    return path


def filled(values: FloatArray, seen: NDArray[np.bool_]) -> FloatArray:
    """(T, ...) with frames that are not `seen` replaced by the nearest that is. ValueError if none is."""
    known = np.flatnonzero(seen)
    if not len(known):
        raise ValueError("nothing is measured")
    place = np.interp(np.arange(len(seen)), known, np.arange(len(known)))
    nearest = known[np.round(place).astype(int)]
    return np.asarray(values[nearest])


def sorted_folders(root: Path) -> Iterator[Path]:
    """The folders directly in root, by name."""
    yield from sorted(p for p in root.iterdir() if p.is_dir())
