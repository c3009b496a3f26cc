"""Virtual static cameras of a moving person, with keypoints as noisy as detectors' and poses as wrong as lifters'."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kasf_demo.multiview.cameras import Cameras, depths, intrinsics_of, project
from kasf_demo.multiview.rotations import from_vector
from kasf_demo.multiview.seen import SeenPerson, SeenView, sampled
from kasportsformer.skeleton import H36M, H36M_MIRROR

Array = NDArray[np.float64]
FOCAL_PX, SIZE = 1500.0, (1920, 1080)


def moving_person(
    seconds: float = 4.0, rate_hz: float = 100.0, *, still: bool = False, seed: int = 0
) -> tuple[Array, Array]:
    """times_s (T,) and joints (T, 17, 3) m, z up: arms and legs swing in different, uneven rhythms about a body of
    1.75 m. still: nothing moves."""
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    rng = np.random.default_rng(seed)
    out = np.zeros((len(t), 17, 3))
    warp = 0.0 if still else 1.0
    phase = 2 * np.pi * (0.35 * t + 0.06 * t**2)
    heading = warp * 0.7 * np.sin(0.9 * phase + rng.uniform(0, 6))
    across = np.stack([np.cos(heading), np.sin(heading), 0 * t], -1)
    ahead = np.stack([-np.sin(heading), np.cos(heading), 0 * t], -1)
    up = np.array([0.0, 0.0, 1.0])
    pelvis = np.array([0.0, 0.0, 0.95]) + warp * 0.3 * np.stack(
        [np.sin(phase), np.cos(0.7 * phase), 0.1 * np.sin(2 * phase)], -1
    )
    out[:, H36M["pelvis"]] = pelvis
    for name, height in (("spine", 0.25), ("thorax", 0.5), ("neck", 0.6), ("head", 0.72)):
        out[:, H36M[name]] = pelvis + height * up
    for side, sign in (("r", 1.0), ("l", -1.0)):
        for chain, base, lengths, spread in (("leg", 0.0, (0.43, 0.43), 0.12), ("arm", 0.48, (0.325, 0.255), 0.18)):
            names = ("hip", "knee", "ankle") if chain == "leg" else ("shoulder", "elbow", "wrist")
            joint = pelvis + base * up + sign * spread * across
            out[:, H36M[f"{side}_{names[0]}"]] = joint
            swing = warp * rng.uniform(0.5, 1.0) * np.sin(phase * rng.uniform(0.8, 1.9) + rng.uniform(0, 6))
            side_way = sign * (0.1 + warp * rng.uniform(0.2, 0.5) * (1 + np.sin(phase * rng.uniform(0.7, 1.5))))
            bend = 0.3 + warp * 0.5 * (1 + np.sin(phase * rng.uniform(0.9, 2.0) + rng.uniform(0, 6)))
            for n, length in enumerate(lengths):
                angle = swing - (bend if n and chain == "leg" else -bend if n else 0.0)
                way = (
                    np.sin(angle)[:, None] * ahead
                    - np.cos(angle)[:, None] * up
                    + np.sin(side_way)[:, None] * across * np.ones((len(t), 1))
                )
                joint = joint + length * way / np.linalg.norm(way, axis=-1, keepdims=True)
                out[:, H36M[f"{side}_{names[n + 1]}"]] = joint
    return t, out


def around(azimuths_deg: tuple[float, ...], distance_m: float = 5.0, height_m: float = 1.4) -> Cameras:
    """Cameras about the origin that look at a point 1 m above it."""
    rotations, translations = [], []
    for deg in azimuths_deg:
        a = np.radians(deg)
        place = np.array([distance_m * np.sin(a), -distance_m * np.cos(a), height_m])
        z = np.array([0, 0, 1.0]) - place
        z /= np.linalg.norm(z)
        x = np.cross(z, [0, 0, 1.0])
        x /= np.linalg.norm(x)
        rotations.append(np.stack([x, np.cross(z, x), z]))
        translations.append(-rotations[-1] @ place)
    k = intrinsics_of(FOCAL_PX, SIZE[0] / 2, SIZE[1] / 2)
    return Cameras(np.tile(k, (len(azimuths_deg), 1, 1)), np.array(rotations), np.array(translations))


def filmed(
    people: list[tuple[Array, Array]], cameras: Cameras, *, rates_hz: tuple[float, ...] = (50.0, 60.0, 30.0, 240.0),
    offsets_s: tuple[float, ...] = (0.0, 0.37, -0.21, 0.1), noise_px: float = 3.0, lean_deg: float = 6.0,
    swapped: float = 0.0, missed: float = 0.0, seed: int = 0, lens: float = 0.05, up_deg: float = 2.0,
) -> list[SeenView]:  # fmt: skip
    """What each camera sees of people (times_s (T,), joints (T, 17, 3)); a camera's clock runs ahead by its offset."""
    rng = np.random.default_rng(seed)
    views = []
    for c in range(len(cameras)):
        rate, offset = rates_hz[c % len(rates_hz)], offsets_s[c % len(offsets_s)]
        start, end = people[0][0][0] + 0.013 * c, people[0][0][-1]
        scene_s = np.arange(start, end, 1 / rate)
        lean = from_vector(np.radians(lean_deg) * rng.normal(size=3) / np.sqrt(3))
        seen = []
        for number, (times_s, joints) in enumerate(people):
            xyz = sampled(joints, times_s, scene_s)
            xy = project(cameras.only([c]), xyz)[0] + noise_px * rng.normal(size=(*xyz.shape[:2], 2))
            score = np.clip(0.9 + 0.05 * rng.normal(size=xyz.shape[:2]), 0, 1)
            score[rng.random(score.shape) < missed] = 0.0
            flipped = rng.random(len(xy)) < swapped
            xy[flipped] = xy[flipped][:, list(H36M_MIRROR)]
            own = xyz @ cameras.rotations[c].T + cameras.translations[c]
            root = own[:, :1] * (1 + 0.03 * rng.normal())
            own = root + (own - own[:, :1]) @ lean.T + 0.02 * rng.normal(size=own.shape)
            seen.append(SeenPerson(number + 1, xy, score, own))
        up = from_vector(np.radians(up_deg) * rng.normal(size=3) / np.sqrt(3)) @ cameras.rotations[c][:, 2]
        views.append(
            SeenView(f"camera{c}.mp4", cameras.intrinsics[c], lens, up, np.radians(4.0), scene_s + offset, tuple(seen))
        )
    return views


def without_people(view: SeenView) -> SeenView:
    """The view, empty."""
    return replace(view, people=())


def in_sight(cameras: Cameras, points: Array) -> bool:
    """Whether all points (N, 3) are before all cameras."""
    return bool((depths(cameras, points) > 0).all())
