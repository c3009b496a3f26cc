"""The numbers of one person as rows of text for a report."""

from __future__ import annotations

import math

from kasf_demo.kinematics.foot_motion import strike_kind
from kasf_demo.plots.subject import Subject
from kasf_demo.types.motion import POINTS, SIDED, Angles

Row = tuple[str, ...]
RANGES_HEAD: Row = (
    "",
    "left: minimum to maximum, °",
    "right: minimum to maximum, °",
    "left: peak, °/s",
    "right: peak, °/s",
    "symmetry, %",
)
MIDLINE_HEAD: Row = ("", "minimum to maximum, °", "peak, °/s")
MIDLINE_SHOWN = (
    "trunk_lean_forward",
    "trunk_lean_right",
    "pelvis_rotation",
    "pelvis_tilt",
    "shoulders_rotation",
    "shoulders_tilt",
    "separation",
)
CONTACTS_HEAD: Row = ("contact", "start, s", "duration, s", "strike, °", "lands on", "")
SIDE = {"l": "left", "r": "right"}


def ranges(subject: Subject) -> list[Row]:
    """Rows under RANGES_HEAD: the angles of both sides."""
    angles, symmetry = subject.motion.angles, subject.motion.events.symmetry
    rows: list[Row] = []
    for name in SIDED:
        left, right = f"l_{name}", f"r_{name}"
        index = f"{symmetry[name]:+.0f}" if name in symmetry else ""
        rows.append(
            (
                name.replace("_", " "),
                _range(angles, left),
                _range(angles, right),
                _peak(angles, left),
                _peak(angles, right),
                index,
            )
        )
    return rows


def midline_ranges(subject: Subject) -> list[Row]:
    """Rows under MIDLINE_HEAD: the angles of trunk, pelvis and shoulders."""
    angles = subject.motion.angles
    return [(name.replace("_", " "), _range(angles, name), _peak(angles, name)) for name in MIDLINE_SHOWN]


def contacts(subject: Subject) -> list[Row]:
    """Rows under CONTACTS_HEAD: the contacts whose foot strike is known, in order of time; empty without feet. A
    duration is a lower bound where the foot is not seen to leave the ground."""
    rows: list[Row] = []
    for c in sorted(subject.motion.events.contacts, key=lambda contact: contact.start_s):
        if c.strike is None or c.strike_deg is None:
            continue
        least, doubt = "" if c.toe_off else "≥ ", "doubtful" if c.doubtful else ""
        duration = f"{least}{c.end_s - c.start_s:.2f}"
        rows.append((SIDE[c.side], f"{c.start_s:.2f}", duration, f"{c.strike_deg:+.0f}", f"{c.strike}foot", doubt))
    return rows


def happenings(subject: Subject) -> list[str]:
    """Sentences: jumps, steps, kick or throw, greatest speeds."""
    events, angles, lines = subject.motion.events, subject.motion.angles, []
    lines += [subject.no_card] if subject.no_card else []
    for f in events.flights:
        lines.append(
            f"jump from {f.takeoff_s:.2f} to {f.landing_s:.2f} s: {100 * f.height_path_m:.0f} cm by the path of the"
            f" centre of mass, {100 * f.height_time_m:.0f} cm by the time in the air{_doubt(f.doubtful)}"
        )
    if events.gait:
        lines.append(f"{len(events.gait.steps)} steps, {events.gait.cadence_per_min:.0f} per minute")
    strikes = {side: events.median_strike_deg(side) for side in ("l", "r")}
    known = [
        f"{SIDE[side]} {deg:+z.0f}° ({strike_kind(deg)}foot)" for side, deg in strikes.items() if math.isfinite(deg)
    ]
    lines += [f"foot strike, median: {', '.join(known)}"] if known else []
    if events.strike:
        s = events.strike
        speed = f"{s.m_per_s:.1f} m/s ({s.limb_m_per_s:.1f} m/s from the pelvis)"
        lines.append(f"{s.kind} with the {SIDE[s.side]} at {s.time_s:.2f} s, {speed}{_doubt(s.doubtful)}")
    fast = [(p.replace("_", ". "), angles.speed_extremes(p)) for p in POINTS]
    speeds = ", ".join(f"{name} {e.high:.1f} at {e.high_s:.2f} s" for name, e in fast if math.isfinite(e.high))
    lines += [f"greatest speeds, m/s: {speeds}"] if speeds else []
    return lines + [text for text in (doubts(subject),) if text]


def doubts(subject: Subject) -> str:
    """The share of doubtful joints in a sentence; empty for none."""
    pose = subject.person.pose
    frames, share = (
        int(pose.in_doubt.any(1).sum()),
        float(pose.in_doubt[pose.valid].mean()) if pose.valid.any() else 0.0,
    )
    if not frames:
        return ""
    poses = int(pose.valid.sum())
    return (
        f"doubtful: {100 * share:.1f} % of the joints, in {frames} of {poses} poses; drawn pale, left out of ranges and"
        " peaks"
    )


def _doubt(doubtful: bool) -> str:
    return "; doubtful" if doubtful else ""


def _range(angles: Angles, name: str) -> str:
    e = angles.extremes(name)
    return f"{e.low:.0f} to {e.high:.0f} (at {e.high_s:.2f} s)" if math.isfinite(e.high) else "-"


def _peak(angles: Angles, name: str) -> str:
    value, at_s = angles.extremes(name, velocity=True).peak
    return f"{value:.0f} at {at_s:.2f} s" if math.isfinite(value) else "-"
