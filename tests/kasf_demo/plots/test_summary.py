"""The numbers and sentences of a report."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from plotted import a_subject, with_contacts, with_events

from kasf_demo.plots.summary import (
    CONTACTS_HEAD,
    MIDLINE_HEAD,
    RANGES_HEAD,
    contacts,
    happenings,
    midline_ranges,
    ranges,
)


def test_numbers_of_a_report() -> None:
    subject = a_subject(motion=with_events())
    rows = {row[0]: row for row in ranges(subject)}
    assert all(len(row) == len(RANGES_HEAD) for row in rows.values())
    high = subject.motion.angles.extremes("r_knee_flexion")
    assert rows["knee flexion"][2] == f"{high.low:.0f} to {high.high:.0f} (at {high.high_s:.2f} s)"
    told = " / ".join(happenings(subject))
    assert (
        "20 cm by the path" in told
        and "3 steps, 170 per minute" in told
        and "kick with the right at 1.35 s, 9.0 m/s" in told
    )


def test_trunk_pelvis_and_shoulders_have_a_table_of_their_own() -> None:
    """Neither left nor right, with the tilts of pelvis and shoulders."""
    subject = a_subject(motion=with_events())
    assert not {row[0] for row in ranges(subject)} & {row[0] for row in midline_ranges(subject)}
    rows = {row[0]: row for row in midline_ranges(subject)}
    assert {"pelvis tilt", "shoulders tilt", "trunk lean forward", "separation"} <= set(rows)
    assert all(len(row) == len(MIDLINE_HEAD) for row in rows.values())
    assert not any("left" in cell or "right" in cell for cell in MIDLINE_HEAD)
    lean = subject.motion.angles.extremes("pelvis_tilt")
    assert rows["pelvis tilt"][1].startswith(f"{lean.low:.0f} to {lean.high:.0f}")


def test_contacts_with_their_foot_strike() -> None:
    rows = contacts(a_subject(motion=with_contacts(3)))
    assert rows == [
        ("right", "0.10", "0.25", "+12", "rearfoot", ""),
        ("left", "0.60", "≥ 0.25", "+12", "rearfoot", "doubtful"),
        ("right", "1.10", "0.25", "-3", "forefoot", ""),
    ]
    assert all(len(row) == len(CONTACTS_HEAD) for row in rows)
    assert not contacts(a_subject(motion=with_events()))


def test_a_report_says_what_is_doubtful() -> None:
    subject = a_subject(motion=with_events())
    pose = subject.person.pose
    assert not any("doubtful" in text for text in happenings(subject))
    flags = np.zeros((len(pose), 17), bool)
    flags[5:15, 3] = True
    doubted = replace(subject, person=replace(subject.person, pose=replace(pose, doubtful=flags)))
    assert any("in 10 of" in text and "doubtful" in text for text in happenings(doubted))
