"""How loud a clip's sound gets, moment by moment: what two recordings of the same event have in common."""

from __future__ import annotations

import contextlib
from pathlib import Path

import av
import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.video.source import file_url

RATE_HZ = 16_000
HOP_S = 0.005
QUIET = 1e-4  # of full scale: below it nothing is heard
MAX_S = 600.0  # of a clip; the rest is not listened to


def onsets(path: Path) -> tuple[float, FloatArray] | None:
    """When the first value is, seconds as the clip plays, and how much louder each HOP_S is than the one before,
    natural logarithm, 0 where it is not louder (N,). None without sound, or with sound that cannot be read."""
    parts: list[FloatArray] = []
    start_s: float | None = None
    count = 0
    with contextlib.suppress(av.error.FFmpegError, OSError), av.open(file_url(path)) as container:
        if not container.streams.audio:
            return None
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
        for frame in container.decode(container.streams.audio[0]):
            if start_s is None:
                start_s = float(frame.time or 0.0)
            for piece in resampler.resample(frame):
                parts.append(np.asarray(piece.to_ndarray(), float).ravel())
                count += parts[-1].size
            if count > MAX_S * RATE_HZ:
                break
    hop = round(HOP_S * RATE_HZ)
    if start_s is None or count < 4 * hop:
        return None
    samples = np.concatenate(parts)
    loud = np.sqrt((samples[: len(samples) // hop * hop].reshape(-1, hop).astype(float) ** 2).mean(1))
    return start_s, np.maximum(np.diff(np.log(loud + QUIET), prepend=np.log(loud[0] + QUIET)), 0.0)
