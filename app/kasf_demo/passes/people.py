"""The people of each shot: tracked, chosen by --athlete, detected again if they are small, and repaired."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from kasf_demo import concurrency, tracking
from kasf_demo.detect import feet, follow_lost, redetect, search_gaps, turned
from kasf_demo.detect.base import Detector
from kasf_demo.errors import InputError
from kasf_demo.files.cache import usable_cache
from kasf_demo.options import Options
from kasf_demo.passes.first_pass import DECODED_AHEAD, FirstPass, SeenShot
from kasf_demo.progress import DETECTING_AGAIN, LOOKING_FOR_FEET, Notes
from kasf_demo.reconstruct.shot import TrackedShot
from kasf_demo.results.shots import Other
from kasf_demo.timing.real_time import RealTime
from kasf_demo.types.arrays import FloatArray, runs
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Track
from kasf_demo.video.reader import VideoReader


@dataclass(frozen=True)
class Followed:
    """shots: in order, each with the tracks chosen in it. others: by shot, the other people seen there. second_look:
    ids of the people that were detected again. turned: the frames in which people were found again because they are
    turned over, as times of the first and the last one, s, by id. feet_from: the network that looked for feet; None if
    none did."""

    shots: list[TrackedShot]
    others: list[list[Other]]
    second_look: list[int]
    feet_from: str | None = None
    turned: dict[int, list[tuple[float, float]]] = field(default_factory=dict)


def follow_people(
    seen: FirstPass,
    reader: VideoReader,
    clock: RealTime,
    detector: Detector | None,
    options: Options,
    notes: Notes,
    open_crops: Callable[[], Detector | None] = lambda: None,
) -> Followed:
    """The athlete's track in each shot, or those of all people with --athlete all, small people detected again and
    short gaps filled. `seen` has no repeated frames. detector: to detect again with, if there is one. open_crops: see
    `engine.Engine`.

    Raises InputError with --require-person if there is no person.
    """
    found = tracking.number_apart(_tracks(seen, reader, clock))
    want = options.athlete
    if any(found):
        want, beside = tracking.at_moment(found, want, _played_s(seen, clock))
        notes.warn(*([beside] if beside else []))
        found = _follow_lost(found, seen, reader, clock, want, open_crops, notes)
    chosen: list[list[Track]] = [[] for _ in found]
    look_for_feet = feet.asks_network(options.feet)
    others: list[list[Other]] = [[] for _ in found]
    again: list[int] = []
    again_s: dict[int, list[tuple[float, float]]] = {}
    if any(found):
        chosen, others = _choose(found, seen, reader, want, notes)
        chosen = _search_gaps(chosen, found, seen.shots, reader, clock, detector, notes)
        chosen, again = _look_closer(chosen, seen.shots, reader, clock, detector, notes)
        before, chosen = chosen, _look_turned(chosen, seen.shots, reader, clock, detector, open_crops, notes)
        for s, was, now in zip(seen.shots, before, chosen, strict=True):
            again_s |= _turned_spans(was, now, clock.of(s.shot))
        if look_for_feet:
            chosen = _look_for_feet(chosen, seen.shots, reader, clock, notes)
    elif options.require_person:
        raise InputError(
            "no person was found in the clip", "try --quality best or another --detector", path=reader.path
        )
    else:
        notes.warn("no person was found in the clip: the table has no poses")
    shots = [
        TrackedShot(
            s.shot,
            [_repaired(track, clock.of(s.shot), options) for track in tracks],
            clock.of(s.shot),
            clock.rate_hz(s.shot),
            s.links,
            s.insets,
            s.content,
            s.lines,
        )
        for s, tracks in zip(seen.shots, chosen, strict=True)
    ]
    notes.warn(*_no_feet_warning(shots, options))
    return Followed(shots, others, again, feet.SOURCE if look_for_feet else None, again_s)


def _played_s(seen: FirstPass, clock: RealTime) -> list[FloatArray]:
    """Of each shot, the times of its frames in the clip as played, without repeats."""
    return [seen.times_s[s.shot.frames][clock.distinct[s.shot.frames]] for s in seen.shots]


def _tracks(seen: FirstPass, reader: VideoReader, clock: RealTime) -> list[list[Track]]:
    """The people of each shot, best athlete first."""
    width, height = reader.info.width, reader.info.height
    return [tracking.follow(s.detections, width, height, fps=clock.rate_hz(s.shot)) for s in seen.shots]


def _follow_lost(
    found: list[list[Track]],
    seen: FirstPass,
    reader: VideoReader,
    clock: RealTime,
    want: str,
    open_crops: Callable[[], Detector | None],
    notes: Notes,
) -> list[list[Track]]:
    """`found`, all tracks of each shot, with those whom --athlete asks for followed on from where a detector of one
    person at a time lost them: more passes over the clip. Ids stay."""
    chosen = tracking.choose_in_shots(found, want, reader.info.width, reader.info.height)
    copies = [clock.lost[s.shot.frames][clock.distinct[s.shot.frames]] for s in seen.shots]
    losing = [follow_lost.losing(tracks, own) for tracks, own in zip(chosen, copies, strict=True)]
    crops = open_crops() if any(losing) else None
    if crops is None:
        return found
    lost = [
        follow_lost.LostPeople(tracks, everybody, crops, own)
        for tracks, everybody, own in zip(losing, found, copies, strict=True)
    ]
    spans = clock.without_repeats([s.shot for s in seen.shots])
    try:
        while any(people.unfinished for people in lost):
            with _images(reader, clock, notes) as frames:
                for people, images in zip(lost, redetect.each_shot(spans, frames), strict=True):
                    people.look(images)
    finally:
        crops.close()
    shots = tuple(replace(s, detections=p.added_to(s.detections)) for s, p in zip(seen.shots, lost, strict=True))
    return tracking.keep_ids(_tracks(replace(seen, shots=shots), reader, clock), found)


def _no_feet_warning(shots: Sequence[TrackedShot], options: Options) -> list[str]:
    """What to say if there is somebody, and a table of feet is wanted that will have no rows."""
    points = [track.keypoints.feet for s in shots for track in s.tracks]
    if "feet" not in options.export or not points or any(p is not None and p.any for p in points):
        return []
    remedies = {"auto": "; --feet mediapipe looks for them", "off": "; --feet is off"}
    return [f"--export feet: there are no heels and toes, and the table has no rows{remedies.get(options.feet, '')}"]


def _choose(
    found: list[list[Track]], seen: FirstPass, reader: VideoReader, want: str, notes: Notes
) -> tuple[list[list[Track]], list[list[Other]]]:
    """By shot: the tracks that --athlete asks for, and the other people."""
    width, height = reader.info.width, reader.info.height
    chosen = tracking.choose_in_shots(found, want, width, height, [s.shot.start for s in seen.shots])
    for tracks, mine in zip(found, chosen, strict=True):
        notes.warn(*(text for t in mine[:1] if (text := tracking.point_warning(t, want, tracks))))
    left_out = sum(map(len, found)) - sum(map(len, chosen))
    if want == "all" and left_out:
        notes.warn(f"{left_out} people were left out: too few detections, or too small to track")
    others = [
        [Other.of(t) for t in tracking.choose(tracks, "all", width, height) if t.id not in {m.id for m in mine}]
        for tracks, mine in zip(found, chosen, strict=True)
    ]
    return chosen, others


def _search_gaps(
    chosen: list[list[Track]],
    found: Sequence[Sequence[Track]],
    seen: Sequence[SeenShot],
    reader: VideoReader,
    clock: RealTime,
    detector: Detector | None,
    notes: Notes,
) -> list[list[Track]]:
    """One more pass over the clip if the detector missed a chosen person for some frames. found: all tracks."""
    info = reader.info
    if detector is None or detector.input_scale(info.width, info.height) is None:
        return chosen
    boxes = [
        [search_gaps.predicted(t, clock.of(s.shot), info.width, info.height) for t in tracks]
        for s, tracks in zip(seen, chosen, strict=True)
    ]
    if not any(np.isfinite(box).any() for own in boxes for box in own):
        return chosen
    spans = clock.without_repeats([s.shot for s in seen])
    with _images(reader, clock, notes) as frames:
        return [
            search_gaps.search_gaps(mine, own, everybody, detector, images)
            for images, mine, own, everybody in zip(
                redetect.each_shot(spans, frames), chosen, boxes, found, strict=True
            )
        ]


@contextlib.contextmanager
def _images(
    reader: VideoReader, clock: RealTime, notes: Notes, label: str = DETECTING_AGAIN
) -> Iterator[Iterator[Frame]]:
    """The frames with a new image, once more. label: of the progress bar."""
    with concurrency.prefetch(reader, room=DECODED_AHEAD, name="decode") as frames:
        yield (f for f in notes.track(frames, label, len(clock.distinct)) if clock.distinct[f.index])


def _look_closer(
    chosen: list[list[Track]],
    seen: Sequence[SeenShot],
    reader: VideoReader,
    clock: RealTime,
    detector: Detector | None,
    notes: Notes,
) -> tuple[list[list[Track]], list[int]]:
    """One more pass over the clip if people are small in it. The tracks, and the ids of those detected again."""
    areas = [s.content or reader.info.whole for s in seen]
    which = [redetect.small(t, detector, a.width, a.height) for t, a in zip(chosen, areas, strict=True)]
    if not any(which) or detector is None:
        return chosen, []
    spans = clock.without_repeats([s.shot for s in seen])
    with _images(reader, clock, notes) as frames:
        closer = redetect.look_closer_in_shots(chosen, which, spans, detector, frames)
    return closer, [tracks[i].id for tracks, small in zip(chosen, which, strict=True) for i in small]


def _look_turned(
    chosen: list[list[Track]],
    seen: Sequence[SeenShot],
    reader: VideoReader,
    clock: RealTime,
    detector: Detector | None,
    open_crops: Callable[[], Detector | None],
    notes: Notes,
) -> list[list[Track]]:
    """One more pass over the clip if people are turned over in it."""
    wanted = [[turned.turned(t, clock.of(s.shot)) for t in tracks] for s, tracks in zip(seen, chosen, strict=True)]
    if not any(own.any() for shot in wanted for own in shot):
        return chosen
    spans = clock.without_repeats([s.shot for s in seen])
    if detector is not None and detector.input_scale(reader.info.width, reader.info.height) is not None:
        with _images(reader, clock, notes) as frames:
            shots = zip(chosen, wanted, redetect.each_shot(spans, frames), strict=True)
            return [turned.look_turned(mine, own, detector, images) for mine, own, images in shots]
    crops = open_crops()
    if crops is None:
        return chosen
    around = [[turned.widened(w, clock.of(s.shot)) for w in own] for s, own in zip(seen, wanted, strict=True)]
    try:
        with _images(reader, clock, notes) as frames:
            shots = zip(chosen, around, redetect.each_shot(spans, frames), strict=True)
            return [turned.look_afresh(mine, own, crops, images) for mine, own, images in shots]
    finally:
        crops.close()


def _turned_spans(
    before: Sequence[Track], after: Sequence[Track], times_s: FloatArray
) -> dict[int, list[tuple[float, float]]]:
    """`Followed.turned` of the people of a shot."""
    found = {}
    for was, now in zip(before, after, strict=True):
        if spans := [(float(times_s[a]), float(times_s[b - 1])) for a, b in runs(turned.replaced(was, now))]:
            found[now.id] = spans
    return found


def _look_for_feet(
    chosen: list[list[Track]], seen: Sequence[SeenShot], reader: VideoReader, clock: RealTime, notes: Notes
) -> list[list[Track]]:
    """One more pass over the clip for heels and toes."""
    spans = clock.without_repeats([s.shot for s in seen])
    finder = feet.open_finder(usable_cache(notes.say))
    try:
        with _images(reader, clock, notes, LOOKING_FOR_FEET) as frames:
            return feet.find_feet_in_shots(chosen, spans, finder, frames)
    finally:
        finder.close()


def _repaired(track: Track, times_s: FloatArray, options: Options) -> Track:
    """Left and right swaps corrected, legs that lie on the other leg dropped, short gaps filled, feet left out if
    they are not wanted."""
    if options.feet == "off":
        track = replace(track, keypoints=replace(track.keypoints, feet=None))
    repaired = tracking.repair_body_swaps(tracking.repair_short_swaps(track), times_s)
    repaired = tracking.drop_collapsed_legs(tracking.repair_limb_swaps(repaired, times_s), times_s)
    return tracking.fill_gaps(repaired, times_s, max_gap_s=options.max_gap_s)
