"""--athlete X,Y@T: the person who is at a point at a moment of the clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.errors import UsageError
from kasf_demo.tracking.select import MISSED, flickers, outside_box, parse_spec
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Track

MAX_AWAY_S = 0.5  # from the moment: a detector may miss the person in the frame that was looked at


def at_moment(shots: Sequence[Sequence[Track]], spec: str, times_s: Sequence[FloatArray]) -> tuple[str, str | None]:
    """The id, as a spec, of the person that X,Y@T names; other specs as they are. And a warning if the point is beside
    that person.

    shots: the tracks of each, with ids that are unique over the clip. times_s: (T,) of each shot's frames, seconds of
    the clip as played. Of the people who are seen within half a second of the moment, the one whose box there contains
    the point or is nearest to it; flickers only if there is nobody else. Raises UsageError if there is nobody.
    """
    want = parse_spec(spec)
    if want.time_s is None:
        return spec, None
    near: list[tuple[bool, float, float, int, float]] = []
    for tracks, times in zip(shots, times_s, strict=True):
        brief = {t.id for t in flickers(tracks)}
        for track in tracks:
            frames = np.flatnonzero(track.keypoints.valid)
            if not len(frames):
                continue
            frame = frames[np.argmin(np.abs(times[frames] - want.time_s))]
            if abs(times[frame] - want.time_s) <= MAX_AWAY_S:
                outside, middle = outside_box(track.box[frame], want.point)
                size = float(np.sqrt(np.prod(track.box[frame, 2:] - track.box[frame, :2])))
                near.append((track.id in brief, outside, middle, track.id, size))
    if not near:
        what = f"--athlete {spec}: no person is seen at {want.time_s:g} s"
        raise UsageError(what, "give a point and a time at which the athlete is seen, or use --athlete auto")
    _, outside, _, number, size = min(near)
    if outside <= MISSED * size:
        return str(number), None
    text = (
        f"--athlete {spec}: no person is tracked there at that time; person {number}, {outside:.0f} px away, is taken"
    )
    return str(number), text
