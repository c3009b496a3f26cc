"""Search again for people whom the detector misses for some frames: in an enlarged crop around the predicted place.

The whole frame is scaled to the detector's input, and tracking needs a box of some certainty. The crop shows the person
larger, and overlap with the prediction makes up for a low score.
Measurements: docs/decisions.md, "Searching again".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kasf_demo import concurrency
from kasf_demo.detect.base import Detector
from kasf_demo.detect.letterbox import GREY, cut
from kasf_demo.detect.redetect import BODY, Watch
from kasf_demo.types.arrays import FloatArray, Image, box_iou, runs
from kasf_demo.types.clip import Frame
from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Track

MAX_GAP_S = 2.0  # longest gap within a track, as between its pieces (`tracking.tracker.LINK_S`)
END_S = 0.4  # before the first and after the last frame of a track
ROOM = 1.6  # side of the crop, relative to the larger side of the predicted box
BORDER = 0.02  # a box this near the image's border, relative to the image, is that of a person who leaves
SAME = 0.3  # minimum overlap (IoU) with the predicted box
OTHER = 0.5  # a box that overlaps so much with another person's is not the one searched for
# minimum score of the box and mean score of the body's joints, relative to the track's median
MIN_BOX_SCORE, MIN_SHARE = 0.3, 0.7
# maximum median step of the joints from one frame to the next, in sizes of the box: what is found is a continuation
MAX_STEP = 0.2
MORE = 0.15  # more per frame in between, as in `tracking.tracker`
MAX_SKIPPED = 5  # frames without a detection in between


@dataclass(frozen=True)
class _Found:
    """A person found again: index of the track, keypoints (17, 2) px, scores (17,), box (4,)."""

    track: int
    xy: FloatArray
    score: FloatArray
    box: FloatArray
    feet: FootPoints | None = None


def predicted(track: Track, times_s: FloatArray, width: int, height: int) -> FloatArray:
    """(T, 4) boxes where the person is to be searched for, NaN elsewhere: on the way between the ends of a gap, and
    where the track ends within the image. times_s (T,)."""
    valid = np.flatnonzero(track.keypoints.valid)
    out: FloatArray = np.full((len(times_s), 4), np.nan)
    if len(valid) < 2:
        return out
    way = np.stack([np.interp(times_s, times_s[valid], side) for side in track.box[valid].T], axis=1)
    margin = BORDER * np.array([width, height, -width, -height])
    low, high = way[:, :2] >= margin[:2], way[:, 2:] <= np.array([width, height]) + margin[2:]
    inside = np.asarray(low.all(1) & high.all(1))
    for a, b in runs(~track.keypoints.valid):
        if a == 0 or b == len(times_s):
            wanted = np.arange(a, b)[inside[a:b]]
            edge = times_s[valid[0] if a == 0 else valid[-1]]
            wanted = wanted[np.abs(times_s[wanted] - edge) <= END_S]
        else:
            wanted = np.arange(a, b) if times_s[b] - times_s[a - 1] <= MAX_GAP_S else np.arange(0)
        out[wanted] = way[wanted]
    return out


def search_gaps(
    tracks: Sequence[Track],
    boxes: Sequence[FloatArray],
    others: Sequence[Track],
    detector: Detector,
    frames: Iterable[Frame],
    watch: Watch = iter,
) -> list[Track]:
    """The tracks, with the frames in which the person is found again. boxes: of each track, as `predicted`; others: all
    tracks of the shot, for boxes that belong to someone else. frames: all of the shot's, in order."""

    def again(item: tuple[int, Frame]) -> list[_Found]:
        t, frame = item
        wanted = [i for i in range(len(tracks)) if t < len(boxes[i]) and np.isfinite(boxes[i][t]).all()]
        found = [_find(i, boxes[i][t], detector, frame.image) for i in wanted]
        return [f for f in found if f is not None and _believed(f, tracks[f.track], others, t)]

    out = list(tracks)
    with concurrency.map_ordered(again, enumerate(frames), workers=detector.parallel, name="search again") as results:
        seen = [(t, f) for (t, _), found in watch(results) for f in found]
    for i, track in enumerate(tracks):
        mine = _continuing(track, {t: f for t, f in seen if f.track == i})
        if mine:
            out[i] = _with(track, mine)
    return out


def _find(track: int, box: FloatArray, detector: Detector, image: Image) -> _Found | None:
    """The detection in a crop around the predicted `box` that overlaps most with it."""
    side = max(2, round(ROOM * float(max(box[2] - box[0], box[3] - box[1]))))
    left, top = round(float(box[0] + box[2] - side) / 2), round(float(box[1] + box[3] - side) / 2)
    people = detector.detect_close([cut(image, left, top, side, beyond=GREY)])[0]
    shift = np.array([left, top, left, top])
    sure = people.box_score >= MIN_BOX_SCORE
    shared = [box_iou(box, b) if ok else 0.0 for b, ok in zip(people.box + shift, sure, strict=True)]
    if max(shared, default=0.0) < SAME:
        return None
    k = int(np.argmax(shared))
    limit = np.array([image.shape[1], image.shape[0]])
    feet = None if people.feet is None else people.feet[k : k + 1].moved(shift[:2])
    return _Found(track, np.clip(people.xy[k] + shift[:2], 0, limit), people.score[k], people.box[k] + shift, feet)


def _believed(found: _Found, track: Track, others: Sequence[Track], t: int) -> bool:
    """True if the scores are those of a person and nobody else is there."""
    usual = float(np.median(track.keypoints.score[track.keypoints.valid][:, BODY].mean(1)))
    if found.score[BODY].mean() < MIN_SHARE * usual:
        return False
    there = [o.box[t] for o in others if o.id != track.id and o.keypoints.valid[t]]
    return all(box_iou(found.box, box) < OTHER for box in there)


def _continuing(track: Track, found: dict[int, _Found]) -> dict[int, _Found]:
    """Those of `found`, by frame, that continue the track: forward from its frames before, or back from those after."""
    kept: dict[int, _Found] = {}
    frames = len(track.keypoints)
    for steps in (range(frames), range(frames - 1, -1, -1)):
        last: FloatArray | None = None
        at = 0
        for t in steps:
            f = found.get(t)
            if track.keypoints.valid[t]:
                last, at = track.keypoints.xy[t], t
            elif f is not None and last is not None and abs(t - at) <= MAX_SKIPPED + 1:
                size = max(float(np.mean(f.box[2:] - f.box[:2])), 1.0)
                step = float(np.median(np.linalg.norm(f.xy[BODY] - last[BODY], axis=-1)))
                if step <= MAX_STEP * (1 + MORE * (abs(t - at) - 1)) * size:
                    kept[t], last, at = f, f.xy, t
    return kept


def _with(track: Track, found: dict[int, _Found]) -> Track:
    """`track` with the frames found."""
    k = track.keypoints
    xy, score, valid, box = k.xy.copy(), k.score.copy(), k.valid.copy(), track.box.copy()
    feet = None if k.feet is None else FootPoints(k.feet.xy.copy(), k.feet.score.copy())
    for t, f in found.items():
        xy[t], score[t], box[t], valid[t] = f.xy, f.score, f.box, True
        if feet is not None and f.feet is not None:
            feet.xy[t], feet.score[t] = f.feet.xy[0], f.feet.score[0]
    return replace(track, keypoints=replace(k, xy=xy, score=score, valid=valid, feet=feet), box=box)
