"""Flexion of knees and elbows on held-out windows, by the direction from which the athlete is seen.

Depth along the view is what a single camera does not give: a standing athlete seen from the front may come out
crouched, and a mean over all views and joints hardly shows it.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..skeleton import H36M
from .dataset import Pairs
from .forward_kinematics import FloatArray

JOINTS = {
    joint: [[H36M[f"{s}_{part}"] for part in parts] for s in ("l", "r")]
    for joint, parts in {"knee": ("hip", "knee", "ankle"), "elbow": ("shoulder", "elbow", "wrist")}.items()
}
SECTORS = {
    "front": (0, 30),
    "half front": (30, 60),
    "side": (60, 120),
    "half back": (120, 150),
    "back": (150, 180),
    "all": (0, 180),
}
MAX_STRAIGHT_DEG = 15.0  # flexion in the ground truth up to which a limb counts as straight
BIN_DEG = 15


def flexion_deg(pose: FloatArray, joint: str) -> FloatArray:
    """(..., 2) flexion of the left and right "knee" or "elbow", 0 where the limb is straight; pose (..., 17, 3), of any
    unit."""
    out = []
    for a, b, c in JOINTS[joint]:
        u, v = pose[..., b, :] - pose[..., a, :], pose[..., c, :] - pose[..., b, :]
        length = np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1)
        out.append(np.degrees(np.arccos(np.clip((u * v).sum(-1) / np.maximum(length, 1e-9), -1, 1))))
    return np.stack(out, axis=-1)


def azimuth_deg(pose: FloatArray) -> FloatArray:
    """(...) 0 where the athlete faces the camera, 90 seen from a side, 180 from behind; pose (..., 17, 3), x right, y
    down, z away.

    About the athlete's own trunk, so that it means the same for a body that lies or is upside down.
    """
    left = pose[..., H36M["l_hip"], :] - pose[..., H36M["r_hip"], :]
    up = pose[..., H36M["thorax"], :] - pose[..., H36M["pelvis"], :]
    ahead = np.cross(left, up)
    return np.asarray(np.degrees(np.arctan2(np.linalg.norm(ahead[..., :2], axis=-1), -ahead[..., 2])))


def flexion_errors(predicted: FloatArray, pairs: Pairs) -> dict[str, dict[str, dict[str, float]]]:
    """{"knee" or "elbow": {sector: {"error", "bias", "straight", "share"}}}, degrees, of poses (N, T, 17, 3).

    error: mean absolute; bias: mean of estimate less ground truth; straight: that mean over limbs whose true flexion is
    below MAX_STRAIGHT_DEG, NaN if there are none; share: of all frames. A sector without frames is left out.
    """
    azimuth = azimuth_deg(pairs.truth)
    out: dict[str, dict[str, dict[str, float]]] = {}
    for joint in JOINTS:
        truth = flexion_deg(pairs.truth, joint)
        off = flexion_deg(predicted, joint) - truth
        out[joint] = {}
        for sector, (low, high) in SECTORS.items():
            rows = (azimuth >= low) & ((azimuth < high) | (high == 180))
            if rows.any():
                straight = off[rows][truth[rows] < MAX_STRAIGHT_DEG]
                out[joint][sector] = {
                    "error": float(np.abs(off[rows]).mean()),
                    "bias": float(off[rows].mean()),
                    "straight": float(straight.mean()) if straight.size else float("nan"),
                    "share": float(rows.mean()),
                }
    return out


def flexion_table(results: dict[str, dict[str, dict[str, dict[str, float]]]]) -> str:
    """Text table of {"noise" or "clean": flexion_errors}."""
    lines = [
        f"{'':8}{'joint':8}{'seen from':12}{'error':>8}{'bias':>8}{'straight':>10}{'share':>8}   degrees of flexion"
    ]
    for kind, joints in results.items():
        for joint, sectors in joints.items():
            for sector, v in sectors.items():
                numbers = f"{v['error']:8.1f}{v['bias']:+8.1f}{v['straight']:+10.1f}{100 * v['share']:7.0f}%"
                lines.append(f"{kind:8}{joint:8}{sector:12}{numbers}")
    return "\n".join(lines)


def plot_flexion(sets: dict[str, tuple[FloatArray, Pairs]], path: Path) -> None:
    """A PNG: mean absolute error and bias of knees and elbows over the view's azimuth. sets: {name of a line:
    (predicted, pairs)}."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, panels = plt.subplots(1, len(JOINTS), figsize=(9, 3.4), sharey=True, constrained_layout=True)
    edges = np.arange(0, 180 + BIN_DEG, BIN_DEG)
    for panel, joint in zip(panels, JOINTS, strict=True):
        for number, (name, (predicted, pairs)) in enumerate(sets.items()):
            off = flexion_deg(predicted, joint) - flexion_deg(pairs.truth, joint)
            bins = np.minimum(np.digitize(azimuth_deg(pairs.truth), edges) - 1, len(edges) - 2)
            full = [b for b in range(len(edges) - 1) if (bins == b).any()]
            middle = [edges[b] + BIN_DEG / 2 for b in full]
            colour = f"C{number}"
            panel.plot(middle, [np.abs(off[bins == b]).mean() for b in full], colour, label=f"{name}: error")
            panel.plot(middle, [off[bins == b].mean() for b in full], colour, linestyle="--", label=f"{name}: bias")
        panel.axhline(0, color="grey", linewidth=0.6)
        panel.set(
            title=f"{joint} flexion",
            xlabel="azimuth of the view, degrees (0: from the front)",
            xticks=range(0, 181, 30),
        )
    panels[0].set_ylabel("degrees")
    panels[0].legend(fontsize=8)
    figure.savefig(path, dpi=110)
    plt.close(figure)
