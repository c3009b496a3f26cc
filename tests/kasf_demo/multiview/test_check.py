"""Sessions that are refused, and those that are not."""

from dataclasses import replace

import numpy as np
import pytest
from virtual_views import around, filmed, moving_person, without_people

from kasf_demo.errors import InputError
from kasf_demo.multiview.calibrate import STRANGER_MM, calibrate, without_strangers
from kasf_demo.multiview.check import check_people, check_session
from kasf_demo.multiview.rotations import angle_deg
from kasf_demo.multiview.seen import SeenView
from kasf_demo.multiview.solve import alike_deg, solve


def _error(views: list[SeenView], **given: list[float]) -> str:
    with pytest.raises(InputError) as error:
        check_session(views, solve(views, 1.75, **given), offset_given=bool(given))
    assert error.value.exit_code == 4
    return str(error.value)


def test_two_people_in_two_views_are_told_apart_and_accepted() -> None:
    people = [moving_person(), moving_person(seed=3)]
    people[1] = people[1][0], people[1][1] + np.array([1.2, 0.4, 0])
    cameras = around((0.0, 75.0))
    views = filmed(people, cameras)
    views[1] = replace(views[1], people=tuple(reversed(views[1].people)))
    session = solve(views, 1.75)
    check_session(views, session, offset_given=False)
    found = session.calibration
    assert found is not None
    assert {(m[0].id, m[1].id) for m in found.matches if m[0] and m[1]} == {(1, 1), (2, 2)}
    assert angle_deg(found.cameras.rotations[1], cameras.seen_from(0).rotations[1]) < 4
    limbs = found.lengths_m[0, :8].sum()
    assert abs(limbs - 1.75 * 2 * (0.245 + 0.246 + 0.186 + 0.146)) < 1e-6, "scaled by the height"


def test_different_events_are_refused() -> None:
    a = filmed([moving_person(seed=1)], around((0.0, 75.0)))
    b = filmed([moving_person(seed=2)], around((0.0, 75.0)), seed=4)
    _error([a[0], b[1]])


def test_views_along_one_line_are_refused() -> None:
    views = filmed([moving_person()], around((0.0, 6.0)))
    assert "same line" in _error(views, offsets_s=[0.37])
    assert np.allclose(alike_deg(np.array([[0, 175.0], [175, 0]])), 5)


def test_a_person_who_stands_still_is_refused() -> None:
    views = filmed([moving_person(still=True)], around((0.0, 75.0)))
    _error(views)


def test_clips_that_hardly_overlap_are_refused() -> None:
    views = filmed([moving_person(3.0)], around((0.0, 75.0)))
    rows = views[1].times_s > views[1].times_s[-1] - 0.5
    person = views[1].people[0]
    short = type(person)(1, person.xy[rows], person.score[rows], person.xyz[rows])
    late = SeenView("late.mp4", views[1].intrinsics, 0.05, views[1].up, 0.05, views[1].times_s[rows], (short,))
    assert "late.mp4" in _error([views[0], late])


def test_a_view_without_people_is_named() -> None:
    views = filmed([moving_person(2.0)], around((0.0, 75.0)))
    check_people(views)
    with pytest.raises(InputError, match=r"camera1\.mp4"):
        check_people([views[0], without_people(views[1])])


@pytest.mark.slow
def test_somebody_else_taken_for_a_person_is_left_out() -> None:
    people = [moving_person(), moving_person(seed=3), moving_person(seed=4)]
    people = [(t, x + np.array([1.5 * n, 0.3 * n, 0])) for n, (t, x) in enumerate(people)]
    cameras = around((0.0, 75.0, 140.0), 7.0)
    views = filmed(people, cameras)
    first, second, third = ([v.people[n] for v in views] for n in range(3))
    wrong = [first, [second[0], second[1], third[2]]]
    found = calibrate(views, wrong, np.array([0.0, 0.37, -0.21]), 1.75, offset_known=True)
    assert found is not None and np.nanmax(found.person_mm[1]) > STRANGER_MM
    mended = without_strangers(views, found, 1.75, offset_known=True)
    assert all(p is None or p.id == match[0].id for match in mended.matches for p in match if match[0])
    assert angle_deg(mended.cameras.rotations, cameras.seen_from(0).rotations).max() < 4
