"""What each number of a test is: words, unit, definition and source. docs/sports.md has the same."""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """label: in a coach's words; unit: empty for a ratio; digits: shown after the point."""

    label: str
    unit: str
    digits: int
    text: str
    source: str


_ZENI = "Zeni et al., Gait & Posture 27, 2008"
_NOYES = "after Noyes et al., Am J Sports Med 33, 2005"
_SEEN = "kasf-demo's joint angles, docs/angles.md"
_PATH = "kasf-demo's ground path, docs/trajectories.md"
DEFINITIONS = {
    "jump_height_time": Definition(
        "jump height, from the flight time", "m", 2, "g t² / 8 of the flight time t; too large if landing with bent"
        " legs", "Bosco et al., Eur J Appl Physiol 50, 1983",
    ),
    "jump_height_path": Definition(
        "jump height, from the path", "m", 2, "rise of the centre of mass after take-off",
        "Linthorne, Am J Phys 69, 2001; segments after Dempster in Winter 2009",
    ),
    "flight_time": Definition(
        "flight time", "s", 3, "from the last to the first moment with a foot on the floor: the lower ankle 8 cm above"
        " its standing height", "kasf-demo's flight, docs/angles.md",
    ),
    "takeoff_speed": Definition("take-off speed", "m/s", 2, "g t / 2 of the flight time t", "Linthorne 2001"),
    "countermovement_depth": Definition(
        "depth of the countermovement", "m", 2, "how far the pelvis sinks from standing to its lowest point before"
        " take-off", "Linthorne 2001",
    ),
    "time_to_takeoff": Definition(
        "time to take-off", "s", 2, "from the start of the countermovement (pelvis 2 cm below standing) to take-off",
        "Ebben and Petushek, J Strength Cond Res 24, 2010",
    ),
    "rsi_modified": Definition(
        "modified reactive strength index", "m/s", 2, "jump height from the flight time, divided by the time to"
        " take-off", "Ebben and Petushek 2010",
    ),
    "hold_time": Definition(
        "hold before the jump", "s", 2, "how long the pelvis stands still in the squat before it rises", _PATH
    ),
    "sink_before_rise": Definition(
        "sinking before the rise", "m", 3, "how far the pelvis sinks below the hold before it rises; a squat jump has"
        " none", _PATH,
    ),
    "contact_time": Definition(
        "contact time", "s", 3, "from the first to the last frame with the foot on the floor, plus one frame",
        "kasf-demo's contacts, docs/angles.md",
    ),
    "rsi": Definition(
        "reactive strength index", "m/s", 2, "jump height from the flight time, divided by the contact time",
        "Young 1995; Flanagan and Comyns, Strength Cond J 30, 2008",
    ),
    "rsi_times": Definition(
        "reactive strength ratio", "", 2, "flight time divided by contact time", "Healy et al., Sports Biomech 17, 2018"
    ),
    "drop_height": Definition(
        "drop height", "m", 2, "greatest height of the lower ankle above the floor before the contact", _PATH
    ),
    "knee_flexion_lowest": Definition("knee bend at the lowest point", "°", 0, "flexion; straight is 0", _SEEN),
    "landing_knee": Definition("knee bend when landing", "°", 0, "greatest flexion until the pelvis is lowest", _SEEN),
    "knee_separation_lowest": Definition(
        "knee width at the lowest point", "%", 0, "distance between the knees divided by that between the hips; knees"
        " that fall inward make it small", _NOYES,
    ),
    "knee_separation_landing": Definition(
        "knee width when landing", "%", 0, "distance between the knees divided by that between the hips, at the lowest"
        " point of the landing", _NOYES,
    ),
    "knee_difference": Definition(
        "knee bend, right minus left", "°", 0, "at the lowest point", "kasf-demo; compare Robinson et al. 1987"
    ),
    "cadence": Definition("cadence", "steps/min", 1, "60 divided by the mean time between steps", _ZENI),
    "step_time": Definition("step time", "s", 3, "from a foot's landing to that of the other one", _ZENI),
    "flight_phase": Definition(
        "flight time of a step", "s", 3, "step time minus contact time, mean", "Morin et al., J Appl Biomech 21, 2005"
    ),
    "duty_factor": Definition(
        "share of a stride on the ground", "%", 0, "contact time divided by the time of two steps; running is below"
        " 50 %", "Alexander, Physiol Rev 69, 1989",
    ),
    "speed": Definition(
        "speed", "m/s", 2, "mean speed of the standing foot against the pelvis, backward: over ground and on a"
        " treadmill", "kasf-demo",
    ),
    "path_speed": Definition("speed over the ground", "m/s", 2, "mean level speed of the pelvis", _PATH),
    "step_length": Definition(
        "step length", "m", 2, "speed over the ground times mean step time; on a treadmill the speed of the standing"
        " foot", "Zatsiorsky 1994",
    ),
    "overstride": Definition(
        "foot ahead of the pelvis at landing", "m", 2, "level distance from the pelvis to the ankle, in the facing"
        " direction", "Souza, Phys Med Rehabil Clin N Am 27, 2016",
    ),
    "shank_angle": Definition(
        "shin angle at landing", "°", 0, "shin against the vertical from the side; positive with the foot ahead of the"
        " knee", "Souza 2016",
    ),
    "contact_knee": Definition("knee bend at landing", "°", 0, "flexion at the landing of the foot, mean", _SEEN),
    "trunk_lean": Definition("trunk lean", "°", 0, "forward lean of the trunk, mean", _SEEN),
    "oscillation": Definition(
        "bounce of the pelvis", "m", 3, "highest minus lowest pelvis within a step, mean", "Souza 2016"
    ),
    "step_asymmetry": Definition(
        "step time, right against left", "%", 0, "100 (R - L) / ((R + L) / 2); R is the step that ends with the right"
        " foot", "Robinson et al., J Manipulative Physiol Ther 10, 1987",
    ),
    "contact_asymmetry": Definition(
        "contact time, right against left", "%", 0, "100 (R - L) / ((R + L) / 2)", "Robinson et al. 1987"
    ),
    "double_support": Definition(
        "both feet on the ground", "%", 0, "share of a stride: 2 (contact time - step time) / stride time",
        "Perry and Burnfield, Gait Analysis, 2010",
    ),
    "step_width": Definition(
        "step width", "m", 2, "distance of the ankles across the facing direction at landing, mean", "Perry and"
        " Burnfield 2010",
    ),
    "knee_range": Definition("knee range", "°", 0, "least to greatest flexion", _SEEN),
    "repetitions": Definition("repetitions", "", 0, "bends of the knees by 40° or more and back", "kasf-demo"),
    "seated_repetitions": Definition(
        "of these, rises from a seat", "", 0, "the trunk comes up by 5° or more and leans forward again while the"
        " pelvis is down: who squats would fall over", "after Schenkman et al., Phys Ther 70, 1990",
    ),
    "squat_depth": Definition("knee bend, deepest", "°", 0, "greatest mean flexion of both knees", _SEEN),
    "hip_below_knee": Definition(
        "hip below knee", "m", 2, "height of the knees minus that of the hips at the lowest point; positive is below"
        " parallel", "after the technical rules of the IPF (hip crease below the top of the knee)",
    ),
    "descent_time": Definition("time down", "s", 2, "from 10 % to 90 % of the depth, mean", "kasf-demo"),
    "pause_time": Definition("time at the bottom", "s", 2, "above 90 % of the depth, mean", "kasf-demo"),
    "ascent_time": Definition("time up", "s", 2, "from 90 % to 10 % of the depth, mean", "kasf-demo"),
    "squat_trunk_lean": Definition("trunk lean at the lowest point", "°", 0, "forward lean of the trunk", _SEEN),
    "turn_angle": Definition(
        "change of direction", "°", 0, "angle between the path 0.6 to 0.2 s before and 0.2 to 0.6 s after the turn;"
        " positive to the left", "Dos'Santos et al., Sports Med 48, 2018",
    ),
    "entry_speed": Definition("speed in", "m/s", 1, "greatest speed of the pelvis in the second before", _PATH),
    "exit_speed": Definition("speed out", "m/s", 1, "greatest speed of the pelvis in the second after", _PATH),
    "lowest_speed": Definition("lowest speed in the turn", "m/s", 1, "of the pelvis within 0.4 s of the turn", _PATH),
    "plant_knee": Definition("knee bend of the planted leg", "°", 0, "greatest within 0.2 s of the turn", _SEEN),
    "plant_lean": Definition("trunk lean in the turn", "°", 0, "trunk against the vertical, at the turn", _SEEN),
}  # fmt: skip
