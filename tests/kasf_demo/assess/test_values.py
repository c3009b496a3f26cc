"""What the frame rate leaves open, and what every number has."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kasf_demo.assess.definitions import DEFINITIONS
from kasf_demo.assess.values import GOOD, rate_for, time_sigma_s, timed

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sports.md"


@given(st.floats(0.02, 5.0), st.floats(10, 1000))
def test_the_rate_that_is_named_is_enough(seconds: float, rate_hz: float) -> None:
    assert time_sigma_s(rate_for(seconds)) == pytest.approx(GOOD * seconds)
    found = timed("step_time", seconds, rate_hz)
    assert (found.trust == "good") == (time_sigma_s(rate_hz) / seconds <= GOOD)
    assert found.trust == "good" or "cannot time it" in found.note
    order = ("good", "rough", "no")
    contact = timed("contact_time", seconds, rate_hz, contact=True)
    assert order.index(contact.trust) >= order.index(found.trust)


def test_the_deviation_is_that_of_frames_at_any_phase() -> None:
    """Events anywhere within a frame, told to the frame: the duration's error has the stated deviation."""
    rng = np.random.default_rng(0)
    start = rng.uniform(0, 1, 20000)
    off = np.ceil((start + 0.1234) * 30) / 30 - np.ceil(start * 30) / 30 - 0.1234
    both = rng.uniform(-0.5, 0.5, (20000, 2)) / 30
    assert np.std(both[:, 0] - both[:, 1]) == pytest.approx(time_sigma_s(30), rel=0.02)
    assert np.std(off) <= 1.25 * time_sigma_s(30)


def test_every_number_is_defined_for_readers() -> None:
    text = DOCS.read_text(encoding="utf-8")
    assert not [key for key in DEFINITIONS if f"`{key}`" not in text]
    assert all(d.label and d.text and d.source and d.digits >= 0 for d in DEFINITIONS.values())
