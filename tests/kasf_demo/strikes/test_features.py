"""Numbers of a kick whose every angle is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from strikes import STRIKE_S, recorded, standing_kick

from kasf_demo.strikes.definitions import NUMBERS
from kasf_demo.strikes.features import ShotValue, per_height, shot_features
from kasf_demo.strikes.posture import AthleteShot, make_shot
from kasf_demo.types.motion import Contact, Strike

KICK = Strike("kick", "r", STRIKE_S, 8.0, 8.0)


def measured(shot: AthleteShot) -> dict[str, ShotValue]:
    return {v.key: v for v in shot_features(shot)}


def test_values_of_a_kick_from_standing() -> None:
    xyz = standing_kick(120)
    shot = make_shot(recorded(xyz, 120), KICK)
    v = measured(shot)
    assert list(v) == [key for key, n in NUMBERS.items() if n.only in ("", "kick")]
    foot = np.linalg.norm(np.gradient(xyz[:, 3], 1 / 120, axis=0), axis=-1)
    assert v["peak_speed"].value == pytest.approx(foot.max(), rel=0.4)
    assert v["peak_speed"].value < foot.max()  # slopes over 0.06 s lower a peak
    assert v["ground_speed"].value == pytest.approx(v["peak_speed"].value or 0, rel=1e-6)  # the pelvis stands
    strike = v["bend_at_strike"]
    assert strike.frame == round(STRIKE_S * 120) and strike.at_s == pytest.approx(0)
    assert strike.value == pytest.approx(30 * np.exp(-((32.5 - 20) ** 2) / 1600), abs=0.5)
    assert v["hip_at_strike"].value == pytest.approx(32.5, abs=0.5)  # halfway from -25 to 90
    assert v["support_bend"].value == pytest.approx(0, abs=1e-4)
    assert (v["trunk_forward"].value, v["separation"].value) == (pytest.approx(0, abs=1e-4), pytest.approx(0, abs=1e-4))
    assert v["approach_speed"].value == pytest.approx(0, abs=1e-6)
    assert v["approach_angle"].value is None and "run-up" in v["approach_angle"].note
    assert v["support_contact"].value is None and "from the start" in v["support_contact"].note
    assert v["follow_height"].value is not None and v["follow_height"].value > 0.6
    assert v["backswing_reach"].value == pytest.approx(0.87 * np.sin(np.radians(25)), abs=0.06)


def test_a_run_up_its_angle_and_the_planted_foot() -> None:
    xyz = standing_kick(60, 2.0)
    t = np.arange(len(xyz)) / 60
    way = np.where(t < STRIKE_S - 0.2, t - STRIKE_S + 0.2, 0.0)  # stops, and stands on the other foot
    aside = np.stack([0.8 * way, -2.0 * way, 0 * way], axis=-1)
    v = measured(make_shot(recorded(xyz + aside[:, None], 60), KICK))
    expected = np.hypot(0.8, 2.0) * 0.3 / 0.4  # of the 0.4 s it moves for 0.3
    assert v["approach_speed"].value == pytest.approx(expected, rel=0.05)
    # the athlete faces -y and drifts to the left (+x); the foot goes straight: to the right of the run-up
    assert v["approach_angle"].value == pytest.approx(-np.degrees(np.arctan2(0.8, 2.0)), abs=1)
    assert v["support_contact"].value == pytest.approx(0.2, abs=0.06)


def test_the_contact_of_the_other_foot_is_its_planting() -> None:
    recording = recorded(standing_kick(60), 60)
    contacts = (Contact("l", 0.1, 0.3), Contact("l", 0.7, 1.3), Contact("r", 0.8, 0.95))
    events = replace(recording.motion.events, contacts=contacts)
    shot = make_shot(replace(recording, motion=replace(recording.motion, events=events)), KICK)
    planted = measured(shot)["support_contact"]
    assert planted.value == pytest.approx(STRIKE_S - 0.7) and planted.frame == 42
    doubtful = replace(events, contacts=(replace(contacts[1], doubtful=True),))
    shot = make_shot(replace(recording, motion=replace(recording.motion, events=doubtful)), KICK)
    assert shot.planted_s is None and measured(shot)["support_contact"].value is None


def test_a_carried_camera_has_no_ground_speed_and_doubts_are_marked() -> None:
    recording = recorded(standing_kick(), 30)
    carried = replace(recording, reliable=np.zeros(len(recording.pose), bool))
    v = measured(make_shot(carried, KICK))
    for key in ("ground_speed", "approach_speed", "approach_angle", "support_contact"):
        assert v[key].value is None and v[key].trust == "no" and "camera" in v[key].note
    shot = make_shot(recording, KICK)
    doubtful = shot.doubtful.copy()
    doubtful[:, 3] = True
    v = measured(replace(shot, doubtful=doubtful))
    assert v["peak_speed"].trust == "no" and v["path"].trust == "no" and v["trunk_forward"].trust == "rough"


def test_a_throw_has_the_hands_numbers() -> None:
    v = measured(make_shot(recorded(standing_kick(), 30), Strike("throw", "l", STRIKE_S, 3.0, 3.0)))
    assert "arm_at_strike" in v and "hip_at_strike" not in v
    assert NUMBERS["largest_bend"].words("throw")[0].startswith("elbow")


def test_lengths_and_speeds_in_body_heights() -> None:
    keys = ["path", "bend_at_strike", "support_contact"]
    assert per_height(np.array([1.8, 90.0, 0.2]), keys, 1.8).tolist() == [1, 90, 0.2]
