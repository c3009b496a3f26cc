"""The Human3.6M-17 skeleton over the image, in the colours of the 3D one and with a dark edge that reads on any
background."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kasf_demo.render.feet import feet_in_image, foot_triangle
from kasf_demo.render.foot_points import foot_points
from kasf_demo.render.framing import world_xyz
from kasf_demo.render.primitives import Polygon, capsules, discs, draw_faded, fixed_point
from kasf_demo.render.style import (
    BONE_COLOURS,
    BONE_PAIRS,
    HEAD,
    INTERPOLATED_ALPHA,
    JOINT_COLOURS,
    MIN_DOT_PX,
    OUTLINE,
    WHITE,
    accent,
    joint_alpha,
    mix,
)
from kasf_demo.render.text import Tag
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.people import Keypoints2D, Person

_BODY_SHARE = 0.0085  # half a bone's thickness, as a share of the person's height in pixels ...
_MIN_SHARE, _MAX_SHARE = 0.0016, 0.0050  # ... within these shares of the image's height
_DASH = 2.6  # length of a dash and of a gap, in thicknesses
_FAR = 4.0  # keypoints more than this many image sizes away are held there


class Overlay:
    """Draws the 2D skeletons of one clip. `scale` is image pixels per source pixel, (2,); `height_px` the image's
    height."""

    def __init__(self, people: Sequence[Person], scale: FloatArray, size: tuple[int, int], label_px: int) -> None:
        self._people = people
        self._keypoints = [person.h36m for person in people]
        self._poses = [person.pose for person in people]
        self._foot_points = [foot_points(person) for person in people]
        self._nearness = [_nearness(person) for person in people]
        self._scale = scale
        self._size = np.array(size)
        self._radius = [_bone_radius(person.h36m, float(scale[1]), size[1]) for person in people]
        self._tags = (
            [Tag(str(person.id), label_px, accent(i)) for i, person in enumerate(people)] if len(people) > 1 else []
        )

    def draw(self, picture: Image, frame: int) -> None:
        """Draws frame number `frame` over `picture` (height, width, 3) in place. People who are not valid there are
        left out."""
        for i, keypoints in enumerate(self._keypoints):
            if 0 <= frame < len(keypoints) and keypoints.valid[frame]:
                self._person(picture, i, frame)

    def _person(self, picture: Image, person: int, frame: int) -> None:
        keypoints, radius = self._keypoints[person], self._radius[person]
        # Keypoints count from the corner of the first pixel, cv2 from its centre
        px = np.clip(keypoints.xy[frame] * self._scale - 0.5, -_FAR * self._size, (1 + _FAR) * self._size)
        dashed = bool(keypoints.interpolated[frame])
        alpha = joint_alpha(self._poses[person], frame)
        bone_alpha = alpha[BONE_PAIRS].min(1).tolist()
        near = self._nearness[person][min(frame, len(self._nearness[person]) - 1)]
        for ends, colour, faint in feet_in_image(self._people[person], self._foot_points[person], frame):
            foot_px = np.clip(ends * self._scale - 0.5, -_FAR * self._size, (1 + _FAR) * self._size)
            shapes = foot_triangle(foot_px, np.full(3, 0.8 * radius), _edge_px(radius), colour)
            draw_faded(picture, shapes, faint * (INTERPOLATED_ALPHA if dashed else 1.0))
        bones = _bones(px, radius, dashed)
        for bone in np.argsort(near[BONE_PAIRS].sum(1), kind="stable").tolist():
            draw_faded(picture, bones[bone], bone_alpha[bone])
        joints = _joints(px, (1.0 if dashed else 1.55) * radius, radius)
        for joint in np.argsort(near, kind="stable").tolist():
            draw_faded(picture, joints[joint], float(alpha[joint]))
        if self._tags:
            self._tags[person].draw(picture, np.array([px[HEAD, 0], px[:, 1].min() - 5 * radius]))


def _bones(px: FloatArray, radius: float, dashed: bool) -> list[list[Polygon]]:
    """What each bone is drawn with, from keypoints (17, 2) px: the dark edge of its dashes (one, if solid), then their
    colour."""
    pieces = [_dashes(px[pair], _DASH * 2 * radius) if dashed else px[pair][None] for pair in BONE_PAIRS]
    ends = np.concatenate(pieces)  # (N, 2, 2)
    wide, fine = np.full(len(ends), radius + _edge_px(radius)), np.full(len(ends), radius)
    edge = fixed_point(capsules(ends[:, 0], ends[:, 1], wide, wide))
    core = fixed_point(capsules(ends[:, 0], ends[:, 1], fine, fine))
    out: list[list[Polygon]] = []
    start = 0
    for piece, colour in zip(pieces, BONE_COLOURS, strict=True):
        mine = slice(start, start + len(piece))
        out.append(
            [
                *(Polygon(outline, OUTLINE) for outline in edge[mine]),
                *(Polygon(outline, colour) for outline in core[mine]),
            ]
        )
        start += len(piece)
    return out


def _joints(px: FloatArray, radius: float, bone_radius: float) -> list[list[Polygon]]:
    """What each joint is drawn with, from keypoints (17, 2) px: a dark edge, its colour, a light middle."""
    count = len(px)
    layers = [
        discs(px, np.full(count, radius + _edge_px(bone_radius)), [OUTLINE] * count),
        discs(px, np.full(count, radius), JOINT_COLOURS),
    ]
    if 0.5 * radius >= MIN_DOT_PX:
        layers.append(discs(px, np.full(count, 0.5 * radius), [mix(colour, WHITE, 0.75) for colour in JOINT_COLOURS]))
    return [list(joint) for joint in zip(*layers, strict=True)]


def _edge_px(radius: float) -> float:
    return max(0.8, 0.42 * radius)


def _dashes(ends: FloatArray, length_px: float) -> FloatArray:
    """(N, 2, 2) dashes between two points (2, 2), a dash at either end, gaps as long as dashes."""
    distance = float(np.hypot(*(ends[1] - ends[0])))
    count = min(max(1, round((distance / max(length_px, 1.0) + 1) / 2)), 40)
    cuts = np.linspace(0.0, 1.0, 2 * count)[:, None] if count > 1 else np.array([[0.0], [1.0]])
    points = ends[0] + cuts * (ends[1] - ends[0])
    return np.stack([points[0::2], points[1::2]], axis=1)


def _bone_radius(keypoints: Keypoints2D, scale: float, height_px: int) -> float:
    """One thickness per person and clip: fine for a distant athlete, and it does not pulse."""
    tall = (
        float(np.median(np.ptp(keypoints.xy[keypoints.valid][..., 1], axis=1))) * scale
        if keypoints.valid.any()
        else 0.0
    )
    return max(1.0, float(np.clip(_BODY_SHARE * tall, _MIN_SHARE * height_px, _MAX_SHARE * height_px)))


def _nearness(person: Person) -> FloatArray:
    """(T, 17) how near the joints are, to draw near limbs over far ones; all the same where the 3D pose is not
    valid."""
    return np.where(person.pose.valid[:, None], -np.nan_to_num(world_xyz(person.pose)[..., 1]), 0.0)
