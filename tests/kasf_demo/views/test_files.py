"""Times of a session's files."""

import numpy as np

from kasf_demo.views.files import own_time


def test_times_go_back_to_the_clock_of_the_clip() -> None:
    own = np.arange(9) / 30
    retimed = 0.1 + (own - 0.1) / 8  # slow motion
    asked = np.array([-1.0, retimed[0], retimed[4], 0.5])
    assert np.allclose(own_time(asked, retimed, own), 0.1 + (asked - 0.1) * 8)
    assert np.allclose(own_time(own, own, own), own)
