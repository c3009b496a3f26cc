"""The test frames of a data set, read from its published files. Nothing in a pickle is executed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.benchmark.sets import SETS, DataSet
from kasf_demo.errors import InputError, shown
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import N_JOINTS
from kasportsformer.training.readers.pickles import PickleError, read_pickle

NEEDED = ("joint_2d", "joints_2.5d_image", "2.5d_factor", "source", "action")
FRAME_NEEDED = ("joint_3d_image", "ratio", "videoid", "action", "video_width", "video_height")
Names = NDArray[np.str_]


@dataclass(frozen=True)
class RecordedSet:
    """N frames, recording after recording, Human3.6M-17.

    xy (N, 17, 2) px; score (N, 17); truth_mm (N, 17, 3): the 2.5D ground truth, the exact projection and the depth from
    the root in px times `factor` (N,) mm per px; size (N, 2) image width and height in px; source, action, camera (N,)
    names. detected: False if xy are the exact projections. what: the file, for reports.
    """

    data_set: DataSet
    what: str
    xy: FloatArray
    score: FloatArray
    truth_mm: FloatArray
    factor: FloatArray
    size: FloatArray
    source: Names
    action: Names
    camera: Names
    detected: bool

    def __len__(self) -> int:
        return len(self.xy)

    @property
    def height_px(self) -> FloatArray:
        """(N,) how tall the athlete is in the image: the vertical extent of the true joints, px."""
        y = self.truth_mm[..., 1] / self.factor[:, None]
        return np.asarray(y.max(-1) - y.min(-1))


def read_set(data_set: DataSet, path: Path) -> RecordedSet:
    """The frames that the published protocol tests. `path`: the file, or a folder with one of its names in it.

    Raises InputError: no such file, another kind of file or data set, damage, values that are not finite.
    """
    file = _find(data_set, path)
    try:
        content: Any = read_pickle(file)
    except PickleError as e:
        raise InputError(str(e).removeprefix(f"{file}: "), f"give {data_set.file_hint}", path=file) from None
    except OSError as e:
        raise InputError(f"cannot be read: {e.strerror}", "check the path and its permissions", path=file) from None
    try:
        read = _frame_list if data_set.name == "athletepose3d" else _source_file
        found = read(data_set, file.name, content)
        _check(found)
    except (ValueError, TypeError, KeyError, AttributeError) as e:
        raise InputError(_plain(e), f"give {data_set.title}'s {data_set.file_hint}", path=file) from None
    return found


def _plain(error: Exception) -> str:
    return f"has no {shown(error.args[0])}" if isinstance(error, KeyError) and error.args else str(error)[:300]


def _find(data_set: DataSet, path: Path) -> Path:
    """The data set's file in a folder, or the file itself."""
    if not path.exists():
        raise InputError("no such file or folder", f"give {data_set.title}'s {data_set.file_hint}", path=path)
    if not path.is_dir():
        return path
    if data_set.name == "athletepose3d":
        patterns = ["pose_3d/valid.pkl", "data/pose_3d/valid.pkl", "valid.pkl"]
    else:
        prefix = {"sportspose": "sp_", "worldpose": "wp_", "h36m": "h36m_"}[data_set.name]
        patterns = [f"{prefix}*source*.pkl", f"{data_set.name}*source*.pkl"]
    found = sorted({p for pattern in patterns for p in path.glob(pattern) if p.is_file()})
    if len(found) == 1:
        return found[0]
    what = f"holds {len(found)} files of this kind" if found else f"holds no {data_set.file_hint}"
    raise InputError(what, "give the file itself", path=path)


