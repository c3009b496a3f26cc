"""The two skeletons: COCO-17, which detectors give, and Human3.6M-17, which the network takes. numpy only.

All left/right knowledge comes from the names: there is no second table to contradict them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

N_JOINTS = 17

COCO_NAMES = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear",
    "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
    "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle",
)  # fmt: skip

H36M_NAMES = (
    "pelvis", "r_hip", "r_knee", "r_ankle", "l_hip", "l_knee", "l_ankle", "spine", "thorax", "neck", "head",
    "l_shoulder", "l_elbow", "l_wrist", "r_shoulder", "r_elbow", "r_wrist",
)  # fmt: skip

COCO = {name: index for index, name in enumerate(COCO_NAMES)}
H36M = {name: index for index, name in enumerate(H36M_NAMES)}

COCO_EDGES = tuple(
    (COCO[a], COCO[b])
    for a, b in (
        ("nose", "left_eye"),
        ("nose", "right_eye"),
        ("left_eye", "left_ear"),
        ("right_eye", "right_ear"),
        ("left_shoulder", "right_shoulder"),
        ("left_hip", "right_hip"),
        ("left_shoulder", "left_hip"),
        ("right_shoulder", "right_hip"),
        ("left_shoulder", "left_elbow"),
        ("left_elbow", "left_wrist"),
        ("right_shoulder", "right_elbow"),
        ("right_elbow", "right_wrist"),
        ("left_hip", "left_knee"),
        ("left_knee", "left_ankle"),
        ("right_hip", "right_knee"),
        ("right_knee", "right_ankle"),
    )
)

# (proximal, distal), the order in which the network's bone stream numbers them
BONES = tuple(
    (H36M[a], H36M[b])
    for a, b in (
        ("pelvis", "r_hip"), ("r_hip", "r_knee"), ("r_knee", "r_ankle"),
        ("pelvis", "l_hip"), ("l_hip", "l_knee"), ("l_knee", "l_ankle"),
        ("pelvis", "spine"), ("spine", "thorax"), ("thorax", "neck"), ("neck", "head"),
        ("thorax", "l_shoulder"), ("l_shoulder", "l_elbow"), ("l_elbow", "l_wrist"),
        ("thorax", "r_shoulder"), ("r_shoulder", "r_elbow"), ("r_elbow", "r_wrist"),
    )
)  # fmt: skip

_OTHER_SIDE = {"l": "r", "r": "l", "left": "right", "right": "left"}


def mirror_permutation(names: tuple[str, ...]) -> tuple[int, ...]:
    """Index of each name's counterpart on the other side of the body (itself, on the midline)."""
    index = {name: i for i, name in enumerate(names)}
    counterpart = []
    for name in names:
        side, _, part = name.partition("_")
        counterpart.append(index[f"{_OTHER_SIDE[side]}_{part}" if side in _OTHER_SIDE else name])
    return tuple(counterpart)


COCO_MIRROR = mirror_permutation(COCO_NAMES)
H36M_MIRROR = mirror_permutation(H36M_NAMES)


def mirror_h36m(pose: FloatArray) -> FloatArray:
    """The pose seen in a mirror: x negated, left and right swapped. A new array; applying it twice gives the input.

    pose (..., 17, C): Human3.6M joints, channel 0 is x with its origin on the mirror (normalised 2D, or root-relative
    3D).
    """
    out = _checked(pose, H36M_NAMES)[..., H36M_MIRROR, :]  # fancy indexing copies
    out[..., 0] *= -1
    return out


def mirror_pixels(xy: FloatArray, width: float, permutation: tuple[int, ...]) -> FloatArray:
    """Keypoints (..., 17, 2+) px of the left-right flipped image, `width` px wide; COCO_MIRROR or H36M_MIRROR. A new
    array."""
    out = _checked(xy, permutation)[..., permutation, :]
    out[..., 0] = width - out[..., 0]
    return out


