"""Flights: both feet off the floor, and the centre of mass in free fall."""

from __future__ import annotations

import numpy as np

from kasf_demo.kinematics.segments import centre_of_mass
from kasf_demo.types.arrays import FloatArray, runs
from kasf_demo.types.motion import Flight

G_M_PER_S2 = 9.80665
# the toes leave the floor when the ankle is this far above its usual height: ground truth of vertical_jump,
# basketball_shot
TOES_LEAVE_M = 0.08
MIN_S, MAX_S = 0.20, 1.2  # a runner's flights are shorter; 1.2 s is a rise of 1.8 m
# Limits of the downward acceleration of the centre of mass, in g. Beyond, floor, camera or pose are wrong.
# Measurements: docs/decisions.md, "Flights, kicks and throws"
FALL_FROM, FALL_TO = 0.75, 1.4
# Maximum mean distance from the parabola, relative to the sag g t^2 / 8: 0.02 to 0.09 in the air, 0.4 if a leg is lost
MAX_OFF = 0.2


def find_flights(xyz: FloatArray, times_s: FloatArray, heights: FloatArray) -> tuple[Flight, ...]:
    """Flights of (T, 17, 3) world poses; heights (T, 2) of the ankles above standing.

    Those cut by a gap or by the clip's ends are left out.
    """
    centre = centre_of_mass(xyz)[:, 2]
    above = np.min(heights, axis=1) - TOES_LEAVE_M
    with np.errstate(invalid="ignore"):
        spans = runs(above > 0)
    found = []
    for a, b in spans:
        if a == 0 or b == len(above) or not np.isfinite(above[[a - 1, b]]).all() or b - a < 4:
            continue
        takeoff_s, landing_s = _crossing(times_s, above, a - 1), _crossing(times_s, above, b - 1)
        flight_s = landing_s - takeoff_s
        fall, off_m = _parabola(times_s[a:b], centre[a:b])
        falls = FALL_FROM <= fall / G_M_PER_S2 <= FALL_TO and off_m <= MAX_OFF * G_M_PER_S2 * flight_s**2 / 8
        if MIN_S <= flight_s <= MAX_S and falls:
            start = float(np.interp(takeoff_s, times_s[a - 1 : a + 1], centre[a - 1 : a + 1]))
            found.append(Flight(takeoff_s, landing_s, float(centre[a:b].max()) - start, G_M_PER_S2 * flight_s**2 / 8))
    return tuple(found)


def _crossing(times_s: FloatArray, above: FloatArray, i: int) -> float:
    """When the straight line from frame i to i + 1 passes zero."""
    share = above[i] / (above[i] - above[i + 1])
    return float(times_s[i] + share * (times_s[i + 1] - times_s[i]))


def _parabola(times_s: FloatArray, height: FloatArray) -> tuple[float, float]:
    """Downward acceleration of the parabola through the heights, m/s², and how far they are off it (rms), m."""
    t = times_s - times_s.mean()
    fitted = np.polyfit(t, height, 2)
    return float(-2 * fitted[0]), float(np.sqrt(np.mean((height - np.polyval(fitted, t)) ** 2)))