def _source_file(data_set: DataSet, what: str, content: Any) -> RecordedSet:
    """MotionBERT's layout, `*_source*.pkl`: {"train", "test"} of dicts of arrays over frames."""
    part = content.get(data_set.split) if isinstance(content, dict) else None
    if not isinstance(part, dict):
        raise ValueError(f"has no {data_set.split!r} part: not a *_source*.pkl")
    if missing := [name for name in NEEDED if name not in part]:
        raise ValueError(f"its {data_set.split} part has no {', '.join(missing)}")
    xy = np.asarray(part["joint_2d"], np.float32)[..., :2]
    n = len(xy)
    if n == 0:
        raise ValueError("holds no frames")
    score = np.ones((n, N_JOINTS), np.float32)
    if "confidence" in part:
        score = np.asarray(part["confidence"], np.float32).reshape(n, -1)
    action = _names(part["action"])
    camera = _names(part["camera_name"]) if "camera_name" in part else np.full(n, "")
    return RecordedSet(
        data_set, what, xy, score,
        truth_mm=np.asarray(part["joints_2.5d_image"], np.float64), factor=_numbers(part["2.5d_factor"]),
        size=_sizes(data_set, camera), source=_names(part["source"]), action=action, camera=camera,
        detected="confidence" in part and bool((score != 1).any()),
    )  # fmt: skip


def _frame_list(data_set: DataSet, what: str, content: Any) -> RecordedSet:
    """AthletePose3D's layout: a list of frames, each a dict. The input is the exact projection."""
    if not isinstance(content, list | tuple) or not content or not isinstance(content[0], dict):
        raise ValueError("is not a list of frames")
    if missing := [name for name in FRAME_NEEDED if name not in content[0]]:
        raise ValueError(f"its frames have no {', '.join(missing)}")
    image = np.array([frame["joint_3d_image"] for frame in content], np.float64)
    factor = 1 / _numbers([frame["ratio"] for frame in content])
    size = np.array([(frame["video_width"], frame["video_height"]) for frame in content], np.float64)
    return RecordedSet(
        data_set, what, image[..., :2].astype(np.float32), np.ones(image.shape[:2], np.float32),
        truth_mm=image * factor[:, None, None], factor=factor, size=size,
        source=_names([frame["videoid"] for frame in content]),
        action=_names([frame["action"] for frame in content]),
        camera=_names([frame.get("cameraid", "") for frame in content]), detected=False,
    )  # fmt: skip


def _names(values: Any) -> Names:
    return np.array([str(value) for value in values])


def _numbers(values: Any) -> FloatArray:
    return np.asarray(values, np.float64).reshape(-1)


def _sizes(data_set: DataSet, camera: Names) -> FloatArray:
    """(N, 2) px by camera name. ValueError for a camera that the data set does not have."""
    if data_set.size is not None:
        return np.tile(np.array(data_set.size, np.float64), (len(camera), 1))
    names, which = np.unique(camera, return_inverse=True)
    unknown = [str(name) for name in names if name not in data_set.sizes]
    if unknown:
        of = _owner(unknown)
        raise ValueError(
            f"has the cameras {shown(unknown)}, not {data_set.title}'s {', '.join(data_set.sizes)}"
            + (f": is it {of}?" if of else "")
        )
    return np.array([data_set.sizes[str(name)] for name in names], np.float64)[which]


def _owner(cameras: Sequence[str]) -> str:
    return next((s.title for s in SETS.values() if s.sizes and set(cameras) <= set(s.sizes)), "")


def _check(found: RecordedSet) -> None:
    """ValueError for shapes that do not fit together, values that are not finite, or another data set's actions."""
    n = len(found.xy)
    shapes = {
        "joint_2d": (found.xy, (n, N_JOINTS, 2)), "confidence": (found.score, (n, N_JOINTS)),
        "joints_2.5d_image": (found.truth_mm, (n, N_JOINTS, 3)), "2.5d_factor": (found.factor, (n,)),
        "source": (found.source, (n,)), "action": (found.action, (n,)), "camera_name": (found.camera, (n,)),
    }  # fmt: skip
    for name, (array, want) in shapes.items():
        if array.shape != want:
            raise ValueError(f"{name} must be {want}, got {array.shape}")
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"{name} holds a value that is not finite")
    if not (found.factor > 0).all() or not (found.size > 0).all():
        raise ValueError("2.5d_factor and the image size must be positive")
    foreign = [a for a in np.unique(found.action).tolist() if not found.data_set.owns_action(a)]
    if foreign:
        raise ValueError(f"has the actions {shown(foreign[:3])}, which are not {found.data_set.title}'s")
