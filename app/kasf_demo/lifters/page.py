"""The page of `kasf-demo lifters`: every skeleton beside the others, with the ground truth in it, under the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kasf_demo.kinematics import measure
from kasf_demo.lifters.measure import MeasuredClip
from kasf_demo.lifters.tables import row
from kasf_demo.results.world_axes import to_camera
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Pose3D
from kasf_demo.viewer.scene import Page, ProxyVideo, Take

ESTIMATE, TRUTH = "#4ab2f5", "#9aa3ad"
APART_M = 1.6  # from one skeleton to the next


def page_of_lifters(rows: Sequence[MeasuredClip], small: ProxyVideo | None, title: str) -> Page:
    """Estimates are blue, moved apart to the right in the order of the rows; ground truth is grey, at the pelvis of
    each estimate."""
    takes: list[Take] = []
    for i, measured in enumerate(rows):
        away = np.array([APART_M * (i - (len(rows) - 1) / 2), 0.0, 0.0])
        takes += _takes(measured, away, first=not takes)
    result = rows[0].lifted.result
    return Page(title, takes, small, None, np.asarray(result.times_s, np.float64), _notes(rows), result.cuts_s)


def _takes(measured: MeasuredClip, away: FloatArray, *, first: bool) -> list[Take]:
    person, number = measured.person, measured.number
    if person is None or number is None:
        return []
    pose = person.pose
    moved = replace(pose, xyz=pose.xyz + away)
    take = Take.of(
        replace(person, pose=replace(moved, feet=None)),
        measured.lifted.result.motion[number],
        name=measured.lifted.name,
        colour=ESTIMATE,
        uv_px=person.h36m.xy if first else None,
        error_m=measured.error_m,
    )
    if measured.truth is None:
        return [take]
    true = _in_world(measured, measured.truth) + moved.xyz[:, :1]
    known = pose.valid & np.isfinite(true).all((1, 2))
    n = len(known)
    truth = Pose3D(np.where(known[:, None, None], true, np.nan), np.ones((n, 17)), known, ~known & False, pose.times_s)
    angles = measure(truth).angles if known.any() else None
    grey = Take(
        f"ground truth of {measured.lifted.name}", truth.xyz, pose.times_s, truth.score, known, truth.interpolated,
        colour=TRUTH, angles=angles,
    )  # fmt: skip
    return [take, grey]


def _in_world(measured: MeasuredClip, points: FloatArray) -> FloatArray:
    """(T, 17, 3) directions in camera axes as directions in the world axes of the result."""
    scene = measured.lifted.result.scene
    assert scene is not None and measured.person is not None
    i = measured.person.id
    still = i in scene.insets or scene.motion.kind != "turns"
    axes = np.broadcast_to(np.concatenate([np.zeros((1, 3)), np.eye(3)]), (len(points), 4, 3))
    seen = to_camera(
        axes, orientation=scene.orientations[i], camera_height_m=0.0, turned=None if still else scene.motion.rotation
    )
    columns = seen[:, 1:] - seen[:, :1]  # row k: what camera axes make of the world's axis k
    return np.asarray(np.einsum("tkc,tjc->tjk", columns, points))


def _notes(rows: Sequence[MeasuredClip]) -> list[str]:
    out = ["Skeletons are moved apart; blue is the estimate of each network, grey the ground truth if there is any."]
    for measured in rows:
        cells = row(measured)
        parts = [f"{cells['architecture']}, windows of {cells['window_frames']} frames"]
        parts += [f"bone spread {cells['bone_spread_percent']} %, jitter {cells['jitter_mm']} mm/frame²"]
        parts += [f"MPJPE {cells['mpjpe_mm']} mm, P-MPJPE {cells['p_mpjpe_mm']} mm"] if measured.errors else []
        out.append(f"{measured.lifted.name}: " + "; ".join(parts))
    return out
