"""Multi-person tracking: detections of single frames become tracks.

Reasons for a tracker of our own rather than ultralytics' ByteTrack or BoT-SORT: the whole clip is known, so tracklets
of one person can be joined with the motion on both sides of a gap. Keypoints separate overlapping people better than
boxes. It takes the output of any detector, also of a file, and needs no ultralytics.

1. Frame by frame, the Hungarian method assigns sightings to tracks by the distance between keypoints after a
constant-velocity
   prediction. Distances are in person sizes, so a panning camera only adds to all velocities. Confident boxes are
   assigned first; weak ones may continue a track that is left over, not start one (the idea of ByteTrack).
2. A track without a detection for half a second ends. Afterwards, tracklets are joined over gaps of up to 2 s if the
motion
   before and after meets and the size agrees, again as one assignment.
3. Ids that come with the detections (a keypoints file) win over all of this.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kasf_demo.tracking.assignment import NEVER, assign
from kasf_demo.tracking.association import Sighting, distance, sightings, velocity
from kasf_demo.tracking.plausible import plausible
from kasf_demo.tracking.select import weight
from kasf_demo.tracking.tracklet import Piece
from kasf_demo.types.arrays import FloatArray, box_iou
from kasf_demo.types.people import Detections, Track

START_SCORE = 0.3  # a box that starts a track
MIN_SIGHTINGS = 3  # fewer are noise
ALIVE_S = 0.5  # a track without detections is continued for this time
LINK_S = 2.0  # maximum gap over which pieces are joined
VELOCITY_S = 0.2  # time over which velocity is measured
MAX_STEP = 0.5  # maximum error of a prediction from one frame to the next, in person sizes
MAX_GROWTH = 0.7  # maximum change of the logarithm of the size
MAX_SIZES_APART = 2.0  # person sizes beyond which joints are not compared, to save time
TRACK_BYTES = 225  # per track and frame of the clip: every track has a row for each frame
MAX_BYTES = 500_000_000  # all tracks together: 10 people in two hours, 1,000 in a minute


def follow(frames: Sequence[Detections], width: int, height: int, *, fps: float) -> list[Track]:
    """Tracks of the people in `frames` (one `Detections` per frame of the clip), best athlete first (`select.weight`).

    Ids are 1, 2, ... in that order, except that a source's own ids are kept. Every track has len(frames) rows, invalid
    where the person is not seen. Dropped are: people seen in fewer than 3 frames, unless the clip is shorter or the
    source gives ids; those of least weight if all tracks exceed MAX_BYTES; tracks that do not move like people. The
    order of the detections within a frame does not matter.
    """
    named: dict[int, Piece] = {}
    pieces: list[Piece] = []
    open_pieces: list[Piece] = []
    alive, reach = max(2, round(ALIVE_S * fps)), _span(fps) + 1
    for t, found in enumerate(frames):
        people = sightings(found, t)
        for s in (s for s in people if s.id >= 0):
            if s.id in named:
                named[s.id].append(s)
            else:
                named[s.id] = Piece(s, reach)
        open_pieces = [p for p in open_pieces if t - p.last[-1].frame <= alive]
        started = _continue(open_pieces, [s for s in people if s.id < 0], fps)
        open_pieces += started
        pieces += started
    pieces = _link([p for p in pieces if len(p) >= min(MIN_SIGHTINGS, len(frames))], fps)
    diagonal_px = float(np.hypot(width, height))
    pieces.sort(key=lambda piece: -piece.weight(diagonal_px))
    tracks = [p.track(frames) for p in pieces[: max(1, MAX_BYTES // (max(1, len(frames)) * TRACK_BYTES))]]
    tracks.sort(key=lambda track: -weight(track, width, height))
    tracks = plausible(tracks, fps)
    free = (i for i in range(1, len(named) + len(tracks) + 1) if i not in named)
    tracks = [Track(next(free), t.keypoints, t.box) for t in tracks]
    tracks += [p.track(frames, i) for i, p in sorted(named.items())]
    return sorted(tracks, key=lambda track: (-weight(track, width, height), track.id))


def _continue(pieces: list[Piece], people: list[Sighting], fps: float) -> list[Piece]:
    """Appends each sighting to the piece it continues; what is left and confident starts new ones, which are
    returned."""
    left = pieces
    started: list[Piece] = []
    for confident in (True, False):
        now = [s for s in people if (s.box_score >= START_SCORE) == confident]
        pairs = assign(_costs(left, now, fps))
        taken = {j for _, j in pairs}
        for i, j in pairs:
            left[i].append(now[j])
        left = [p for i, p in enumerate(left) if i not in {i for i, _ in pairs}]
        if confident:
            started = [Piece(s, _span(fps) + 1) for j, s in enumerate(now) if j not in taken]
    return started


def _costs(pieces: list[Piece], people: list[Sighting], fps: float) -> FloatArray:
    """(pieces, people): how badly each person continues each piece, NEVER where it cannot."""
    span = _span(fps)
    costs = np.full((len(pieces), len(people)), NEVER)
    if costs.size == 0:
        return costs
    centers, frame = np.stack([s.center for s in people]), people[0].frame
    for i, piece in enumerate(pieces):
        last = piece.last[-1]
        gap = frame - last.frame
        # a velocity is not extrapolated for longer than it was measured
        shift = velocity(piece.last, span) * min(gap, span)
        near = np.abs(centers - (last.center + shift)).max(1) < MAX_SIZES_APART * last.size
        for j in np.flatnonzero(near):
            s = people[j]
            apart, growth = distance(last, s, shift), abs(math.log(s.size / last.size))
            if apart < MAX_STEP * (1 + 0.15 * (gap - 1)) and growth < MAX_GROWTH:
                costs[i, j] = apart + 0.3 * growth + 0.3 * (1 - box_iou(last.box + np.tile(shift, 2), s.box))
    return costs


def _link(pieces: list[Piece], fps: float) -> list[Piece]:
    """Joins pieces of one person: each piece gets at most one successor, all chosen together."""
    costs = np.full((len(pieces), len(pieces)), NEVER)
    for i, a in enumerate(pieces):
        for j, b in enumerate(pieces):
            costs[i, j] = _link_cost(a, b, fps) if a.last[-1].frame < b.first[0].frame else NEVER
    after = dict(assign(costs)) if pieces else {}
    joined = []
    for i in sorted(set(range(len(pieces))) - set(after.values())):  # those without a predecessor
        piece, k = pieces[i], i
        while k in after:
            k = after[k]
            piece.join(pieces[k])
        joined.append(piece)
    return joined


def _link_cost(a: Piece, b: Piece, fps: float) -> float:
    """How far apart, in person sizes, the end of `a` moved forward and the beginning of `b` moved backward are; NEVER
    if too far."""
    first, last = b.first, list(a.last)
    gap = first[0].frame - last[-1].frame
    gap_s = gap / fps
    if gap_s > LINK_S and gap > MIN_SIGHTINGS:
        return NEVER
    span = _span(fps)
    size_a, size_b = (float(np.median([s.size for s in end])) for end in (last[-span:], first[:span]))
    size = (size_a + size_b) / 2
    between = first[0].center - last[-1].center
    forward, backward = velocity(last, span) * gap, velocity(first[::-1], span) * gap
    apart = (
        min(
            float(np.linalg.norm(between - move)) for move in (forward, backward, (forward + backward) / 2, np.zeros(2))
        )
        / size
    )
    growth = abs(math.log(size_b / size_a))
    if apart > 0.4 + 0.4 * min(gap_s, LINK_S) or growth > 0.4:
        return NEVER
    return apart + growth + 0.5 * gap_s


def _span(fps: float) -> int:
    """Frames over which velocity is measured."""
    return max(2, round(VELOCITY_S * fps))
