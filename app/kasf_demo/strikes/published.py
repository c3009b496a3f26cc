"""AutoSoccerPose's own reading of a shot, slips and all, so that numbers can be compared with those of its data set.

Poses are (T, 17, 3) in the joint order of the 3DSP data set, z up. Yeung, Ide, Fujii, CVPRW 2024 (arXiv 2405.12070).
What this program itself measures is in `posture` and `features`.
"""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray

# Human3.6M's joints in 3DSP's order, which has the left leg first and the right arm first; the same table the other way
ORDER = (0, 4, 5, 6, 1, 2, 3, 7, 8, 9, 10, 14, 15, 16, 11, 12, 13)
_BONES = ((0, 7), (7, 8), (8, 9), (9, 10), (8, 11), (8, 14), (0, 1), (0, 4), (1, 2), (2, 3), (4, 5), (5, 6),
          (11, 12), (12, 13), (14, 15), (15, 16))  # fmt: skip
_LIMB_ENDS = (2, 3, 5, 6, 12, 13, 15, 16)
_L_LEG, _R_LEG, _L_ELBOW, _R_ELBOW = (1, 2, 3), (4, 5, 6), 15, 12
_STEP_DEG = 10
_PATHS = {"x": [0], "y": [1], "z": [2], "xy": [0, 1], "xz": [0, 2], "yz": [1, 2], "all": [0, 1, 2]}
_ANGLES = ("knee_angle", "hip_angle", "shoulder_angle_left", "shoulder_angle_right")
FEATURE_NAMES = (
    *(f"ankle_dist_{name}" for name in _PATHS),
    *(f"ankle_{end}_{axis}" for end in ("max", "min") for axis in "xyz"),
    *(f"{angle}_{how}" for how in ("mean", "max", "min") for angle in _ANGLES),
)
MAX_FRAMES_OF_ANGLES = 19


def reordered(poses: FloatArray) -> FloatArray:
    """Poses (..., 17, 3) from Human3.6M's order to 3DSP's, or back."""
    return np.asarray(poses)[..., ORDER, :]


def as_3dsp(poses: FloatArray) -> FloatArray:
    """(T, 17, 3) Human3.6M, z up, as the data set has them: its order, the pelvis in the middle, the lowest joint at 0,
    each frame divided by its largest coordinate."""
    out = reordered(poses) - poses[:, :1] * [1.0, 1.0, 0.0]
    out = out - out[..., 2].min(1)[:, None, None] * [0.0, 0.0, 1.0]
    return np.asarray(out / out.max((1, 2), keepdims=True))


def equal_bones(poses: FloatArray) -> FloatArray:
    """Step 1. Lengths are means of those within one standard deviation. Moving joint 7 carries the legs, a slip of the
    published code; a bone of exactly constant length becomes NaN, as there."""
    poses = np.asarray(poses, float)
    out = poses.copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        for parent, child in _BONES:
            before = np.linalg.norm(poses[:, child] - poses[:, parent], axis=-1)
            kept = before[np.abs(before - before.mean()) < before.std()]
            length = kept.mean() if len(kept) else np.nan
            bone = out[:, child] - out[:, parent]
            now = np.linalg.norm(bone, axis=-1, keepdims=True)
            carried = [7, *_L_LEG, *_R_LEG] if child == 7 else [child, *_below(child)]
            out[:, carried] += (bone / now * (length - now))[:, None]
    return out


def turned(poses: FloatArray) -> FloatArray:
    """Step 2. Each frame by the multiple of 10 degrees about z that shows the shoulders widest in x and z, the right
    one at the larger x; the first of equal ones."""
    poses = np.asarray(poses, float)
    angles = np.radians(np.arange(0, 360, _STEP_DEG))
    c, s, zero, one = np.cos(angles), np.sin(angles), np.zeros(len(angles)), np.ones(len(angles))
    turns = np.stack([c, -s, zero, s, c, zero, zero, zero, one], axis=-1).reshape(-1, 3, 3)
    across = np.einsum("aij,tj->tai", turns, poses[:, 11] - poses[:, 14])
    wide = np.where(across[..., 0] > 0, np.hypot(across[..., 0], across[..., 2]), -np.inf)
    return np.asarray(np.einsum("tij,tnj->tni", turns[wide.argmax(1)], poses))


def smoothed(poses: FloatArray) -> FloatArray:
    """Step 3. Savitzky-Golay over 5 frames: lines for knees, ankles, elbows and wrists, cubics for the rest."""
    from scipy.signal import savgol_filter

    out = np.asarray(savgol_filter(poses, 5, 3, axis=0))
    ends = list(_LIMB_ENDS)
    out[:, ends] = savgol_filter(np.asarray(poses)[:, ends], 5, 1, axis=0)
    return out


def published_posture(poses: FloatArray) -> FloatArray:
    """(T, 17, 3) after the three steps."""
    return smoothed(turned(equal_bones(poses)))


def published_features(poses: FloatArray) -> dict[str, float]:
    """The 25 features under `FEATURE_NAMES`. Lengths in the poses' unit, angles in degrees between successive vectors
    (0 is straight). The shooting leg is the one whose ankle moves more along x."""
    poses = np.asarray(poses, float)
    left, right = (float(np.abs(np.diff(poses[:, leg[2], 0])).sum()) for leg in (_L_LEG, _R_LEG))
    _, knee, ankle = _L_LEG if left > right else _R_LEG
    path, step = poses[:, ankle], np.diff(poses[:, ankle], axis=0)
    found = {f"ankle_dist_{name}": float(np.linalg.norm(step[:, i], axis=-1).sum()) for name, i in _PATHS.items()}
    for axis, column in zip("xyz", path.T, strict=True):
        found |= {f"ankle_max_{axis}": float(column.max()), f"ankle_min_{axis}": float(column.min())}
    chains = ((0, knee, ankle), (8, 0, knee), (0, 8, _L_ELBOW), (0, 8, _R_ELBOW))
    for name, (a, b, c) in zip(_ANGLES, chains, strict=True):
        angle = _between_deg(poses[:, b] - poses[:, a], poses[:, c] - poses[:, b])[:MAX_FRAMES_OF_ANGLES]
        found |= {f"{name}_mean": float(angle.mean()), f"{name}_max": float(angle.max())}
        found[f"{name}_min"] = float(angle.min())
    return {name: found[name] for name in FEATURE_NAMES}


def _below(joint: int) -> list[int]:
    own = [child for parent, child in _BONES if parent == joint]
    return own + [j for child in own for j in _below(child)]


def _between_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
