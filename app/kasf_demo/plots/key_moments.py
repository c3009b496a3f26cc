"""Select the key moments of a clip."""

from __future__ import annotations

import numpy as np

from kasf_demo.plots.subject import Box, Moment, PlacedCard, seen_of
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.cards import Card
from kasf_demo.types.motion import Motion
from kasf_demo.types.people import Person

MAX_MOMENTS = 6
APART_S = 0.08  # moments closer together than this, or than a twentieth of the clip, look alike
MARGIN = 0.12  # margin around the athlete in the crops, of the athlete's size
SIDE = {"l": "left", "r": "right"}


def key_moments(person: Person, motion: Motion, most: int = MAX_MOMENTS) -> tuple[Moment, ...]:
    """Up to `most` in order of time: a kick or throw, take-off, middle and landing of a flight, the deepest knee bend,
    foot strikes, steps; the remaining places are spread over the frames with a pose."""
    seen, times_s = seen_of(person), person.pose.times_s
    if not len(seen):
        return ()
    apart_s = max(APART_S, float(times_s[seen[-1]] - times_s[seen[0]]) / 20)
    found: dict[int, str] = {}

    def add(time_s: float, name: str) -> None:
        frame = int(seen[np.argmin(np.abs(times_s[seen] - time_s))])
        if len(found) < most and all(abs(times_s[frame] - times_s[other]) >= apart_s for other in found):
            found[frame] = name

    for time_s, name in _told(motion):
        add(time_s, name)
    for places in (most, most - 1, most - 2, 3, 2):  # from dense to sparse: add frames that still fit between
        for share in np.linspace(0, 1, max(2, places)):
            add(float(times_s[seen[round(float(share) * (len(seen) - 1))]]), "")
    frames = sorted(found)
    around = boxes(person.h36m.xy[frames])
    return tuple(Moment(f, float(times_s[f]), found[f], box) for f, box in zip(frames, around, strict=True))


def _told(motion: Motion) -> list[tuple[float, str]]:
    """Named moments, the most informative first."""
    events, moments = motion.events, []
    if events.strike:
        moments.append((events.strike.time_s, f"{events.strike.kind}, {SIDE[events.strike.side]}"))
    for flight in events.flights:
        moments += [
            (flight.takeoff_s, "take-off"),
            ((flight.takeoff_s + flight.landing_s) / 2, "flight"),
            (flight.landing_s, "landing"),
        ]
    bends = [(motion.angles.extremes(f"{side}_knee_flexion"), side) for side in "rl"]
    known = [(e.high, e.high_s, side) for e, side in bends if np.isfinite(e.high)]
    if known:
        _, time_s, side = max(known)
        moments.append((time_s, f"{SIDE[side]} knee most bent"))
    landed = [c for c in events.contacts if c.strike is not None and not c.doubtful]
    for side in "lr":
        moments += [(c.start_s, f"{SIDE[side]} foot lands,\n{c.strike}foot") for c in landed if c.side == side][:1]
    return moments + [
        (time_s, f"step, {SIDE[side]}") for time_s, side in (events.gait.steps if events.gait else ())[:2]
    ]


def placed_card(card: Card, person: Person) -> PlacedCard:
    """The moments of a card at the nearest frames with a pose, each frame once, with one size of crop."""
    seen, times_s = seen_of(person), person.pose.times_s
    named: dict[int, str] = {}
    for time_s, name in card.moments:
        named.setdefault(int(seen[np.argmin(np.abs(times_s[seen] - time_s))]), name)
    frames = sorted(named)
    around = boxes(person.h36m.xy[frames])
    moments = [Moment(f, float(times_s[f]), named[f], box) for f, box in zip(frames, around, strict=True)]
    return PlacedCard(card, tuple(moments), {})


def boxes(uv: FloatArray) -> list[Box]:
    """Boxes of one size around keypoints (M, 17, 2) px: that of the largest moment, neither very narrow nor very
    flat."""
    extent = np.ptp(uv, axis=1).max(0)
    size = extent + 2 * MARGIN * extent.max()
    size = np.maximum(size, [0.55 * size[1], 0.9 * size[0]])
    low = np.floor((uv.min(1) + uv.max(1) - size) / 2).astype(int)
    width, height = (max(1, int(np.ceil(s))) for s in size)
    return [Box(x, y, x + width, y + height) for x, y in low.tolist()]
