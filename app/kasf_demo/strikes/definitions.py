"""What each number of a shot is: words, unit, digits and definition. docs/strikes.md has the same (a test)."""

from __future__ import annotations

from typing import NamedTuple


class ShotNumber(NamedTuple):
    """label: in a coach's words; unit: m, m/s, s or °. Texts have {end} for foot or hand, {bend} for knee or elbow.
    only: the kind of shot that it is measured of, "" for both."""

    label: str
    unit: str
    digits: int
    text: str
    only: str = ""

    def words(self, kind: str) -> tuple[str, str]:
        """Label and definition for a kick or a throw."""
        names = {"kick": {"end": "foot", "bend": "knee"}, "throw": {"end": "hand", "bend": "elbow"}}[kind]
        return self.label.format(**names), self.text.format(**names)


NUMBERS = {
    "peak_speed": ShotNumber(
        "{end} speed, relative to the body", "m/s", 1, "greatest speed of the {end} relative to a pelvis that turns"
        " with the body",
    ),
    "ground_speed": ShotNumber("{end} speed, over the ground", "m/s", 1, "greatest speed of the {end}"),
    "path": ShotNumber("path of the {end}", "m", 2, "length of its path relative to the pelvis over the window"),
    "strike_height": ShotNumber(
        "height of the {end} at the strike", "m", 2, "above the lowest ankle of the window; the ankle stands for the"
        " foot, the wrist for the hand",
    ),
    "backswing_height": ShotNumber(
        "height of the {end} in the back-swing", "m", 2, "where it is farthest behind the pelvis before the strike"
    ),
    "backswing_reach": ShotNumber(
        "back-swing behind the pelvis", "m", 2, "greatest level distance of the {end} behind the pelvis before the"
        " strike",
    ),
    "largest_bend": ShotNumber(
        "{bend} bend, greatest before the strike", "°", 0, "flexion in the 0.3 s before; straight is 0"
    ),
    "bend_at_strike": ShotNumber("{bend} bend at the strike", "°", 0, "flexion; straight is 0"),
    "support_bend": ShotNumber("knee bend of the support leg at the strike", "°", 0, "flexion", "kick"),
    "hip_at_strike": ShotNumber("hip flexion at the strike", "°", 0, "of the kicking leg, against the trunk", "kick"),
    "arm_at_strike": ShotNumber(
        "arm raised at the strike", "°", 0, "elevation of the throwing arm against the trunk; hanging is 0", "throw"
    ),
    "trunk_forward": ShotNumber("trunk lean forward at the strike", "°", 0, "against the vertical"),
    "trunk_side": ShotNumber(
        "trunk lean to the side at the strike", "°", 0, "towards the side of the {end} is positive"
    ),
    "separation": ShotNumber(
        "shoulders against hips at the strike", "°", 0, "turn of the shoulder line against the hip line about the"
        " trunk; positive: the shoulder of the {end} is ahead",
    ),
    "largest_separation": ShotNumber(
        "shoulders against hips, greatest before", "°", 0, "the most that the shoulder of the {end} is behind, before"
        " the strike (negative)",
    ),
    "arm_spread": ShotNumber("arm spread", "m", 2, "greatest distance between the wrists in the window"),
    "approach_speed": ShotNumber(
        "approach speed", "m/s", 1, "mean level speed of the pelvis from 0.5 to 0.1 s before the strike"
    ),
    "approach_angle": ShotNumber(
        "approach angle", "°", 0, "from the run-up to the direction of the {end} at the strike, level; positive: the"
        " {end} goes to the side of the other one",
    ),
    "support_contact": ShotNumber(
        "support foot planted before the strike", "s", 2, "from the landing of the other foot to the strike", "kick"
    ),
    "follow_height": ShotNumber(
        "height of the {end} in the follow-through", "m", 2, "greatest within 0.26 s after the strike"
    ),
}  # fmt: skip
