"""Joints of the SMPL body model from a user's model file: shape, rest joints by the file's regressor, and the chain of
rotations. Source: Loper et al., SMPL, SIGGRAPH Asia 2015. The mesh is not made.

The official .pkl holds objects of chumpy and scipy. They are read as bare arrays; nothing of these libraries is run.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from kasf_demo.errors import InputError
from kasf_demo.files.npz import read_arrays
from kasf_demo.types.arrays import FloatArray
from kasportsformer.training.readers.pickles import ArraysOnly, PickleError

JOINTS, VERTICES = 24, 6890
NEEDED = ("J_regressor", "v_template", "shapedirs", "kintree_table")
REMEDY = "give the neutral SMPL model of 24 joints, .pkl or .npz, from smpl.is.tue.mpg.de"


class _State:
    """In place of an object of chumpy or scipy: keeps what the file says of it."""

    def __init__(self, *_: object, **__: object) -> None:
        self.state: Any = None

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _bare(kind: Any, *_: object) -> _State:
    """In place of copyreg._reconstructor."""
    if kind is not _State:
        raise PickleError("it makes objects of another kind")
    return _State()


# names of Python 2, in which the official files are written
_PYTHON_2: dict[tuple[str, str], Any] = {
    ("__builtin__", "set"): set, ("__builtin__", "object"): object, ("copy_reg", "_reconstructor"): _bare,
    ("copyreg", "_reconstructor"): _bare, ("builtins", "object"): object,
}  # fmt: skip


class _ModelUnpickler(ArraysOnly):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PYTHON_2:
            return _PYTHON_2[module, name]
        if module.split(".")[0] == "chumpy" or (module.startswith("scipy.sparse") and name.endswith("_matrix")):
            return _State
        return super().find_class(module, name)


@dataclass(frozen=True)
class SmplModel:
    """rest (24, 3) joints of the mean shape and by_shape (24, 3, B) their change per shape value, metres; tall (2, 3)
    and tall_by_shape (2, 3, B): top and bottom vertex; parents (24,), -1 for the root."""

    rest: FloatArray
    by_shape: FloatArray
    tall: FloatArray
    tall_by_shape: FloatArray
    parents: tuple[int, ...]

    def joints(self, rotations: FloatArray, place: FloatArray, betas: FloatArray) -> FloatArray:
        """(T, 24, 3) m for rotation vectors (T, 24, 3), translations (T, 3) and shape values (B,)."""
        count = min(len(betas), self.by_shape.shape[-1])
        rest = self.rest + self.by_shape[..., :count] @ betas[:count]
        turns = Rotation.from_rotvec(rotations.reshape(-1, 3)).as_matrix().reshape(-1, JOINTS, 3, 3)
        world, out = np.empty_like(turns), np.empty((len(rotations), JOINTS, 3))
        for j, parent in enumerate(self.parents):
            if parent < 0:
                world[:, j], out[:, j] = turns[:, j], rest[j]
            else:
                world[:, j] = world[:, parent] @ turns[:, j]
                out[:, j] = out[:, parent] + world[:, parent] @ (rest[j] - rest[parent])
        return np.asarray(out + place[:, None])

    def stature(self, betas: FloatArray) -> float:
        """Height of the standing body, m."""
        count = min(len(betas), self.tall_by_shape.shape[-1])
        ends = self.tall + self.tall_by_shape[..., :count] @ betas[:count]
        return float(ends[0, 1] - ends[1, 1])


def load_smpl(path: Path) -> SmplModel:
    """From a .pkl or .npz. Raises InputError."""
    try:
        arrays = _npz(path) if path.suffix.lower() == ".npz" else _pkl(path)
        return _model(*(np.asarray(arrays[name], np.float64) for name in NEEDED))
    except (KeyError, ValueError, TypeError, AttributeError) as e:
        raise InputError(f"is no SMPL model: {type(e).__name__}: {str(e)[:120]}", REMEDY, path=path) from None


def _npz(path: Path) -> dict[str, Any]:
    return dict(read_arrays(path, NEEDED, "the SMPL model", REMEDY))


def _pkl(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content: Any = _ModelUnpickler(file, encoding="latin1").load()
    except OSError as e:
        raise InputError(f"cannot be read: {e.strerror}", REMEDY, path=path) from None
    except (PickleError, pickle.UnpicklingError, EOFError, IndexError, MemoryError, AssertionError) as e:
        raise ValueError(str(e)) from None
    return {name: _array(content[name]) for name in NEEDED}


def _array(value: Any) -> Any:
    """A bare array of an array, a chumpy object (`x`), or a sparse matrix by columns or rows."""
    if not isinstance(value, _State):
        return value
    state = value.state
    if "indptr" not in state:
        return state["x"]
    shape = tuple(int(n) for n in state.get("_shape", state.get("shape")))
    if shape not in ((JOINTS, VERTICES), (VERTICES, JOINTS)):
        raise ValueError(f"J_regressor is {shape}")
    out = np.zeros(shape)
    by_column = len(state["indptr"]) == shape[1] + 1
    for k, (a, b) in enumerate(zip(state["indptr"], state["indptr"][1:], strict=False)):
        where = (np.asarray(state["indices"][a:b]), k) if by_column else (k, np.asarray(state["indices"][a:b]))
        out[where] = state["data"][a:b]
    return out


def _model(regressor: FloatArray, template: FloatArray, shapes: FloatArray, tree: FloatArray) -> SmplModel:
    wanted = {"J_regressor": (regressor, (JOINTS, VERTICES)), "v_template": (template, (VERTICES, 3))}
    for name, (array, shape) in wanted.items():
        if array.shape != shape or not np.isfinite(array).all():
            raise ValueError(f"{name} is {array.shape}, not {shape}")
    if shapes.ndim != 3 or shapes.shape[:2] != (VERTICES, 3) or tree.shape != (2, JOINTS):
        raise ValueError(f"shapedirs is {shapes.shape}, kintree_table {tree.shape}")
    order = {int(child): i for i, child in enumerate(tree[1])}
    parents = tuple(order.get(int(p), -1) if i else -1 for i, p in enumerate(tree[0]))
    if any(p >= i for i, p in enumerate(parents)) or any(p < 0 for p in parents[1:]):
        raise ValueError("kintree_table is no tree in order")
    ends = [int(template[:, 1].argmax()), int(template[:, 1].argmin())]
    by_shape = np.einsum("jv,vcb->jcb", regressor, shapes)
    return SmplModel(regressor @ template, by_shape, template[ends], shapes[ends], parents)
