"""Runs a detector over a clip's frames in the fastest way: frame by frame, from several threads, or in batches."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager

from kasf_demo import concurrency
from kasf_demo.detect.base import Detector
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections


def frames_at_once(detector: Detector) -> int:
    """Frames per call of the detector; 1 if it takes them one by one."""
    return detector.batch


def look(detector: Detector, frames: Iterable[Frame]) -> AbstractContextManager[Iterator[tuple[Frame, Detections]]]:
    """Yields an iterator over (frame, people) in order. A detector with a `batch` gets that number of frames at once;
    one that is `parallel` is called from that number of threads."""
    size = frames_at_once(detector)
    if size > 1:
        return contextlib.nullcontext(concurrency.map_batches(detector.detect_many, frames, size=size))
    return concurrency.map_ordered(detector.detect, frames, workers=detector.parallel, name="detect")
