"""What each number of a jump or spin is: words, unit, group and definition. docs/sports.md has the same."""

from __future__ import annotations

from typing import NamedTuple


class JumpField(NamedTuple):
    """label: in a coach's words; unit: empty for a count or a word; digits: shown after the point; group: whose
    certainty it shares, see `sure` in the JSON; text: the definition."""

    label: str
    unit: str
    digits: int
    group: str
    text: str


JUMP_FIELDS = {
    "air_s": JumpField("air time", "s", 2, "flight", "from the last to the first moment with a foot on the floor"),
    "height_time_m": JumpField(
        "height, from the air time", "m", 2, "height", "g t² / 8; too large if landing with bent legs"
    ),
    "height_path_m": JumpField(
        "height, from the path", "m", 2, "height", "rise of the centre of mass along the parabola through its path"
    ),
    "distance_m": JumpField("distance", "m", 2, "distance", "level distance of the pelvis, take-off to landing"),
    "speed_in_m_per_s": JumpField(
        "speed in", "m/s", 1, "distance", "mean level speed of the pelvis in the 0.3 s before take-off"
    ),
    "speed_out_m_per_s": JumpField(
        "speed out", "m/s", 1, "distance", "mean level speed of the pelvis in the 0.3 s after landing"
    ),
    "turns": JumpField("turns", "", 2, "turns", "mean of shoulders and pelvis; judges count from edge to edge"),
    "turns_named": JumpField("nearest half turn", "", 1, "turns", "what was measured in the air, no verdict"),
    "direction": JumpField("direction", "", 0, "turns", "seen from above"),
    "peak_spin_deg_per_s": JumpField("fastest turning", "°/s", 0, "turns", "over 0.2 s"),
    "mean_spin_deg_per_s": JumpField("mean turning", "°/s", 0, "turns", "turns by the time of the spin"),
    "takeoff_foot": JumpField("take-off foot", "", 0, "flight", "the foot that is lower by 6 cm"),
    "landing_foot": JumpField("landing foot", "", 0, "landing_foot", "the foot that is lower by 6 cm"),
    "landing_knee_deg": JumpField(
        "knee bend when landing", "°", 0, "landing_knee", "greatest flexion until the pelvis is lowest"
    ),
    "swing_foot_m": JumpField(
        "height of the free foot", "m", 2, "landing_foot", "other ankle above the landing one, at landing"
    ),
    "lean_deg": JumpField("lean in the air", "°", 0, "flight", "trunk against the vertical, mean"),
    "landing_lean_deg": JumpField("lean at landing", "°", 0, "flight", "trunk against the vertical"),
    "tightness_m": JumpField("arms from the axis", "m", 2, "flight", "mean distance of the wrists in the air"),
    "axel_like": JumpField("takes off forward and turns", "", 0, "distance", "kinds of jumps and edges are not seen"),
    "after_s": JumpField("after the jump before", "s", 2, "flight", "time since its landing, below 1.5 s"),
    "foot": JumpField("on the foot", "", 0, "turns", "the foot that stays in its place"),
    "travel_m": JumpField("travel", "m", 2, "turns", "how far that foot wanders"),
    "duration_s": JumpField("duration", "s", 2, "turns", "from the start to the end of the spin"),
}
SPIN_KEYS = (
    "turns", "direction", "duration_s", "mean_spin_deg_per_s", "peak_spin_deg_per_s", "foot", "travel_m",
)  # fmt: skip
# by sport: the numbers of a jump in the order of the card, and the sport's own words
EVERY = (
    "air_s", "height_time_m", "height_path_m", "distance_m", "turns", "direction", "peak_spin_deg_per_s",
    "speed_in_m_per_s", "speed_out_m_per_s", "takeoff_foot", "landing_foot", "landing_knee_deg", "landing_lean_deg",
    "after_s",
)  # fmt: skip
SPORT_KEYS = {
    "skating": (
        "turns", "turns_named", "direction", "air_s", "height_time_m", "height_path_m", "distance_m",
        "peak_spin_deg_per_s", "tightness_m", "lean_deg", "speed_in_m_per_s", "speed_out_m_per_s", "takeoff_foot",
        "landing_foot", "landing_knee_deg", "swing_foot_m", "landing_lean_deg", "axel_like", "after_s",
    ),
    "athletics": (
        "air_s", "height_time_m", "height_path_m", "distance_m", "speed_in_m_per_s", "speed_out_m_per_s",
        "takeoff_foot", "landing_foot", "landing_knee_deg", "lean_deg", "landing_lean_deg", "after_s",
    ),
    "gymnastics": (
        "turns", "turns_named", "direction", "air_s", "height_time_m", "height_path_m", "distance_m",
        "peak_spin_deg_per_s", "tightness_m", "landing_foot", "landing_knee_deg", "landing_lean_deg", "after_s",
    ),
}  # fmt: skip
SPORT_WORDS = {
    "skating": {
        "turns": "rotations", "turns_named": "nearest half rotation", "peak_spin_deg_per_s": "fastest rotation",
        "mean_spin_deg_per_s": "mean rotation", "distance_m": "length of the jump", "speed_in_m_per_s": "entry speed",
        "speed_out_m_per_s": "exit speed", "takeoff_foot": "take-off leg", "landing_foot": "landing leg",
        "landing_knee_deg": "landing knee bend", "swing_foot_m": "free leg, height of the foot",
        "tightness_m": "arms from the axis", "axel_like": "forward take-off, as of an Axel",
        "after_s": "combination, time since the jump before",
    },
    "athletics": {
        "air_s": "flight time", "distance_m": "flight distance", "speed_in_m_per_s": "approach speed",
        "speed_out_m_per_s": "speed after landing", "takeoff_foot": "take-off leg", "landing_foot": "landing leg",
    },
    "gymnastics": {"turns": "twists", "turns_named": "nearest half twist", "peak_spin_deg_per_s": "fastest twisting"},
}  # fmt: skip
