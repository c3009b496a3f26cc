"""Ground trajectory: from above, and from the side with heights."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from kasf_demo.plots.compare import Apart
from kasf_demo.plots.style import DARK, LEFT, PALE, RIGHT, SIDES, no_plot
from kasf_demo.plots.subject import Subject
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import Contact
from kasportsformer.skeleton import H36M

ANKLE = {side: H36M[f"{side}_ankle"] for side in "rl"}
MIN_M = 1.5  # smallest extent of a view: less would make noise look like a path
TICK_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


def draw_path(figure: Figure | SubFigure, subject: Subject) -> None:
    """Two plots side by side: x and y from above; the axis along which more happens, and the height."""
    above, side = figure.subplots(1, 2)
    pose = subject.person.pose
    if not pose.valid.any():
        no_plot(above, "no pose")
        side.set_axis_off()
        return
    xyz = np.where(pose.valid[:, None, None], pose.xyz, np.nan)
    axis = int(np.nanargmax(np.ptp(xyz[pose.valid, 0, :2], axis=0)))
    above.set_title("path from above")
    side.set_title("from the side")
    for axes, (first, second) in ((above, (0, 1)), (side, (axis, 2))):
        times = _way(axes, xyz[:, 0, [first, second]], subject.reliable, pose.times_s)
        for foot, joint in ANKLE.items():
            axes.plot(*xyz[:, joint, [first, second]].T, color=SIDES[foot], lw=0.6, alpha=0.5, zorder=1)
        stands = [
            _stand(axes, c, xyz[:, ANKLE[c.side], [first, second]], pose.times_s)
            for c in subject.motion.events.contacts
        ]
        axes.add_artist(Apart(times, [place for place in stands if place is not None], xyz[:, 0, [first, second]]))
        _room(axes, xyz[:, [0, *ANKLE.values()]][..., [first, second]])
    above.set(xlabel="to the right, m")
    above.set_ylabel("away from the camera, m", fontsize=6.5)  # as long as the axes are high
    side.set(xlabel=("to the right, m", "away from the camera, m")[axis], ylabel="height, m")
    side.axhline(0, color=DARK, lw=0.8)
    figure.legend(handles=_legend(subject), loc="outside lower center", ncols=5, handlelength=1.6, columnspacing=1.4)


def _way(axes: Axes, way: FloatArray, reliable: BoolArray, times_s: FloatArray) -> list[Annotation]:
    """The pelvis' path with its times, which are returned; dotted where it cannot be trusted."""
    axes.plot(*way.T, color=PALE, lw=1.2, ls=(0, (1, 1.5)))
    axes.plot(*np.where(reliable[:, None], way, np.nan).T, color=DARK, lw=1.6)
    seen = np.flatnonzero(np.isfinite(way).all(-1))
    axes.plot(*way[seen[0]], marker="o", ms=4, color="white", mec=DARK, zorder=4)
    axes.plot(*way[seen[-1]], marker="o", ms=4, color=DARK, zorder=4)
    step = next((s for s in TICK_S if (times_s[seen[-1]] - times_s[seen[0]]) / s <= 8), TICK_S[-1])
    texts = []
    for at_s in np.arange(np.ceil(times_s[seen[0]] / step) * step, times_s[seen[-1]] + 1e-9, step):
        place = way[seen[int(np.argmin(np.abs(times_s[seen] - at_s)))]]
        axes.plot(*place, marker="o", ms=2.2, color=DARK, zorder=3)
        texts.append(
            axes.annotate(
                f"{at_s:.4g} s", place, xytext=(0, 0), textcoords="offset points", fontsize=6, color="#555555"
            )
        )
    return texts


def _stand(axes: Axes, contact: Contact, ankle: FloatArray, times_s: FloatArray) -> FloatArray | None:
    """Marks where a foot stands, and returns it: a bar as wide as it is uncertain would hide it, so a mark."""
    during = ankle[(times_s >= contact.start_s) & (times_s <= contact.end_s)]
    during = during[np.isfinite(during).all(-1)]
    if not len(during):
        return None
    place: FloatArray = np.median(during, axis=0)
    axes.plot(*place, marker="s", ms=4.5, color=SIDES[contact.side], mec="white", mew=0.5, zorder=2)
    return place


def _room(axes: Axes, points: FloatArray) -> None:
    """Equal scales, all points inside, MIN_M at least."""
    flat = points.reshape(-1, 2)
    low, high = np.nanmin(flat, axis=0), np.nanmax(flat, axis=0)
    half = np.maximum((high - low) / 2 * 1.08, MIN_M / 2)
    middle = (low + high) / 2
    axes.update_datalim([middle - half, middle + half])
    axes.margins(0)
    axes.set_aspect("equal", adjustable="datalim")
    axes.grid(color="#e4e4e4", lw=0.6)
    axes.set_axisbelow(True)


def _legend(subject: Subject) -> list[Line2D]:
    lines = [
        Line2D([], [], color=DARK, lw=1.6, label="pelvis, from ○ to ●"),
        Line2D([], [], color=LEFT, lw=0.8, label="left ankle"),
    ]
    lines.append(Line2D([], [], color=RIGHT, lw=0.8, label="right ankle"))
    if subject.motion.events.contacts:
        lines.append(Line2D([], [], color=DARK, marker="s", ms=4, ls="", label="foot stands"))
    if not subject.reliable[subject.person.pose.valid].all():
        lines.append(
            Line2D(
                [],
                [],
                color=PALE,
                lw=1.2,
                ls=(0, (1, 1.5)),
                label="not reliable: camera translates or its motion is unknown",
            )
        )
    return lines
