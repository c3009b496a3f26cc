"""Looks through a clip for bars around its content, before detection. An ordinary clip costs its first frame."""

from __future__ import annotations

import numpy as np

from kasf_demo.errors import KasfError
from kasf_demo.types.clip import ContentArea
from kasf_demo.video.content_area import FrameStatistics, find_content, is_dark
from kasf_demo.video.reader import VideoReader

EVERY = 3  # every third frame is sampled
FEW_FRAMES = 8  # sampled frames after which bars must be certain
MAX_FRAMES = 24  # maximum number sampled from the start
MAX_DARK_FRAMES = 75  # maximum length of a fade from black at the start
SAME_TIME_S = 1e-4
LATER = 6  # number of single frames sampled from the rest of the clip


def content_of(reader: VideoReader) -> ContentArea | None:
    """The part of the clip's frames that is never covered by bars. None if there are no bars, or if the clip is dark
    throughout."""
    seen: FrameStatistics | None = None
    last_s = 0.0
    for frame in reader:
        last_s = frame.time_s
        if frame.index % EVERY or is_dark(frame.image):
            if seen is None and frame.index >= MAX_DARK_FRAMES:
                return None
            continue
        if seen is None:
            seen = FrameStatistics.of(frame.image)
            if find_content(seen, relaxed=True) is None:
                return None
            continue
        seen.add(frame.image)
        if seen.frames == FEW_FRAMES and find_content(seen) is None:
            return None
        if seen.frames == MAX_FRAMES:
            break
    if seen is None:
        return None
    _look_later(reader, seen, last_s)
    return find_content(seen)


def _look_later(reader: VideoReader, seen: FrameStatistics, after_s: float) -> None:
    """Adds single frames from after `after_s` to the end of what is read."""
    end_s = reader.end_s if reader.end_s is not None else reader.info.duration_s
    if end_s is None or end_s <= after_s + 1 or not reader.seekable:
        return
    for time_s in np.linspace(after_s, end_s, LATER + 2)[1:-1]:
        try:
            frame = next(iter(reader.part(float(time_s), end_s)), None)
        except KasfError:  # damaged there, or the end is earlier than declared
            continue
        if frame is not None and frame.image.shape == seen.low.shape and not is_dark(frame.image):
            seen.add(frame.image)


def content_of_part(reader: VideoReader, first_s: float, end_s: float | None) -> ContentArea | None:
    """`content_of` the frames of a clip from time `first_s` on and before `end_s`; None if they cannot be read
    again."""
    end_s = reader.end_s if end_s is None else end_s - SAME_TIME_S
    try:
        return content_of(reader.part(max(first_s - SAME_TIME_S, 0.0), end_s))
    except KasfError:
        return None
