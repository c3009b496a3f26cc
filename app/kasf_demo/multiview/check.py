"""Whether a session may be believed. A wrong answer that looks right is worse than none, so doubt is an error that says
what to film instead. Thresholds: docs/decisions.md, "Several views"."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from kasf_demo.errors import InputError
from kasf_demo.multiview.calibrate import SAME_MM
from kasf_demo.multiview.seen import SeenView
from kasf_demo.multiview.solve import SolvedSession, alike_deg

MIN_SECONDS = 1.0
MIN_ALIKE_DEG = 15.0
MAX_SIGMA_DEG = 7.5  # of a rotation: by the fit, and by leaving out limbs and parts of the time, together
MAX_POSE_DEG = 14.0  # between lifted bones and the bones that all views agree on: unlike people reach 18
MAX_OFF_MM = 40.0
MIN_SCORE = 0.03  # correlation of the motion; people of different events reach 0.1, seldom


def check_people(views: Sequence[SeenView]) -> None:
    """Raises InputError for a view without people."""
    for view in views:
        if not view.people:
            raise InputError("no person was found in this view", "leave the view out", path=Path(view.name))


def check_session(
    views: Sequence[SeenView], session: SolvedSession, *, offset_given: bool, cameras_given: bool = False
) -> None:
    """Raises InputError if clocks or cameras are not certain enough."""
    found = session.calibration
    for view, synced, rate in zip(views[1:], session.synced, session.rates[1:], strict=True):
        path = Path(view.name)
        if rate.slowed < 1:
            what = f"it plays {1 / rate.slowed:g} times faster than the first clip"
            raise InputError(what, "give a clip in real time first, slow motion after it", path=path)
        if found is None and not synced.pairs:
            what = f"the clips share less than {MIN_SECONDS:g} s of the same person"
            raise InputError(what, "let all cameras run before the movement begins", path=path)
        if not offset_given and synced.score < MIN_SCORE:
            what = f"nobody moves as in the first view (correlation {synced.score:.2f})"
            raise InputError(what, "give clips of the same event, with --sync-offset if the motion is slow", path=path)
        if not offset_given and synced.margin < 1:
            what = "several offsets between the clocks explain the motion equally well"
            raise InputError(what, "film a single quick movement at the start, or give --sync-offset", path=path)
    if found is None:
        raise InputError("the clips share too little of the same person", "let all cameras run for some seconds more")
    _check_geometry(views, session, cameras_given)


def _check_geometry(views: Sequence[SeenView], session: SolvedSession, cameras_given: bool) -> None:
    found = session.calibration
    assert found is not None
    alike = alike_deg(found.angle_deg)
    worst = np.nanmax(found.person_mm, axis=0)
    for c, view in enumerate(views):
        path = Path(view.name)
        if found.residual_mm[c] < 0 or not worst[c] <= (
            SAME_MM if cameras_given else MAX_OFF_MM
        ):  # below 0: behind the camera
            what = f"rays to the same joints pass {worst[c]:.0f} mm from one another"
            raise InputError(what, "check that all clips show the same person at the same time", path=path)
        if alike[c] < MIN_ALIKE_DEG:
            what = f"this view is along the same line as the others ({alike[c]:.0f} degrees)"
            raise InputError(what, "film from 40 to 140 degrees around the athlete", path=path)
        if cameras_given:
            continue
        sigma = float(np.hypot(found.sigma_deg[c], found.spread_deg[c]))
        if sigma > MAX_SIGMA_DEG:
            what = f"the direction of the camera is uncertain by {sigma:.0f} degrees"
            raise InputError(what, "film larger movements with arms and legs, nearer, or for longer", path=path)
    if found.pose_deg > MAX_POSE_DEG:
        what = f"the views disagree on the pose by {found.pose_deg:.0f} degrees"
        raise InputError(what, "check that all clips show the same movement")
