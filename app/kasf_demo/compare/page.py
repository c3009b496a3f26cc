"""The clip's proxy video for the page of a comparison."""

from __future__ import annotations

from pathlib import Path

from kasf_demo.compare.side import Side
from kasf_demo.errors import InputError
from kasf_demo.video.reader import VideoReader
from kasf_demo.viewer.proxy_video import ProxyVideoWriter
from kasf_demo.viewer.scene import ProxyVideo
from kasf_demo.weights.hashing import sha256_of

SAME_S = 1e-3  # time stamps of one frame in the clip and in a table, which rounds


def proxy_video_of(clip: Path, side: Side) -> ProxyVideo:
    """The frames of `clip` that `side` has. Raises InputError if the clip is not that of the side, or is unreadable."""
    times_s = side.pose.times_s if side.media_s is None else side.media_s
    with VideoReader(clip, deinterlace=side.deinterlaced) as reader:
        if side.source is not None and sha256_of(clip) != side.source:
            raise _not_it(clip, side)
        with ProxyVideoWriter(reader.info, times_s) as writer:
            wanted = 0
            for frame in reader:
                if wanted < len(times_s) and abs(frame.time_s - times_s[wanted]) <= SAME_S:
                    writer.write(frame.image)
                    wanted += 1
            if wanted < len(times_s):
                raise _not_it(clip, side)
    assert writer.video is not None
    return writer.video


def _not_it(clip: Path, side: Side) -> InputError:
    return InputError(
        f"not the clip that {side.name} is of", "give the clip that was analysed, or leave --clip out", path=clip
    )
