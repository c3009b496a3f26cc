"""Sound that we make ourselves: a hall's hum, feet, a ball through a net. Mono, float32."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter

from encode import AUDIO_HZ
from rig import Pose

FloatArray = NDArray[np.floating[Any]]


def noise(seconds: float, low_hz: float, high_hz: float, seed: int) -> FloatArray:
    """Noise between two frequencies, deviation 1."""
    white = np.random.default_rng(seed).standard_normal(round(seconds * AUDIO_HZ))
    b, a = butter(2, [low_hz, high_hz], "band", fs=AUDIO_HZ)
    shaped = lfilter(b, a, white)
    return shaped / shaped.std()


def burst(low_hz: float, high_hz: float, decay_s: float, seed: int) -> FloatArray:
    """A short noise that dies away."""
    shaped = noise(6 * decay_s, low_hz, high_hz, seed)
    return shaped * np.exp(-np.arange(len(shaped)) / AUDIO_HZ / decay_s)


def hall_sound(poses: list[Pose], times_s: FloatArray, events: list[tuple[float, str]]) -> FloatArray:
    """Hum, a step whenever a foot comes down, and the events (s, "swish" or "bounce")."""
    seconds = float(times_s[-1] + np.median(np.diff(times_s)))
    track = 0.006 * noise(seconds, 60, 500, 1)
    for pose in poses:
        for side in "lr":
            height = pose.place[f"{side}_ankle"][:, 2]
            down = height < np.percentile(height, 20) + 0.015
            for n in np.flatnonzero(down[1:] & ~down[:-1]):
                events = [*events, (float(times_s[n + 1]), "step")]
    shapes = {
        "step": (0.05, burst(80, 700, 0.03, 2)),
        "swish": (0.06, burst(1500, 7000, 0.09, 3)),
        "bounce": (0.22, burst(60, 320, 0.05, 4)),
    }
    for at, kind in events:
        gain, shape = shapes[kind]
        start = round(at * AUDIO_HZ)
        end = min(start + len(shape), len(track))
        if 0 <= start < end:
            track[start:end] += gain * shape[: end - start]
    return np.clip(track, -1, 1).astype(np.float32)
