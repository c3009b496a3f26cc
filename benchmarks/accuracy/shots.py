"""Cuts missed and cuts found where there are none, on transitions and disturbances made from clips.

    python benchmarks/accuracy/shots.py demo_videos ../shared/videos [--only dissolve] [--others]

Each clip is reduced to 160 px; transitions join pairs of clips, disturbances (flashes, exposure, whip pans, zooms,
damage ...) are applied to single ones. Only images are used: jump cuts by a camera on a tripod also need the
athlete's keypoints (shots/jump.py), which this benchmark has not. --others: the same set with PySceneDetect's
ContentDetector and AdaptiveDetector, if it is installed.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from kasf_demo.errors import KasfError
from kasf_demo.shots import ShotFinder
from kasf_demo.types.clip import Frame
from kasf_demo.video.reader import VideoReader

SIZE = (160, 90)
FRAMES = 150  # read of each clip
PAIRS, CUT_EVERY = 10, 3  # pairs of clips for each transition; every third of all pairs for hard cuts
Clip = NDArray[np.uint8]  # (T, 90, 160)
# first frame after the old shot, first frame of the new one, of each cut
Find = Callable[[Clip], list[tuple[int, int]]]


class Case(NamedTuple):
    """A clip with the spans (first, end) of its true transitions."""

    kind: str
    name: str
    clip: Clip
    true: list[tuple[int, int]]


def read(path: Path) -> Clip | None:
    """A clip in small, None if it is too short or not 16:9."""
    images = []
    try:
        with VideoReader(path) as reader:
            if abs(reader.info.width / reader.info.height - 16 / 9) > 0.05:
                return None
            for frame in reader:
                images.append(cv2.resize(frame.image[::2, ::2, 1], SIZE, interpolation=cv2.INTER_AREA))
                if len(images) == FRAMES:
                    break
    except KasfError:
        return None
    return np.array(images, np.uint8) if len(images) >= 65 else None


def mixed(a: Clip, b: Clip, n: int, kind: str = "dissolve") -> Clip:
    """`a`, then `b`, with a transition over the last n frames of a and the first n of b."""
    before, after = a[-n:].astype(float), b[:n].astype(float)
    y, x = np.mgrid[: SIZE[1], : SIZE[0]]
    noise = np.random.default_rng(1).random(a.shape[1:])
    masks: dict[str, Callable[[float], Any]] = {
        "wipe": lambda t: x < t * SIZE[0],
        "circle": lambda t: np.hypot(x - SIZE[0] / 2, y - SIZE[1] / 2) < t * np.hypot(*SIZE) / 2,
        "noise": lambda t: noise < t,
    }
    out = []
    for i in range(n):
        t = (i + 1) / (n + 1)
        if kind in masks:
            image = np.where(masks[kind](t), after[i], before[i])
        elif kind in SLIDES:
            image = slid(before[i], after[i], t, kind)
        elif kind in ("black", "white"):
            image = (
                before[i] * max(0.0, 1 - 2 * t)
                + after[i] * max(0.0, 2 * t - 1)
                + (kind == "white") * 255 * (1 - abs(2 * t - 1))
            )
        else:
            image = (1 - t) * before[i] + t * after[i]
        out.append(np.clip(image, 0, 255))
    return np.concatenate([a[:-n], np.array(out).astype(np.uint8), b[n:]])


SLIDES = ("slide", "slide right", "slide up", "eased slide", "cover", "uncover")


def slid(a: NDArray[Any], b: NDArray[Any], t: float, kind: str) -> NDArray[Any]:
    """b moves over the image to the left, to the right or up: a moves with it, is covered, or uncovers b."""
    if kind == "slide right":
        return slid(a[:, ::-1], b[:, ::-1], t, "slide")[:, ::-1]
    if kind == "slide up":
        return slid(a.T, b.T, t, "slide").T
    w = a.shape[1]
    k = int((3 * t**2 - 2 * t**3 if kind == "eased slide" else t) * w)
    old = a[:, : w - k] if kind == "cover" else a[:, k:]
    return np.concatenate([old, b[:, w - k :] if kind == "uncover" else b[:, :k]], axis=1)


def transitions(clips: dict[str, Clip]) -> Iterator[Case]:
    """Cases with cuts."""
    pairs = list(itertools.permutations(clips, 2))
    for pair in pairs[::CUT_EVERY]:
        yield Case("cut", " > ".join(pair), np.concatenate([clips[n][:40] for n in pair]), [(40, 40)])
    title = cv2.putText(np.full(SIZE[::-1], 20, np.uint8), "TITLE 2024", (8, 50), 0, 0.8, 230, 2)
    for i in np.random.default_rng(0).permutation(len(pairs))[:PAIRS].tolist():
        name, (a, b) = " > ".join(pairs[i]), (clips[n] for n in pairs[i])
        yield Case("two cuts, 8 frames", name, np.concatenate([a[:40], b[20:28], a[40:70]]), [(40, 40), (48, 48)])
        yield Case(
            "title card", name, np.concatenate([a[:40], np.repeat(title[None], 25, 0), b[:40]]), [(40, 40), (65, 65)]
        )
        for n in (20, 3):
            yield Case(
                f"black {n}",
                name,
                np.concatenate([a[:40], np.full((n, *a.shape[1:]), 3, np.uint8), b[:40]]),
                [(40, 40 + n)],
            )
        for n in (6, 12, 20, 30, 45):
            one, two = a[: max(60, n + 20)], b[: max(60, n + 20)]
            yield Case(f"dissolve {n}", name, mixed(one, two, n), [(len(one) - n, len(one))])
        for kind in ("wipe", "circle", "noise", *SLIDES, "black", "white"):
            yield Case(f"{kind} in 15 frames", name, mixed(a[:60], b[:60], 15, kind), [(45, 60)])


def gained(clip: Clip, gain: float, offset: float = 0.0) -> Clip:
    return np.clip(clip.astype(float) * gain + offset, 0, 255).astype(np.uint8)


def disturbed(clip: Clip) -> Iterator[tuple[str, Clip]]:
    """One shot, in every way that must not be taken for several."""
    s, n, rng = clip[:90], min(len(clip), 90), np.random.default_rng(0)
    black = np.full((20, *s.shape[1:]), 2, np.uint8)
    yield "plain", s
    for width in (1, 2, 3):
        f = s.copy()
        f[30 : 30 + width] = gained(f[30 : 30 + width], 1.5, 120)
        f[50 : 50 + width] = 255
        yield f"flash of {width}", f
    yield "exposure step", np.concatenate([s[:40], gained(s[40:], 0.5)])
    yield "exposure wave", np.stack([gained(x, 1 + 0.6 * np.sin(i / 6)) for i, x in enumerate(s)])
    yield "strobe", np.stack([gained(x, 0.3 if i % 6 < 3 else 1.2) for i, x in enumerate(s)])
    yield "fade in", np.concatenate([black, *(gained(x, min(1, i / 25))[None] for i, x in enumerate(s))])
    yield "fade out", np.concatenate([*(gained(x, min(1, (n - 1 - i) / 25))[None] for i, x in enumerate(s)), black])
    yield "every third frame", s[::3]
    yield "every sixth frame", clip[::6]
    yield "doubled", np.repeat(s, 2, 0)
    yield "24 in 30", s[[i - i // 5 for i in range(n)]]
    f = s.copy()
    f[33], f[60, 40:] = rng.integers(0, 255, f[33].shape), rng.integers(0, 255, f[60, 40:].shape)
    yield "damaged", f
    yield "stutter", s[[39 if 40 <= i < 43 else i for i in range(n)]]
    coat = cv2.resize(rng.integers(20, 90, (12, 14)).astype(np.uint8), (140, SIZE[1]), interpolation=cv2.INTER_CUBIC)
    f = s.copy()
    for i in range(16):
        left = int(-140 + 300 * i / 15)
        a, b = max(left, 0), min(left + 140, SIZE[0])
        if b > a:
            f[35 + i][:, a:b] = coat[:, a - left : b - left]
    yield "passer-by", f
    for name, zoom in (("zoom", lambda i: i / n), ("crash zoom", lambda i: float(np.clip((i - 40) / 8, 0, 1)))):
        yield name, np.stack([zoomed(x, 1 + 1.2 * zoom(i)) for i, x in enumerate(s)])
    for length, name in ((24, "fast pan"), (10, "whip pan"), (5, "whip pan of 5")):
        yield name, np.stack([panned(x, i, length) for i, x in enumerate(s)])
    for length in (8, 15):
        yield f"pan of a width in {length}", np.stack([panned(x, i, length, 1, eased=False) for i, x in enumerate(s)])
    for widths in (0.9, 1.0, 1.1):
        yield (
            f"pan of {widths} widths",
            np.stack([cropped(x, widths * np.clip((i - 40) / 12, 0, 1)) for i, x in enumerate(s)]),
        )
    yield (
        "shake",
        np.stack(
            [moved(x, np.array([[1, 0, 6 * np.sin(i * 1.3)], [0, 1, 5 * np.cos(i * 1.7)]])) for i, x in enumerate(s)]
        ),
    )
    yield "defocus", np.stack([cv2.GaussianBlur(x, (0, 0), 2.5) if 40 <= i < 60 else x for i, x in enumerate(s)])
    middle = (SIZE[0] / 2, SIZE[1] / 2)
    yield "roll", np.stack([moved(x, cv2.getRotationMatrix2D(middle, i * 1.5, 1.4)) for i, x in enumerate(s)])


def zoomed(x: Clip, zoom: float) -> Clip:
    h, w = SIZE[1] / zoom, SIZE[0] / zoom
    top, left = int((SIZE[1] - h) / 2), int((SIZE[0] - w) / 2)
    return np.asarray(cv2.resize(x[top : top + int(h) + 1, left : left + int(w) + 1], SIZE), np.uint8)


def panned(x: Clip, frame: int, length: int, widths: int = 2, *, eased: bool = True) -> Clip:
    """Within a panorama of mirror images, by two widths in `length` frames, with motion blur."""
    wide = np.concatenate([x, x[:, ::-1], x, x[:, ::-1]], axis=1)
    share = np.clip((frame + np.linspace(-0.25, 0.25, 9) - 40) / length, 0, 1)
    lefts = (widths * SIZE[0] * (3 * share**2 - 2 * share**3 if eased else share)).astype(int)
    return np.asarray(np.mean([wide[:, u : u + SIZE[0]] for u in lefts], axis=0), np.uint8)


def cropped(x: Clip, widths: float) -> Clip:
    """A window of 0.45 of the image, moved to the right by its width times `widths`."""
    w, h = int(0.45 * SIZE[0]), int(0.45 * SIZE[1])
    left = round(widths * w)
    return np.asarray(cv2.resize(x[20 : 20 + h, left : left + w], SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def moved(x: Clip, matrix: NDArray[Any]) -> Clip:
    return np.asarray(cv2.warpAffine(x, matrix.astype(np.float32), SIZE, borderMode=cv2.BORDER_REFLECT), np.uint8)


def ours(clip: Clip) -> list[tuple[int, int]]:
    finder = ShotFinder(30.0)
    for _ in finder.watch(Frame(i, i / 30, np.repeat(x[..., None], 3, 2)) for i, x in enumerate(clip)):
        pass
    return [(a.end, b.start) for a, b in itertools.pairwise(finder.shots)]


def others() -> dict[str, Find]:
    """PySceneDetect's detectors with their defaults, but luma only (the images are grey) and shots of 4 frames or
    more."""
    from scenedetect import AdaptiveDetector, ContentDetector, FrameTimecode  # type: ignore[import-not-found]

    def runs(make: Any) -> Find:
        def find(clip: Clip) -> list[tuple[int, int]]:
            detector, cuts = make(min_scene_len=4, luma_only=True), []
            for i, x in enumerate(clip):
                cuts += detector.process_frame(FrameTimecode(i, 30.0), np.repeat(x[..., None], 3, 2))
            cuts += detector.post_process(FrameTimecode(len(clip) - 1, 30.0))
            return [(k, k) for k in sorted({c if isinstance(c, int) else int(c.frame_num) for c in cuts})]

        return find

    return {"ContentDetector": runs(ContentDetector), "AdaptiveDetector": runs(AdaptiveDetector)}


def score(cases: list[Case], find: Find) -> dict[str, list[Any]]:
    """By kind: true cuts, missed, false, and where."""
    table: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, []])
    for kind, name, clip, true in cases:
        found, row = find(clip), table[kind]
        row[0] += len(true)
        for a, b in true:
            hits = [f for f in found if f[0] <= b + 3 and f[1] >= a - 3]
            row[1] += not hits
            found = [f for f in found if f not in hits]
            row[3] += [] if hits else [f"missed: {name}"]
        row[2] += len(found)
        row[3] += [f"false: {name} {found}"] if found else []
    return table


def main() -> None:
    """Prints a table for each detector."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--others", action="store_true", help="PySceneDetect too")
    parser.add_argument("--clips", type=int, default=10, help="at most")
    args = parser.parse_args()
    paths = [p for folder in args.folders for p in sorted(folder.rglob("*.mp4"))]
    clips = {p.stem: clip for p in paths if (clip := read(p)) is not None}
    clips = dict(list(clips.items())[:: max(1, -(-len(clips) // args.clips))])
    cases = list(transitions(clips)) + [
        Case(kind, n, s, []) for n, clip in clips.items() for kind, s in disturbed(clip)
    ]
    cases = [c for c in cases if args.only in c.kind]
    print(f"{len(clips)} clips: {', '.join(clips)}; {len(cases)} cases")
    for name, find in ({"ShotFinder": ours} | (others() if args.others else {})).items():
        start = time.process_time()
        table = score(cases, find)
        ms = 1000 * (time.process_time() - start) / max(1, sum(len(c.clip) for c in cases))
        print(f"\n{name}, {ms:.2f} ms of CPU a frame\n{'kind':24}{'true':>6}{'missed':>8}{'false':>7}")
        for kind, (true, missed, false, where) in table.items():
            print(f"{kind:24}{true:6}{missed:8}{false:7}  {'; '.join(where[:2])}")


if __name__ == "__main__":
    main()
