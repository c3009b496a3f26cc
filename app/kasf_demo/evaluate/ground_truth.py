"""Ground truth of a clip: joints, keypoints and camera. Format: docs/ground-truth-format.md.

A is the number of athletes, T the clip's frames. Files may come from anywhere, so all arrays are checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.errors import InputError
from kasf_demo.files.npz import read_arrays
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasportsformer.metrics import box_side
from kasportsformer.skeleton import COCO_NAMES, H36M_NAMES

FORMAT = "see docs/ground-truth-format.md"
OUTSIDE, OCCLUDED, VISIBLE = 0, 1, 2
NEEDED = ("joints_world_m", "coco_px", "visibility", "K", "R", "t", "times_s", "stature_m")
# with this many axes if there is one athlete
PER_ATHLETE = {
    "joints_world_m": 3, "coco_px": 3, "visibility": 2, "coco_world_m": 3,
    "feet_world_m": 3, "feet_px": 3, "feet_visibility": 2,
}  # fmt: skip
FEET_ARRAYS = ("feet_world_m", "feet_px", "feet_visibility")  # all of them or none
MAX_MISFIT = 0.1  # median, of the athlete's size in the image: above it, the camera is given in other axes
MAX_VALUE = 1e9  # metres, pixels and seconds of a clip are below; squares of larger values would overflow
SIDES = {"l": "left", "r": "right"}

# the twelve points that Human3.6M-17 and COCO-17 have in common, as indices into each
LIMBS = tuple(name for name in H36M_NAMES if name[:2] in ("l_", "r_"))
LIMBS_H36M = [H36M_NAMES.index(name) for name in LIMBS]
LIMBS_COCO = [COCO_NAMES.index(SIDES[name[0]] + name[1:]) for name in LIMBS]


@dataclass(frozen=True)
class Truth:
    """joints_world_m (A, T, 17, 3) Human3.6M and coco_world_m (A, T, 17, 3) or None: metres, z up, the floor at z = 0.
    coco_px (A, T, 17, 2) px of the upright image; visibility (A, T, 17): 0 outside, 1 occluded, 2 visible.
    K (T, 3, 3) px, R (T, 3, 3), t (T, 3) metres: x_camera = R x_world + t with x right, y down, z forward. times_s
    (T,); stature_m (A,). feet_world_m (A, T, 4, 3), feet_px (A, T, 4, 2), feet_visibility (A, T, 4): heels and big toes
    in the order of types.FEET, or None.
    """

    joints_world_m: FloatArray
    coco_px: FloatArray
    visibility: NDArray[np.uint8]
    K: FloatArray
    R: FloatArray
    t: FloatArray
    times_s: FloatArray
    stature_m: FloatArray
    coco_world_m: FloatArray | None = None
    feet_world_m: FloatArray | None = None
    feet_px: FloatArray | None = None
    feet_visibility: NDArray[np.uint8] | None = None

    @property
    def athletes(self) -> int:
        return len(self.joints_world_m)

    @property
    def joints_camera_m(self) -> FloatArray:
        """(A, T, 17, 3) the joints in camera axes."""
        return np.asarray(np.einsum("tij,atkj->atki", self.R, self.joints_world_m) + self.t[:, None])

    @property
    def limbs_px(self) -> FloatArray:
        """(A, T, 12, 2) the points that both skeletons have."""
        return self.coco_px[:, :, LIMBS_COCO]

    @property
    def limbs_visibility(self) -> NDArray[np.uint8]:
        """(A, T, 12)."""
        return self.visibility[:, :, LIMBS_COCO]

    @property
    def side_px(self) -> FloatArray:
        """(A, T) longer side of the box around each athlete's points inside the image; NaN if there are none."""
        return box_side(self.coco_px, self.visibility > OUTSIDE)

    @property
    def in_view(self) -> BoolArray:
        """(A, T) frames in which at least a third of the limbs' points is inside the image; only these frames can count
        as missing."""
        return np.asarray((self.limbs_visibility > OUTSIDE).sum(-1) >= len(LIMBS) // 3)

    def from_camera(self, points_camera: FloatArray) -> FloatArray:
        """(T, ..., 3) camera axes to world axes of the ground truth: inverts the camera pose of each frame."""
        shape = points_camera.shape
        flat = points_camera.reshape(shape[0], -1, 3) - self.t[:, None]
        return np.asarray(np.einsum("tji,tnj->tni", self.R, flat)).reshape(shape)


def load_truth(path: Path) -> Truth:
    """Reads and checks a ground truth file (.npz). Raises InputError that names the invalid array and the reason."""
    arrays = _read(path)
    try:
        return _build(arrays)
    except ValueError as e:
        raise InputError(f"not a usable ground truth file: {e}", FORMAT, path=path) from None


def stature_m(path: Path) -> FloatArray:
    """(A,) the athletes' true standing heights, metres."""
    return load_truth(path).stature_m


def _read(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of the format."""
    if not path.exists():
        raise InputError("no such file", "check the path after --truth", path=path)
    return read_arrays(path, (*NEEDED, "coco_world_m", *FEET_ARRAYS), "the ground truth file", FORMAT)


def _build(arrays: dict[str, NDArray[Any]]) -> Truth:
    """Checked shapes and values, athletes in front. Raises ValueError."""
    if missing := [name for name in NEEDED if name not in arrays]:
        raise ValueError(f"{', '.join(missing)} missing")
    feet = [name for name in FEET_ARRAYS if name in arrays]
    if feet and len(feet) < len(FEET_ARRAYS):
        raise ValueError(f"{', '.join(n for n in FEET_ARRAYS if n not in feet)} missing beside {feet[0]}")
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu":
            raise ValueError(f"{name} holds {array.dtype}, not numbers")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds a value that is not finite")
        if array.size and max(abs(float(array.min())), abs(float(array.max()))) > MAX_VALUE:
            raise ValueError(f"{name} holds a value beyond {MAX_VALUE:g}")
    values = {n: _with_athletes(n, a) for n, a in arrays.items()}
    if values["joints_world_m"].ndim != 4:
        raise ValueError(
            f"joints_world_m: expected shape (T, 17, 3) or (A, T, 17, 3), got {arrays['joints_world_m'].shape}"
        )
    a, t = values["joints_world_m"].shape[:2]
    shapes = {
        "joints_world_m": (a, t, 17, 3),
        "coco_world_m": (a, t, 17, 3),
        "coco_px": (a, t, 17, 2),
        "visibility": (a, t, 17),
        "feet_world_m": (a, t, 4, 3),
        "feet_px": (a, t, 4, 2),
        "feet_visibility": (a, t, 4),
        "K": (t, 3, 3),
        "R": (t, 3, 3),
        "t": (t, 3),
        "times_s": (t,),
        "stature_m": (a,),
    }
    for name, array in values.items():
        if array.shape != shapes[name]:
            raise ValueError(
                f"{name}: expected shape {shapes[name]} for {a} athletes and {t} frames, got {array.shape}"
            )
    truth = Truth(**values)
    _check_values(truth)
    return truth


def _with_athletes(name: str, array: NDArray[Any]) -> NDArray[Any]:
    """float64 with the axis of athletes in front; visibility as whole numbers; one athlete's stature may be a bare
    number."""
    single = name in PER_ATHLETE and array.ndim == PER_ATHLETE[name]
    array = array[None] if single else array
    if name.endswith("visibility"):
        return (
            array.astype(np.uint8)
            if np.isin(array, (OUTSIDE, OCCLUDED, VISIBLE)).all()
            else np.full(array.shape, 255, np.uint8)
        )
    return np.atleast_1d(array).astype(np.float64)


def _check_values(truth: Truth) -> None:
    if truth.athletes == 0 or len(truth.times_s) == 0:
        raise ValueError("no athletes or no frames")
    seen = (truth.visibility, np.zeros(0) if truth.feet_visibility is None else truth.feet_visibility)
    if any((v > VISIBLE).any() for v in seen):
        raise ValueError("visibility holds more than 0 (outside), 1 (occluded) and 2 (visible)")
    if (np.diff(truth.times_s) <= 0).any():
        raise ValueError("times_s does not rise")
    if (truth.stature_m < 0.5).any() or (truth.stature_m > 2.8).any():
        raise ValueError("stature_m is not from 0.5 to 2.8 metres")
    rotates = (
        np.abs(truth.R @ np.swapaxes(truth.R, 1, 2) - np.eye(3)).max() < 1e-3 and (np.linalg.det(truth.R) > 0).all()
    )
    if not rotates:
        raise ValueError("R is not a rotation in every frame")
    if not truth.in_view.any():
        raise ValueError("no athlete is in the image, by visibility")
    if (misfit := _misfit(truth)) > MAX_MISFIT:
        what = "joints_world_m seen through K, R and t does not fall on coco_px"
        raise ValueError(
            f"{what} (median {100 * misfit:.0f} % of the athlete's size): x_camera = R x_world + t, z forward, y down"
        )


def _misfit(truth: Truth) -> float:
    """Median distance of the projected limb joints from coco_px where they are in view, by the athlete's size in the
    image."""
    seen = (truth.limbs_visibility > OUTSIDE) & truth.in_view[..., None]
    projected = np.einsum("tij,atkj->atki", truth.K, truth.joints_camera_m[:, :, LIMBS_H36M])
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = (
            np.linalg.norm(projected[..., :2] / projected[..., 2:] - truth.limbs_px, axis=-1) / truth.side_px[..., None]
        )
    behind = projected[..., 2] <= 0
    return float(np.median(np.where(behind, np.inf, distance)[seen]))