# Joints that are the same point in both skeletons; the neck (between neck and nose) starts as the nose
_COPIED = {
    **{
        f"{s[0]}_{part}": f"{s}_{part}"
        for s in ("left", "right")
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    },
    "neck": "nose",
}
_TO = [H36M[name] for name in _COPIED]
_FROM = [COCO[name] for name in _COPIED.values()]
# (COCO, Human3.6M) of shoulders, elbows, wrists, hips, knees and ankles, in COCO's order
LIMB_JOINTS = tuple(sorted((COCO[coco], H36M[h36m]) for h36m, coco in _COPIED.items() if coco != "nose"))
_FACE = [COCO[name] for name in ("left_eye", "right_eye", "left_ear", "right_ear")]
_EYES = [COCO["left_eye"], COCO["right_eye"]]
_SHOULDERS = [COCO["left_shoulder"], COCO["right_shoulder"]]
_HIPS = [COCO["left_hip"], COCO["right_hip"]]


def coco_to_h36m(xy: FloatArray, score: FloatArray) -> tuple[FloatArray, FloatArray]:
    """COCO-17 keypoints as the Human3.6M-17 keypoints that the checkpoints were trained on. Pixels in, pixels out.

    xy (..., 17, 2) px, y down; score (..., 17). Returns the same shapes (floating; float32 stays float32). Rows of NaN
    stay NaN. The formulas are those of KASportsFormer (arXiv 2507.20763); the trunk and head are guesses from
    shoulders, hips and face, and the network expects exactly these guesses. Raises ValueError on other shapes.
    """
    xy, score = np.asarray(xy), np.asarray(score)
    if xy.shape[-2:] != (N_JOINTS, 2) or score.shape != xy.shape[:-1]:
        raise ValueError(f"expected xy (..., 17, 2) and score (..., 17), got {xy.shape} and {score.shape}")
    return _remap_xy(_floating(xy)), _remap_score(_floating(score))


def _remap_xy(p: FloatArray) -> FloatArray:
    nose, eyes, shoulders, hips = p[..., COCO["nose"], :], p[..., _EYES, :], p[..., _SHOULDERS, :], p[..., _HIPS, :]
    chest = shoulders.mean(-2)
    pelvis = hips.mean(-2)

    head = np.stack([p[..., _FACE, 0].mean(-1), eyes[..., 1].sum(-1) - nose[..., 1]], axis=-1)
    thorax = chest + (nose - chest) / 3
    spine = p[..., _SHOULDERS + _HIPS, :].mean(-2)
    # The published code moves the spine between the thorax's two corrections: only its x correction counts here
    spine[..., 0] += 2 * (spine[..., 0] - (pelvis[..., 0] + thorax[..., 0]) / 2)
    thorax[..., 1] -= (eyes[..., 1].mean(-1) - nose[..., 1]) * 2 / 3

    out = np.empty_like(p)
    out[..., _TO, :] = p[..., _FROM, :]
    out[..., H36M["neck"], :] += (chest - nose) / 4
    for name, point in (("pelvis", pelvis), ("spine", spine), ("thorax", thorax), ("head", head)):
        out[..., H36M[name], :] = point
    return out


def _remap_score(s: FloatArray) -> FloatArray:
    out = np.empty_like(s)
    out[..., _TO] = s[..., _FROM]
    out[..., H36M["pelvis"]] = s[..., _HIPS].mean(-1)
    out[..., H36M["thorax"]] = s[..., _SHOULDERS].mean(-1)
    out[..., H36M["spine"]] = out[..., [H36M["pelvis"], H36M["thorax"]]].mean(-1)
    out[..., H36M["head"]] = s[..., _FACE].mean(-1)
    return out


def _floating(array: NDArray[Any]) -> FloatArray:
    """Float arrays as they are (float32 then rounds as the published code does), whole numbers as float64."""
    return array if np.issubdtype(array.dtype, np.floating) else array.astype(np.float64)


def _checked(pose: FloatArray, joints: tuple[Any, ...]) -> FloatArray:
    pose = np.asarray(pose)
    if pose.ndim < 2 or pose.shape[-2] != len(joints):
        raise ValueError(f"expected (..., {len(joints)}, C), got {pose.shape}")
    return pose
