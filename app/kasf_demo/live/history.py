"""What the camera has shown of one person: the last keypoints, and which of the people found is them."""

from __future__ import annotations

from collections import deque

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Detections
from kasportsformer.skeleton import coco_to_h36m

LOST_S = 0.5  # after so long without a detection, the next one may be another person
MAX_STEP = 0.6  # in their size: no person moves farther between two frames


class History:
    """The last keypoints of one person, Human3.6M-17, at the uneven times of the frames."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._rows: deque[tuple[float, FloatArray, FloatArray]] = deque()
        self._box: FloatArray | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def forget(self) -> None:
        """The next person is another one."""
        self._rows.clear()
        self._box = None

    def add(self, found: Detections, time_s: float) -> int | None:
        """Keeps the keypoints of the followed person, and returns their row in `found`; None if they are not there."""
        if self._rows and time_s - self._rows[-1][0] > LOST_S:
            self.forget()
        row = _same_person(found, self._box)
        if row is None:
            return None
        xy, score = coco_to_h36m(found.xy[row][None], found.score[row][None])
        self._box = found.box[row]
        self._rows.append((time_s, xy[0], score[0]))
        while self._rows[0][0] < time_s - self._seconds and self._rows[1][0] < time_s - self._seconds:
            self._rows.popleft()  # one older than the window stays, to interpolate from
        return row

    def window(self, frames: int, rate_hz: float) -> tuple[FloatArray, FloatArray]:
        """The last `frames` samples at an even rate, the newest frame last: xy (frames, 17, 2) px, score (frames, 17).
        Interpolated between frames; before the first frame it stands still, as at the start of a clip."""
        times = np.array([t for t, _, _ in self._rows])
        wanted = np.maximum(times[-1] - np.arange(frames - 1, -1, -1) / rate_hz, times[0])
        after = np.clip(np.searchsorted(times, wanted), min(1, len(times) - 1), len(times) - 1)
        before = np.maximum(after - 1, 0)
        gap = np.maximum(times[after] - times[before], 1e-9)
        part = np.clip((wanted - times[before]) / gap, 0, 1)
        xy, score = (np.stack([row[k] for row in self._rows]) for k in (1, 2))
        mixed = [v[before] + part.reshape(-1, *[1] * (v.ndim - 1)) * (v[after] - v[before]) for v in (xy, score)]
        return mixed[0], mixed[1]


def _same_person(found: Detections, before: FloatArray | None) -> int | None:
    """The row of the person nearest to where they were; the largest person at first."""
    if not len(found):
        return None
    size = np.maximum(np.ptp(found.box.reshape(-1, 2, 2), axis=1).max(-1), 1.0)
    if before is None:
        return int(np.argmax(size * found.box_score))
    moved = np.linalg.norm(found.box.reshape(-1, 2, 2).mean(1) - before.reshape(2, 2).mean(0), axis=-1) / size
    nearest = int(np.argmin(moved))
    return nearest if moved[nearest] < MAX_STEP else None
