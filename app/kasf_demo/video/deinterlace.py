"""Interlaced video: each stored frame holds two moments, one in its even and one in its odd rows. Here they become two
frames.

The rows that a field lacks are interpolated by ffmpeg's filter bwdif (Weston 3-field with Yadif's checks), so that
every field becomes a whole upright frame at its own time, and the rate doubles: 29.97 frames become 59.94 fields per
second.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, NamedTuple

import av
import numpy as np
from av.filter import Graph
from av.video.frame import VideoFrame

from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.video.frame_cache import Kept

FLAGGED_WITHIN = 3  # frames: a broadcast stream may begin with one that is coded as progressive
PROBED_FRAMES = 25  # maximum number of frames whose fields are compared
MIN_MOVED_LEVELS = 24.0  # of 255: if fields of the same rows differ by more, the content moves
MIN_MOVED_SAMPLES = 500  # rows x columns that move, over all frames compared
MAX_SAME_MOMENT = 0.6  # both fields show one moment below this ratio to the difference of neighbouring frames
MIN_ORDER_RATIO = 1.4  # minimum ratio of the two distances that decide which field comes first

BROADCAST = {"mpegts", "mpeg", "mpegvideo", "mxf", "wtv"}
Order = Literal["top", "bottom"]


class Content(NamedTuple):
    """What the fields of some frames show: progressive (two fields of one moment), and which field comes first (None:
    not clear)."""

    progressive: bool
    first: Order | None


def inspect(frames: Iterable[VideoFrame]) -> Content:
    """Compares the fields of successive frames where the image moves.

    Real interlacing: the second field of a frame is as far from its first field as from the first field of the next
    frame. Progressive content in an interlaced stream (PsF): both fields of a frame are of one moment. Frames in which
    too little moves decide nothing.
    """
    # of a frame's top field to bottom fields: its own, that of the frame before, of the frame after
    within = earlier = later = 0.0
    samples = 0
    for last, now, following in _triples(
        np.asarray(f.reformat(format="gray").to_ndarray(), np.float32) for f in frames
    ):
        moved = _moved(last, now) | _moved(now, following)
        samples += int(moved.sum())
        within += _distance(now, now, moved)
        earlier += _distance(now, last, moved)
        later += _distance(now, following, moved)
    if samples < MIN_MOVED_SAMPLES:
        return Content(False, None)
    if within < MAX_SAME_MOMENT * min(earlier, later):
        return Content(True, None)
    if later > MIN_ORDER_RATIO * earlier:
        return Content(False, "top")
    return Content(False, "bottom" if earlier > MIN_ORDER_RATIO * later else None)


def _triples(images: Iterable[FloatArray]) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """Each three successive images of one size, with an even number of rows."""
    window: deque[FloatArray] = deque(maxlen=3)
    for image in images:
        window.append(image[: len(image) // 2 * 2])
        if len(window) == 3 and window[0].shape == window[1].shape == window[2].shape:
            yield window[0], window[1], window[2]


class Decision(NamedTuple):
    """What to do with a stream: frames into fields or not, which field is first (None: as flagged), the rate of stored
    frames, remarks."""

    fields: bool
    first: Order | None
    frame_rate: Fraction
    remarks: tuple[str, ...]


def decide(
    first: VideoFrame, following: Iterator[VideoFrame], fps: Fraction, container: str, *, wanted: bool
) -> Decision:
    """Decides from the beginning of a stream: its first frame and, if that or the container suggests it, `following`.

    fps: the stream's rate as declared, which for interlaced streams may count fields. wanted: interlaced frames shall
    become fields.
    """
    ahead = [first]
    if BROADCAST & set(container.split(",")):
        ahead += itertools.islice(following, FLAGGED_WITHIN - 1)
    if not any(frame.interlaced_frame for frame in ahead):
        return Decision(False, None, fps, ())
    ahead += itertools.islice(following, PROBED_FRAMES - len(ahead))
    fps = _stored_rate(ahead, fps)
    if not wanted:
        return Decision(False, None, fps, ("interlaced video: read without deinterlacing",))
    content = inspect(ahead)
    if content.progressive:
        return Decision(
            False,
            None,
            fps,
            ("interlaced video, but both fields of a frame show the same instant: read as whole frames",),
        )
    said = f"interlaced video: deinterlaced to {float(2 * fps):.4g} fields per second (--no-deinterlace keeps frames)"
    return Decision(True, content.first, fps, (said,))


def _stored_rate(frames: list[VideoFrame], fps: Fraction) -> Fraction:
    """`fps`, or half of it if the frames' own time stamps are two of its periods apart."""
    stamps = [float(frame.pts * frame.time_base) for frame in frames if frame.pts is not None and frame.time_base]
    if len(stamps) < 3:
        return fps
    frames_apart = float(np.median(np.diff(stamps))) * float(fps)
    return fps / 2 if 1.8 < frames_apart < 2.2 else fps


