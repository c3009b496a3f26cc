"""Where shots begin and end, in small made images: what is a cut, and what is not."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from panorama import texture

from kasf_demo.shots import ShotFinder
from kasf_demo.types.clip import Frame

Images = NDArray[np.uint8]
RATE, N = 30.0, 40
SCENES = [cv2.GaussianBlur(texture(seed, (1400, 300)), (0, 0), 1.0) for seed in range(4)]


def scene(number: int, frames: int = N, *, x0: float = 40.0, speed: float = 0.4) -> Images:
    """(n, 180, 320, 3) of a camera that pans slowly over a wall, with a dark figure that walks."""
    out = []
    for t in range(frames):
        x = round(x0 + speed * t)
        image = SCENES[number][40:220, x : x + 320].copy()
        at = 60 + 2 * t
        image[60:150, at : at + 30] = 20
        out.append(image)
    return np.stack(out)


def shots(images: Images, rate: float = RATE) -> list[tuple[int, int, str]]:
    finder = ShotFinder(rate)
    passed = [frame.index for _, frame in finder.watch(Frame(i, i / rate, image) for i, image in enumerate(images))]
    assert passed == list(range(len(images)))
    return [(s.start, s.end, s.begins) for s in finder.shots]


def test_cuts_however_close() -> None:
    images = np.concatenate([scene(0), scene(1, 8), scene(2)])
    assert shots(images) == [(0, N, "start"), (N, N + 8, "cut"), (N + 8, 2 * N + 8, "cut")]


@pytest.mark.parametrize("frames", [8, 16, 30])
def test_a_dissolve_belongs_to_neither_shot(frames: int) -> None:
    a, b = scene(0, N + frames, speed=0).astype(float), scene(1, N + frames, speed=0).astype(float)
    share = (np.arange(frames) + 1)[:, None, None, None] / (frames + 1)
    images = np.concatenate([a[:N], (1 - share) * a[N:] + share * b[:frames], b[frames:]]).astype(np.uint8)
    (_, end, _), (start, last, begins) = shots(images)
    assert begins == "gradual" and last == len(images)
    assert N - 1 <= end <= N + frames // 4 and N + frames - frames // 4 - 1 <= start <= N + frames + 2


def layered(number: int, frames: int) -> Images:
    """A scene of sky, ground and the like, as most are: not as different from left to right as from top to bottom."""
    rows = np.random.default_rng(number).uniform(20, 235, (9, 1)).astype(np.float32)
    layers = cv2.resize(rows, (320, 180), interpolation=cv2.INTER_LINEAR)[..., None]
    return np.asarray(0.4 * scene(number, frames, speed=0) + 0.6 * layers, np.uint8)


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize("how", ["push", "cover", "uncover"])
def test_a_slide_belongs_to_neither_shot(how: str, down: bool) -> None:
    n = 12
    a, b = layered(0, N + n), layered(1, N + n)
    images = [*a[:N]]
    for t in range(n):
        k = round((t + 1) * a.shape[2] / (n + 1))
        old = a[N + t][:, : a.shape[2] - k] if how == "cover" else a[N + t][:, k:]
        new = b[t][:, b.shape[2] - k :] if how == "uncover" else b[t][:, :k]
        images.append(np.concatenate([old, new], axis=1))
    whole = np.stack([*images, *b[n:]])
    (_, end, _), (start, last, begins) = shots(whole.swapaxes(1, 2) if down else whole)
    assert begins == "gradual" and last == len(whole)
    assert N - 1 <= end <= N + 1 and N + n - 1 <= start <= N + n + 2


@pytest.mark.parametrize("widths", [0.9, 1.0, 1.1])
def test_a_fast_pan_over_a_width_is_no_slide(widths: float) -> None:
    x = [round(40 + 320 * widths * min(max((i - N) / 12, 0), 1)) for i in range(2 * N + 12)]
    images = np.stack([SCENES[0][40:220, at : at + 320] for at in x])
    assert shots(images) == [(0, len(images), "start")]


@pytest.mark.parametrize("black", [3, 20])
def test_black_between_scenes_belongs_to_none(black: int) -> None:
    dark = np.full((black, 180, 320, 3), 4, np.uint8)
    assert shots(np.concatenate([scene(0), dark, scene(1)])) == [(0, N, "start"), (N + black, 2 * N + black, "black")]


def test_a_fade_from_black_belongs_to_the_shot_after_it() -> None:
    fade = np.clip(np.arange(N) / 20, 0, 1)[:, None, None, None]
    images = np.concatenate(
        [np.full((15, 180, 320, 3), 3, np.uint8), (fade * scene(0)).astype(np.uint8), scene(0, x0=56)]
    )
    ((start, end, begins),) = shots(images)
    assert 15 <= start <= 19 and end == len(images) and begins == "black"


def flash(images: Images) -> Images:
    images[20:22] = 255
    images[30] = np.clip(images[30] * 1.4 + 90.0, 0, 255)
    return images


def brighter(images: Images) -> Images:
    images[20:] = np.clip(images[20:] * 0.45, 0, 255)
    return images


def damaged(images: Images) -> Images:
    images[20, 50:] = np.random.default_rng(0).integers(0, 255, (130, 320, 3))
    return images


def passer_by(images: Images) -> Images:
    near = cv2.resize(texture(9, (240, 120))[:60, :120], (340, 180))
    for t in range(14):
        x = round(-340 + 660 * t / 13)
        left, right = max(x, 0), min(x + 340, 320)
        images[15 + t, :, left:right] = near[:, left - x : right - x]
    return images


def whip_pan(_: Images) -> Images:
    """From rest to rest over two image widths in a third of a second, blurred."""
    out = []
    for t in range(N):
        at = []
        for shutter in np.linspace(-0.25, 0.25, 9):
            s = np.clip((t + shutter - 15) / 10, 0, 1)
            x = round(40 + 640 * (3 * s**2 - 2 * s**3))
            at.append(SCENES[0][40:220, x : x + 320])
        out.append(np.mean(at, axis=0))
    return np.stack(out).astype(np.uint8)


def fast_pan(_: Images) -> Images:
    return scene(0, speed=14.0)


def zoom(_: Images) -> Images:
    out = []
    for t in range(N):
        width = round(440 / 1.025**t)
        x, y = 300 - width // 2, 150 - width * 9 // 32
        out.append(
            cv2.resize(SCENES[0][y : y + width * 9 // 16, x : x + width], (320, 180), interpolation=cv2.INTER_AREA)
        )
    return np.stack(out)


def frozen(images: Images) -> Images:
    return np.repeat(images, 3, axis=0)


def few(images: Images) -> Images:
    return np.asarray(images[::4])


@pytest.mark.parametrize("change", [flash, brighter, damaged, passer_by, whip_pan, fast_pan, zoom, frozen, few])
def test_what_is_no_cut(change: Callable[[Images], Images]) -> None:
    images = change(scene(0))
    assert shots(images) == [(0, len(images), "start")]


def test_a_black_clip_is_one_shot() -> None:
    assert shots(np.zeros((30, 180, 320, 3), np.uint8)) == [(0, 30, "start")]


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_very_short_clips(frames: int) -> None:
    assert shots(scene(0, frames)) == [(0, frames, "start")]
