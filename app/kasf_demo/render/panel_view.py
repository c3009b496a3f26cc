"""From where the 3D panel looks: a fixed view, or one that turns with a panning camera, so that the skeleton faces as
in the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kasf_demo.options import View
from kasf_demo.reconstruct.shot import ShotBodies
from kasf_demo.reconstruct.world import to_world
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import CameraMotion, Orientation

FIXED_DEG = (12.0, -60.0)  # elevation, azimuth
AHEAD_DEG = -90.0  # the azimuth that looks along +y, as the camera does in its first frame
MIN_PAN_DEG = 10.0  # less is a hand-held camera, which a fixed view suits better
STEADY_S = 0.2  # standard deviation of the smoothing: a panel that shakes with the hand is hard to read


def panel_view(view: View, shots: Sequence[ShotBodies], times_s: FloatArray) -> tuple[float, float | FloatArray]:
    """Elevation and azimuth of the 3D panel, degrees; an azimuth for each of T frames if it turns in any. times_s (T,)
    of the clip.

    `auto` is `camera` in shots of a camera that pans, else `FIXED_DEG`.
    """
    if isinstance(view, tuple):
        return view
    elevation, fixed = FIXED_DEG
    azimuth = np.full(len(times_s), fixed)
    for s in shots:
        heading = headings_deg(s.camera_motion, s.orientation, times_s[s.shot.frames])
        if view == "camera" or np.ptp(heading) >= MIN_PAN_DEG:
            azimuth[s.shot.frames] = AHEAD_DEG - heading
    return (elevation, azimuth) if np.ptp(azimuth) > 0 else (elevation, float(azimuth[0]))


def headings_deg(motion: CameraMotion, orientation: Orientation, times_s: FloatArray) -> FloatArray:
    """(T,) how far the camera has panned to the right of +y, smoothed and continuous; times_s (T,)."""
    # the third row is where the frame's z axis points, in the first frame's axes
    ahead = to_world(motion.rotation[:, 2], orientation)
    heading = np.degrees(np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 1])))
    if len(times_s) < 3 or not np.ptp(heading):
        return heading
    frame_s = float(np.median(np.diff(times_s)))
    smoothed: FloatArray = gaussian_filter1d(heading, STEADY_S / max(frame_s, 1e-3), mode="nearest")
    return smoothed