def _moved(before: FloatArray, now: FloatArray) -> BoolArray:
    """(H/2 - 1, W) where rows of the same parity differ between two frames, from the second top row on."""
    return np.asarray(np.abs(now[2::2] - before[2::2]) > MIN_MOVED_LEVELS)


def _distance(top_of: FloatArray, bottom_of: FloatArray, where: BoolArray) -> float:
    """Sum of the differences between the top rows of one frame and the bottom rows of another, interpolated to the same
    height."""
    bottom = bottom_of[1::2]
    return float(np.abs(top_of[2::2] - (bottom[:-1] + bottom[1:]) / 2)[where].sum())


def fields(frames: Iterable[Kept], frame_s: float, first: Order | None) -> Iterator[Kept]:
    """Two frames for each of `frames`: its earlier field at its time, its later one halfway to the next frame.

    frame_s: the usual distance of two frames, seconds; after a longer pause the later field comes half of it after the
    earlier one. first: which field comes first; None takes each frame's own flag.
    """
    waiting: list[Kept] = []  # frames whose fields are still in the filter: two at most
    graph: Graph | None = None
    layout: tuple[int, int, str] | None = None
    for number, frame in enumerate(frames):
        decoded = frame.decoded
        # at the start, and of a stream that changes its size
        if layout != (decoded.width, decoded.height, decoded.format.name):
            if graph is not None:
                graph.vpush(None)
                yield from _pull(graph, waiting, frame_s)
            layout = (decoded.width, decoded.height, decoded.format.name)
            graph = _graph(decoded, first)
        assert graph is not None
        decoded.pts, decoded.time_base = number, Fraction(1)  # the filter needs the order only
        waiting.append(frame)
        graph.vpush(decoded)
        yield from _pull(graph, waiting, frame_s)
    if graph is not None:
        graph.vpush(None)
        yield from _pull(graph, waiting, frame_s)


def _graph(frame: VideoFrame, first: Order | None) -> Graph:
    parity = {None: "auto", "top": "tff", "bottom": "bff"}[first]
    graph = Graph()
    graph.threads = 1
    buffer = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1))
    deinterlacer = graph.add("bwdif", f"mode=send_field:parity={parity}:deint=all")
    graph.link_nodes(buffer, deinterlacer, graph.add("buffersink")).configure()
    return graph


def _pull(graph: Graph, waiting: list[Kept], frame_s: float) -> Iterator[Kept]:
    """The fields that the filter has ready, two for the first of `waiting`, which then leaves the list."""
    with contextlib.suppress(av.BlockingIOError, av.EOFError):
        while True:
            earlier, later = graph.vpull(), graph.vpull()
            of = waiting.pop(0)
            gap_s = waiting[0].time_s - of.time_s if waiting else frame_s
            yield Kept(earlier, of.time_s, of.damaged)
            yield Kept(later, of.time_s + (gap_s if 0 < gap_s < 1.5 * frame_s else frame_s) / 2, of.damaged)
