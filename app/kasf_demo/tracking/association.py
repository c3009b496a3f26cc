"""Distance between two sightings of a person, and motion prediction: the measures that tracking is built on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from kasf_demo.types.arrays import FloatArray, box_iou
from kasf_demo.types.people import Detections

SEEN = 0.3  # joints with a lower score are ignored for a person's position
MIN_JOINTS = 4


@dataclass(frozen=True)
class Sighting:
    """One person in one frame: keypoints (17, 2) px, score (17,), box xyxy, box_score; id if the source has ids, else
    -1."""

    frame: int
    xy: FloatArray
    score: FloatArray
    box: FloatArray
    box_score: float
    id: int = -1
    row: int = 0  # which of its frame's detections it is
    center: FloatArray = field(init=False)  # (2,) px, of the joints that are seen, else of the box
    size: float = field(init=False)  # px, the mean of the box's sides

    def __post_init__(self) -> None:
        weights = np.where(self.score >= SEEN, self.score, 0)[5:]  # shoulders to ankles
        middle = (self.box[:2] + self.box[2:]) / 2
        seen = (weights > 0).sum() >= MIN_JOINTS
        object.__setattr__(self, "center", weights @ self.xy[5:] / weights.sum() if seen else middle)
        object.__setattr__(self, "size", max(float(np.mean(self.box[2:] - self.box[:2])), 1.0))


def sightings(found: Detections, frame: int) -> list[Sighting]:
    """The people of one frame in an order that does not depend on the detector's, each once (`duplicates` dropped)."""
    ids = np.full(len(found), -1) if found.ids is None else found.ids
    people = []
    for k in range(len(found)):
        if np.isfinite(found.xy[k]).all() and np.isfinite(found.box[k]).all():
            xy, box = found.xy[k].astype(np.float64), found.box[k].astype(np.float64)
            people.append(
                Sighting(frame, xy, found.score[k].astype(np.float64), box, float(found.box_score[k]), int(ids[k]), k)
            )
    people.sort(key=lambda s: (-s.box_score * float(s.score.mean()), *s.box, *s.xy.ravel()))
    kept: list[Sighting] = []
    for s in people:  # best first: of two sightings of one person the better stays
        if not any(s.id == k.id if s.id >= 0 else same_person(s, k) for k in kept):
            kept.append(s)
    return kept


def same_person(a: Sighting, b: Sighting) -> bool:
    """True if two sightings in one frame are one person: the boxes coincide, or the joints visible in both do.

    A fragment, such as the legs of an athlete detected once more on their own, has another box but the same joints.
    """
    shared = box_iou(a.box, b.box)
    if shared == 0 or shared > 0.8:
        return shared > 0
    both = (a.score > 0.5) & (b.score > 0.5)
    if both.sum() < MIN_JOINTS:
        return False
    return float(np.median(np.linalg.norm(a.xy[both] - b.xy[both], axis=1))) < 0.06 * max(a.size, b.size)


def distance(last: Sighting, now: Sighting, shift: FloatArray) -> float:
    """Distance of `now` from `last` moved by `shift` (2,) px, in person sizes: the median over joints visible in
    both."""
    size = (last.size + now.size) / 2
    both = (last.score >= SEEN) & (now.score >= SEEN)
    if both.sum() < MIN_JOINTS:
        return float(np.linalg.norm((last.box + np.tile(shift, 2) - now.box).reshape(2, 2), axis=1).mean()) / size
    return float(np.median(np.linalg.norm(last.xy[both] + shift - now.xy[both], axis=1))) / size


def velocity(seen: Sequence[Sighting], span: int) -> FloatArray:
    """(2,) px per frame: a straight line through the centres of the sightings within `span` frames of the last one."""
    near = [s for s in seen if abs(s.frame - seen[-1].frame) <= span]
    if len(near) < 2:
        return np.zeros(2)
    t = np.array([s.frame for s in near], np.float64)
    centers = np.stack([s.center for s in near])
    t -= t.mean()
    return np.asarray(t @ (centers - centers.mean(0)) / (t @ t))
