"""Offsets among which the motion cannot choose."""

import numpy as np
import pytest
from virtual_views import Array, around, filmed, moving_person

from kasf_demo.errors import InputError
from kasf_demo.multiview.check import check_session
from kasf_demo.multiview.solve import solve

PERIOD_S, OFFSET_S = 0.8, 0.37


def _steady(seconds: float) -> tuple[Array, Array]:
    """Somebody who repeats one movement, forth and back, every PERIOD_S."""
    _, once = moving_person(PERIOD_S / 2, seed=3)
    cycle = np.concatenate([once, once[::-1]])
    count = int(np.ceil(seconds / PERIOD_S))
    joints = np.concatenate([cycle] * count)
    return np.arange(len(joints)) / 100, joints


@pytest.mark.slow
def test_the_sound_decides_where_the_motion_repeats_itself() -> None:
    views = filmed([_steady(4.0)], around((0.0, 70.0)), offsets_s=(0.0, OFFSET_S))
    alone = solve(views, 1.75)
    assert alone.synced[0].margin < 1
    with pytest.raises(InputError, match="several offsets"):
        check_session(views, alone, offset_given=False)
    heard = solve(views, 1.75, heard_s=[None, OFFSET_S + 0.02])
    assert heard.synced[0].by_sound and heard.calibration is not None
    check_session(views, heard, offset_given=False)
    assert abs(heard.calibration.offsets_s[1] - OFFSET_S) < 0.02
    elsewhere = solve(views, 1.75, heard_s=[None, OFFSET_S + 0.25])
    assert not elsewhere.synced[0].by_sound and elsewhere.synced[0].margin < 1, "no offset by motion is near"
