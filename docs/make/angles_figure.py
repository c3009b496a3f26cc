"""Draws docs/images/angles.svg, the figure of docs/angles.md: python docs/make/angles_figure.py

The bodies are posed by turning the limbs of a stick figure by the angle that is drawn, and the number written beside it
is what kasf_demo.kinematics measures on that pose, so the figure always agrees with the program.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "kasf-demo"  # the same file every time

from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from body import FORWARD, LEFT, UP, Array, as_pose, bent, standing, turn, upper_turned  # noqa: E402
from kasf_demo.kinematics.foot_motion import foot_angles  # noqa: E402
from kasf_demo.kinematics.joint_angles import joint_angles  # noqa: E402
from kasf_demo.types.feet import FootPose  # noqa: E402
from kasf_demo.types.motion import ANGLES  # noqa: E402
from kasportsformer.skeleton import BONES, H36M  # noqa: E402

RIGHT_COLOUR, LEFT_COLOUR, MIDDLE_COLOUR, MARK = "#d55e00", "#0072b2", "#666666", "#009e73"
FLEX, RAISE = np.cross(-UP, FORWARD), np.cross(-UP, -LEFT)  # of a right limb: to the front, to the side
View = tuple[Array, Array]  # what points right and up on the page
SIDE: View = (FORWARD, UP)  # from the athlete's right
FRONT: View = (LEFT, UP)  # from in front: the athlete's left is on the page's right
TOP: View = (LEFT, -FORWARD)


def panel(
    axes: Axes, title: str, pose: Array, view: View, name: str, at: str, reference: Array | None, arm: Array | None
) -> None:
    """One body in one view, with the angle between two directions (3,) at a joint, and the number that is measured."""
    flat = np.stack([pose @ view[0], pose @ view[1]], axis=-1)
    joints = list(H36M)
    for a, b in BONES:
        side = joints[b][:2]
        colour = {"r_": RIGHT_COLOUR, "l_": LEFT_COLOUR}.get(side, MIDDLE_COLOUR)
        axes.plot(*flat[[a, b]].T, color=colour, lw=3, solid_capstyle="round", zorder=1 if side == "l_" else 2)
    axes.plot(*flat[H36M["head"]], "o", ms=10, color=MIDDLE_COLOUR)
    if reference is not None and arm is not None:
        arc(axes, flat[H36M[at]], *(np.array([d @ view[0], d @ view[1]]) for d in (reference, arm)))
    value = joint_angles(pose[None])[0, ANGLES.index(name)]
    axes.set_title(f"{title}\n{value:+.0f}°", fontsize=8)
    axes.set_aspect("equal")
    axes.axis("off")
    x, y = flat.mean(0)
    half = 0.75 if view[1] is UP else 0.5
    axes.set_xlim(x - half, x + half)
    axes.set_ylim(*((-0.05, 2.0) if view[1] is UP else (y - half, y + half)))


def arc(axes: Axes, centre: Array, start: Array, end: Array, radius: float = 0.26) -> None:
    """A dashed neutral direction, and an arrow from it to the bone."""
    a, b = (np.arctan2(v[1], v[0]) for v in (start, end))
    b = a + (b - a + np.pi) % (2 * np.pi) - np.pi
    axes.plot(*(centre[:, None] + np.outer(start / np.linalg.norm(start), [0, 0.45])), "--", color=MARK, lw=1)
    angles = np.linspace(a, b, 40)
    path = centre[:, None] + radius * np.array([np.cos(angles), np.sin(angles)])
    axes.plot(*path, color=MARK, lw=1.5)
    axes.annotate("", path[:, -1], path[:, -4], arrowprops={"arrowstyle": "-|>", "color": MARK, "lw": 1.5})


def bone(pose: Array, a: str, b: str) -> Array:
    return np.asarray(pose[H36M[b]] - pose[H36M[a]])


def panels() -> list[Callable[[Axes], None]]:
    """All drawings, in the order of the table in docs/angles.md."""
    p = standing()
    knee, hip, aside = bent(p, "r_knee", -FLEX, 70), bent(p, "r_hip", FLEX, 45), bent(p, "r_hip", RAISE, 30)
    arm_front, arm_side = bent(p, "r_shoulder", FLEX, 80), bent(p, "r_shoulder", RAISE, 80)
    elbow = bent(p, "r_elbow", FLEX, 80)
    bowed, leaning = upper_turned(p, np.cross(UP, FORWARD), 30), upper_turned(p, np.cross(UP, -LEFT), 20)
    spun, tilted, twisted = p @ turn(UP, 40).T, p @ turn(FORWARD, -12).T, upper_turned(p, UP, 40)
    line = lambda q, part: bone(q, f"r_{part}", f"l_{part}")  # noqa: E731
    up = lambda q: (q[H36M["r_shoulder"]] + q[H36M["l_shoulder"]]) / 2 - q[H36M["pelvis"]]  # noqa: E731
    return [
        lambda x: panel(
            x,
            "knee flexion, from the right",
            knee,
            SIDE,
            "r_knee_flexion",
            "r_knee",
            bone(p, "r_hip", "r_knee"),
            bone(knee, "r_knee", "r_ankle"),
        ),
        lambda x: panel(
            x, "hip flexion, from the right", hip, SIDE, "r_hip_flexion", "r_hip", -UP, bone(hip, "r_hip", "r_knee")
        ),
        lambda x: panel(
            x,
            "hip abduction, from in front",
            aside,
            FRONT,
            "r_hip_abduction",
            "r_hip",
            -UP,
            bone(aside, "r_hip", "r_knee"),
        ),
        lambda x: panel(
            x,
            "elbow flexion, from the right",
            elbow,
            SIDE,
            "r_elbow_flexion",
            "r_elbow",
            -UP,
            bone(elbow, "r_elbow", "r_wrist"),
        ),
        lambda x: panel(
            x,
            "shoulder elevation, from in front\n(plane 0°)",
            arm_side,
            FRONT,
            "r_shoulder_elevation",
            "r_shoulder",
            -UP,
            bone(arm_side, "r_shoulder", "r_elbow"),
        ),
        lambda x: panel(
            x,
            "shoulder plane, from above\n(arm to the front)",
            arm_front,
            TOP,
            "r_shoulder_plane",
            "r_shoulder",
            -LEFT,
            bone(arm_front, "r_shoulder", "r_elbow"),
        ),
        lambda x: panel(
            x, "trunk lean forward, from the right", bowed, SIDE, "trunk_lean_forward", "pelvis", UP, up(bowed)
        ),
        lambda x: panel(
            x, "trunk lean right, from in front", leaning, FRONT, "trunk_lean_right", "pelvis", UP, up(leaning)
        ),
        lambda x: panel(
            x,
            "pelvis rotation, from above\n(camera below)",
            spun,
            TOP,
            "pelvis_rotation",
            "pelvis",
            LEFT,
            line(spun, "hip"),
        ),
        lambda x: panel(
            x, "pelvis tilt, from in front", tilted, FRONT, "pelvis_tilt", "pelvis", -LEFT, -line(tilted, "hip")
        ),
        lambda x: panel(
            x,
            "separation, from above",
            twisted,
            TOP,
            "separation",
            "thorax",
            line(twisted, "hip"),
            line(twisted, "shoulder"),
        ),
    ]


HEEL, TOE = 0.05 * -FORWARD - 0.06 * UP, 0.16 * FORWARD - 0.06 * UP  # from the ankle


def foot_panel(axes: Axes, title: str, foot: Array, view: View, name: str, reference: Array) -> None:
    """The right shank and foot, turned by foot (3, 3), with the number that is measured."""
    pose = standing()
    ends = [pose[H36M[f"{side}_ankle"]] + turned @ end for side, turned in (("l", np.eye(3)), ("r", foot))
            for end in (HEEL, TOE)]  # fmt: skip
    feet = FootPose(np.stack(ends)[None], np.ones((1, 4)))
    measured = foot_angles(replace(as_pose(np.tile(pose, (1, 1, 1))), feet=feet))
    assert measured is not None
    ankle = pose[H36M["r_ankle"]]
    flat = [np.array([p @ view[0], p @ view[1]]) for p in (ankle, ends[2], ends[3], pose[H36M["r_knee"]])]
    axes.plot(*np.stack([flat[3], flat[0]]).T, color=RIGHT_COLOUR, lw=3, solid_capstyle="round")
    axes.fill(*np.stack(flat[:3]).T, color=RIGHT_COLOUR, lw=3, joinstyle="round", alpha=0.7)
    arm = ends[3] - ends[2]
    arc(axes, flat[1], *(np.array([d @ view[0], d @ view[1]]) for d in (reference, arm)), radius=0.16)
    axes.set_title(f"{title}\n{measured[name][0]:+.0f}°", fontsize=8)
    axes.set_aspect("equal")
    axes.axis("off")
    axes.set_xlim(flat[0][0] - 0.3, flat[0][0] + 0.3)
    axes.set_ylim(flat[0][1] - 0.2, flat[0][1] + 0.4)


def foot_panels() -> list[Callable[[Axes], None]]:
    raised, outward = turn(LEFT, -25), turn(UP, -20)
    return [
        lambda x: foot_panel(
            x, "ankle flexion, from the right\n(neutral: square to the shank)", raised, SIDE, "r_ankle_flexion", FORWARD
        ),
        lambda x: foot_panel(x, "foot pitch, from the right\n(neutral: level)", raised, SIDE, "r_foot_pitch", FORWARD),
        lambda x: foot_panel(
            x, "foot progression, from above\n(neutral: ahead)", outward, TOP, "r_foot_progression", FORWARD
        ),
    ]


def main() -> None:
    """Writes docs/images/angles.svg."""
    figure = Figure(figsize=(9, 10), layout="constrained")
    drawings = panels() + foot_panels()
    cells = figure.subplots(4, 4).ravel()
    cells[-1].axis("off")
    for cell, draw in zip(cells, drawings, strict=False):
        draw(cell)
    legend = cells[len(drawings)]
    legend.axis("off")
    arrow = "neutral direction (dashed)\nto the bone: positive"
    texts = (("right side of the athlete", RIGHT_COLOUR), ("left side", LEFT_COLOUR), (arrow, MARK))
    for i, (text, colour) in enumerate(texts):
        legend.text(0, 0.8 - 0.2 * i, text, color=colour, fontsize=9, va="top")
    figure.savefig(ROOT / "docs" / "images" / "angles.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
