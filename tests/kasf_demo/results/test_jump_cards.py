"""Cards of jumps and spins: words, numbers, moments and curves; every number of the JSON has a definition."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skater import BEFORE_S, jumping

from body import as_pose, standing, turn
from kasf_demo.kinematics import measure, with_jumps
from kasf_demo.results.jump_cards import jump_cards, none_found
from kasf_demo.results.jump_fields import JUMP_FIELDS, SPORT_KEYS, SPORT_WORDS
from kasf_demo.results.jumps_record import SURE, jumps_record
from kasf_demo.types.motion import Motion

DOCS = Path(__file__).resolve().parents[3] / "docs" / "sports.md"
# fields of the JSON that are no number of the card: they bound, place or qualify others
AROUND = {
    "takeoff_s", "landing_s", "start_s", "end_s", "air_interval_s", "height_interval_m", "turns_interval",
    "turns_shoulders", "turns_pelvis", "peak_spin_s", "phases", "combination", "sure", "why_unsure",
}  # fmt: skip


def skater(turns: float = 2.0) -> Motion:
    return measure(as_pose(jumping(turns, 60), 60))


def pirouette() -> Motion:
    """Two turns a second on one spot for 1.5 s."""
    up = np.array([0.0, 0, 1])
    return measure(as_pose(np.array([standing() @ turn(up, 720 * t).T for t in np.arange(0, 1.5, 1 / 60)]), 60))


@pytest.mark.parametrize("sport", [None, "skating", "athletics", "gymnastics"])
def test_a_jump_in_the_words_of_a_sport(sport: str | None) -> None:
    (card,) = jump_cards(skater(), sport)  # type: ignore[arg-type]
    texts = {n.key: n.text for n in card.numbers}
    assert texts["air_s"] in ("0.59 ± 0.03 s", "0.60 ± 0.03 s", "0.61 ± 0.03 s")  # of the frame rate and of finding
    assert all(n.sure and not n.why for n in card.numbers)
    words = {n.label for n in card.numbers}
    assert (sport == "skating") == ("rotations" in words) and (sport == "gymnastics") == ("twists" in words)
    assert (sport == "athletics") == ("turns" not in texts)
    names = [name for _, name in card.moments]
    assert names[:4] == ["entry", "take-off", "top", "landing"] and [t for t, _ in card.moments] == sorted(
        t for t, _ in card.moments
    )
    assert card.curve is not None and card.curve.sure and card.curve.unit == "°/s"
    inside = np.abs(card.curve.times_s - BEFORE_S - 0.3) < 0.15
    assert card.curve.values[inside] == pytest.approx(1200, rel=0.05)  # 2 turns in 0.6 s


def test_what_is_not_sure_says_why() -> None:
    pose = as_pose(jumping(2.0, 60), 60)
    moved = with_jumps(measure(pose), pose, np.zeros(len(pose), bool))
    (card,) = jump_cards(moved, "skating")
    unsure = {n.key: n.why for n in card.numbers if not n.sure}
    assert set(unsure) == {"distance_m", "speed_in_m_per_s", "speed_out_m_per_s", "axel_like"}
    assert all("camera moves" in why for why in unsure.values())


def test_a_spin() -> None:
    (card,) = jump_cards(pirouette(), "skating")
    texts = {n.key: n.text for n in card.numbers}
    assert card.kind == "spin" and texts["mean_spin_deg_per_s"].endswith("°/s") and texts["travel_m"] == "0.33 m"
    assert float(texts["turns"].split()[0]) == pytest.approx(3, abs=0.2) and texts["foot"] == "both"


def test_nothing_found_is_said_only_if_it_was_asked_for() -> None:
    still = measure(as_pose(np.tile(standing(), (60, 1, 1)), 60))
    assert jump_cards(still, "skating") == () and "No jump or spin" in none_found(still, "skating")
    assert none_found(still, None) == "" == none_found(skater(), "skating")


def test_every_number_is_defined_with_its_unit() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for motion, kind in ((skater(), "jumps"), (pirouette(), "spins")):
        (record,) = jumps_record(motion)[kind]
        assert set(record) - AROUND <= set(JUMP_FIELDS)
    for key, field in JUMP_FIELDS.items():
        assert field.label and field.text and f"`{key}`" in text, key
        assert field.group in SURE
        for ending, unit in (("_deg_per_s", "°/s"), ("_m_per_s", "m/s"), ("_deg", "°"), ("_m", "m"), ("_s", "s")):
            if key.endswith(ending):
                assert field.unit == unit, key
                break
    assert all(set(keys) <= set(JUMP_FIELDS) for keys in SPORT_KEYS.values())
    assert all(set(words) <= set(JUMP_FIELDS) for words in SPORT_WORDS.values())
