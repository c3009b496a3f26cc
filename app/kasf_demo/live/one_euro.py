"""The one-euro filter (Casiez, Roussel and Vogel 2012): a causal low-pass whose cut-off rises with the speed."""

from __future__ import annotations

import numpy as np

from kasf_demo.types.arrays import FloatArray


class OneEuro:
    """Smooths points (..., C) m that arrive one by one, each with a cut-off of its own.

    min_cutoff_hz: of a point at rest. beta_hz_per_m_s: gained with its speed. speed_cutoff_hz: of the speed itself.
    """

    def __init__(self, *, min_cutoff_hz: float, beta_hz_per_m_s: float, speed_cutoff_hz: float) -> None:
        self._min, self._beta, self._speed = min_cutoff_hz, beta_hz_per_m_s, speed_cutoff_hz
        self.forget()

    def forget(self) -> None:
        """The next points are the first."""
        self._time_s = 0.0
        self._value: FloatArray | None = None
        self._rate: FloatArray = np.zeros(3)

    def smooth(self, points: FloatArray, time_s: float) -> FloatArray:
        """The points (..., C) m at `time_s`, smoothed. Times must rise."""
        if self._value is None:
            self._time_s, self._value, self._rate = time_s, points.copy(), np.zeros(points.shape)
            return points
        step_s = max(time_s - self._time_s, 1e-6)
        rate = (points - self._value) / step_s
        self._rate = self._rate + share(self._speed, step_s) * (rate - self._rate)
        cutoff_hz = self._min + self._beta * np.linalg.norm(self._rate, axis=-1, keepdims=True)
        self._value = self._value + share(cutoff_hz, step_s) * (points - self._value)
        self._time_s = time_s
        return np.asarray(self._value).copy()


def share(cutoff_hz: FloatArray | float, step_s: float) -> FloatArray | float:
    """How much of a step a single-pole low-pass lets through."""
    return 1 / (1 + 1 / (2 * np.pi * np.maximum(cutoff_hz, 1e-9) * step_s))
