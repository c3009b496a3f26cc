"""Finds the shots of a clip in its frames as they pass.

A cut: hardly a corner of a frame is found in the next frame or in those that follow. After a flash or a damaged frame
the scene returns; in a whip pan the frames on either side are blurred: neither is a cut. `gradual`: other transitions.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from kasf_demo.shots.gradual import change, coarse_image, find_transition, whole_extent
from kasf_demo.shots.jump import changed_share, find_jumps, split
from kasf_demo.shots.points import found_again, small_image
from kasf_demo.shots.slides import find_slide
from kasf_demo.types.arrays import FloatArray, Image
from kasf_demo.types.clip import Frame
from kasf_demo.types.people import Detections
from kasf_demo.types.shot import Shot, Transition

BROKEN_SHARE = 0.3  # if a smaller share of the corners is found in the next frame, it may be a cut
BACK_SHARE = 0.5  # if a larger share is found in a later frame, the scene goes on
MIN_JUMP = 0.25  # minimum change of the coarse image for a candidate of a cut
JUMP_GAIN = 1.8  # minimum ratio of that change to the median of the frames before
SAME_CHANGE, LARGE_CHANGE = 0.3, 0.8  # if there are too few corners: same scene below, cut above
AHEAD_S, MIN_AHEAD, MAX_AHEAD = 0.12, 3, 10  # frames compared with a candidate: a flash is shorter
MAX_BREAKS = 3  # in a row; more is noise or unknown camera motion
BLURRED = 0.6  # maximum sharpness within a run of breaks, relative to that around it, for a whip pan
WHIP = 0.8  # the same for the two frames at a single break
DARK_LEVEL = 32  # nearly all grey values of a black frame are below it
WHITE_LEVEL, WHITE_SPREAD = 200, 16  # a white frame: nearly all above the level, standard deviation below the spread
DARK_S = 0.35  # black of this duration ends a shot, whatever follows
MIN_DARK = 2  # frames of black between different scenes
FADE_S = 0.25
MIN_SHOT = 2  # frames; a single one between two cuts belongs to the transition
RETURN_S = 0.5  # a scene that comes back so soon after a transition was only hidden
CHECK_S = 0.13  # between searches for gradual transitions
KEPT_S, MAX_KEPT = 2.6, 200  # small images kept: seconds, number


@dataclass
class _Seen:
    """What is kept of a frame."""

    small: Image
    coarse: FloatArray
    dark: bool
    damaged: bool
    jump: float = 0.0  # change since the frame before
    broken: bool = False


class ShotFinder:
    """Watches the frames of one clip. After `watch` has ended, `shots` holds the result."""

    def __init__(self, rate_hz: float) -> None:
        self.shots: tuple[Shot, ...] = ()
        self._rate = rate_hz
        self._ahead = min(max(MIN_AHEAD, round(AHEAD_S * rate_hz)), MAX_AHEAD)
        self._check = max(1, round(CHECK_S * rate_hz))
        self._seen: deque[_Seen] = deque(maxlen=min(max(round(KEPT_S * rate_hz), 40), MAX_KEPT))
        self._count = 0  # frames fed
        self._changed = array("f")
        self._jumps: deque[float] = deque(maxlen=8)
        self._decided = 0  # frames passed on
        self._start = 0  # first frame of the current shot, as far as is known
        self._stretch = 0
        self._cuts: list[int] = []  # frames that begin a shot
        self._gaps: list[tuple[int, int, Transition]] = []  # frames that belong to no shot
        self._dark_from: int | None = None
        self._before_dark: list[_Seen] = []  # the last frame before it, and one before a fade
        self._pending_dark: list[tuple[int, int, list[_Seen]]] = []
        # a transition that may be a person passing in front of the camera
        self._pending: tuple[int, int, _Seen] | None = None
        self._is_slide = False  # whether that is a slide, whose ends are known

    def watch(self, frames: Iterable[Frame]) -> Iterator[tuple[int, Frame]]:
        """Yields (number of the segment, frame), in order. A segment begins at each cut and after long black. A frame
        is held back until it is clear whether it starts a shot."""
        waiting: deque[Frame] = deque()
        for frame in frames:
            self.feed(frame.image, damaged=frame.damaged)
            waiting.append(frame)
            while waiting and self._clear(self._decided):
                yield self._pass(waiting.popleft())
        while waiting:
            yield self._pass(waiting.popleft())
        self._finish()

    def feed(self, image: Image, *, damaged: bool = False) -> None:
        """The next frame, (H, W, 3)."""
        small = small_image(image)
        coarse = coarse_image(small)
        now = _Seen(small, coarse, _is_blank(coarse), damaged)
        self._changed.append(1.0)
        if self._seen:
            before = self._seen[-1]
            now.jump = change(before.coarse, coarse)
            self._changed[-1] = changed_share(before.small, small)
            if not (now.dark or before.dark) and now.jump > max(
                MIN_JUMP, JUMP_GAIN * float(np.median(self._jumps or [0.0]))
            ):
                now.broken = _broken(before, now)
            self._jumps.append(now.jump)
        self._seen.append(now)
        self._count += 1
        self._darkness(now)
        if self._count % self._check == 0:
            self._look_back()

    def look_for_jumps(self, people_in: Callable[[int], Detections], times_s: FloatArray) -> None:
        """After `watch`: splits `shots` at jump cuts of a static camera. people_in: detections of a frame by number;
        times_s (T,)."""
        changed = np.array(self._changed, float)

        def parts(shot: Shot) -> list[Shot]:
            return split(
                shot, find_jumps(changed[shot.frames], lambda i: people_in(shot.start + i), times_s[shot.frames])
            )

        self.shots = tuple(part for shot in self.shots for part in parts(shot))

    def _at(self, frame: int) -> _Seen:
        return self._seen[frame - self._count]

    def _clear(self, frame: int) -> bool:
        """True if it is decided whether this frame starts a shot."""
        return not self._at(frame).broken or self._count > frame + self._ahead

    def _pass(self, frame: Frame) -> tuple[int, Frame]:
        i = self._decided
        if i and self._at(i).broken and self._is_cut(i):
            self._begin(i)
            self._cuts.append(i)
        elif (
            i
            and self._dark_from is None
            and self._pending_dark
            and self._pending_dark[-1][1] == i
            and self._long_dark(i)
        ):
            self._begin(i)
        self._decided += 1
        return self._stretch, frame

    def _begin(self, frame: int) -> None:
        self._stretch += 1
        self._start = frame

    def _is_cut(self, i: int) -> bool:
        """True if frame i, which has little in common with the one before, starts a shot."""
        last = min(i + self._ahead, self._count - 1)
        if self._at(i).damaged or self._at(i - 1).damaged:
            return False
        run = i
        while run < last and self._at(run + 1).broken:
            run += 1
        if self._at(i - 1).broken and i - 1 not in self._cuts:
            return False  # within a run that was not taken for cuts
        if run - i >= MAX_BREAKS or (run > i and self._is_whip(i, run)):
            return False
        if self._is_blurred(i, last):
            return False
        before, now = self._at(i - 1), self._at(i)
        later = [j for j in range(i + 1, last + 1) if not self._at(j).dark]
        if any(_same(before, self._at(j)) for j in later):
            return False
        earlier = range(max(i - self._ahead - 1, self._start, self._count - len(self._seen)), i - 1)
        return not any(_same(self._at(j), now) for j in earlier if not self._at(j).dark)

    def _is_blurred(self, i: int, last: int) -> bool:
        """True if both frames at a break are blurred relative to frames slightly farther away: a whip pan."""
        first = max(i - 1 - self._ahead, self._count - len(self._seen), 0)
        before, after = (_detail(self._at(j).small) for j in (i - 1, i))
        return before < WHIP * _detail(self._at(first).small) and after < WHIP * _detail(self._at(last).small)

    def _is_whip(self, first: int, last: int) -> bool:
        """True if a frame in a run of breaks is blurred relative to the frames around the run: a whip pan."""
        around = [_detail(self._at(j).small) for j in (first - 1, min(last + 1, self._count - 1))]
        return min(_detail(self._at(j).small) for j in range(first, last)) < BLURRED * min(around)

    def _darkness(self, now: _Seen) -> None:
        i = self._count - 1
        if now.dark and self._dark_from is None:
            self._dark_from = i
            back = max(0, len(self._seen) - 1 - max(1, round(FADE_S * self._rate)))
            self._before_dark = [self._seen[-2], self._seen[back]] if i else []
        elif not now.dark and self._dark_from is not None:
            self._pending_dark.append((self._dark_from, i, self._before_dark))
            self._dark_from = None
        if self._pending_dark and i == self._pending_dark[-1][1] + round(FADE_S * self._rate):
            self._settle_dark()

    def _long_dark(self, end: int) -> bool:
        return end - self._pending_dark[-1][0] >= DARK_S * self._rate

    def _settle_dark(self) -> None:
        """Adds the last black span to the gaps if it is long, or if the scene after it is another than before."""
        start, end, before = self._pending_dark[-1]
        self._pending_dark = []
        after = [self._at(end), self._seen[-1]]  # right after it, and after a fade
        same = any(_same(a, b) for a, b in zip(before, after, strict=False))
        if end - start >= DARK_S * self._rate or (end - start >= MIN_DARK and before and not same):
            self._gaps.append((start, end, "black"))
            self._start = max(self._start, end)

    def _look_back(self) -> None:
        """Searches the last frames for a gradual transition. One found before is settled once its time has come."""
        first = max(self._start, self._count - len(self._seen))
        kept = [self._at(j) for j in range(first, self._count)]
        if self._pending is not None:
            if self._count - self._pending[1] >= RETURN_S * self._rate:
                self._settle()
            return
        if len(kept) < 10 or any(s.dark for s in kept):
            return
        coarse = [s.coarse for s in kept]
        steady = not any(s.broken for s in kept[1:])
        found = find_transition([s.small for s in kept], coarse, self._rate) if steady else None
        self._is_slide = found is None
        found = found or find_slide(coarse, [s.jump for s in kept], self._rate)
        if found:
            self._pending = (first + found[0], first + found[1], kept[max(found[0] - 1, 0)])

    def _settle(self) -> None:
        """Adds the pending transition to the gaps, unless the scene before it has returned."""
        assert self._pending is not None
        a, b, before = self._pending
        self._pending = None
        later = [self._at(j) for j in range(max(b, self._count - len(self._seen)), self._count)]
        low, high = max(self._start, self._count - len(self._seen)), self._count
        later_cut = next((j for j in range(b + 1, high) if self._at(j).broken or self._at(j).dark), high)
        wide = (
            whole_extent([self._at(j).coarse for j in range(low, later_cut)], a - low, b - low)
            if a > low and not self._is_slide
            else (a - low, b - low)
        )
        a, b = low + wide[0], low + wide[1]
        self._start = max(self._start, b)
        if not any(_same(before, seen) for seen in later[:: max(1, len(later) // 4)] + later[-1:]):
            self._gaps.append((a, b, "gradual"))

    def _finish(self) -> None:
        if self._pending is not None:
            self._settle()
        elif self._count % self._check:
            self._look_back()
            if self._pending is not None:
                self._settle()
        if self._dark_from is not None:
            if self._count - self._dark_from >= DARK_S * self._rate:
                self._gaps.append((self._dark_from, self._count, "black"))
        elif self._pending_dark:
            self._settle_dark()
        self.shots = _between(self._cuts, self._gaps, self._count)


def _between(cuts: list[int], gaps: list[tuple[int, int, Transition]], count: int) -> tuple[Shot, ...]:
    """The shots between cuts and gaps; one shot of all frames if none is left."""
    edges: list[tuple[int, int, Transition]] = sorted([(c, c, "cut") for c in cuts] + gaps, key=lambda edge: edge[:2])
    shots: list[Shot] = []
    start: int = 0
    begins: Transition = "start"
    for a, b, kind in [*edges, (count, count, "cut")]:
        if a >= start + MIN_SHOT or (a > start and not shots and b == count):
            shots.append(Shot(start, a, begins))
        if b >= start:
            start, begins = b, kind
    return tuple(shots) or ((Shot(0, count),) if count else ())


def _broken(before: _Seen, now: _Seen) -> bool:
    found = found_again(before.small, now.small)
    return now.jump > LARGE_CHANGE if found is None else found < BROKEN_SHARE


def _is_blank(coarse: FloatArray) -> bool:
    """True if a frame is black, or white all over."""
    return bool(
        np.percentile(coarse, 98) < DARK_LEVEL
        or (np.percentile(coarse, 5) > WHITE_LEVEL and coarse.std() < WHITE_SPREAD)
    )


def _same(before: _Seen, now: _Seen) -> bool:
    """True if two frames show the same scene."""
    found = found_again(before.small, now.small)
    return change(before.coarse, now.coarse) < SAME_CHANGE if found is None else found > BACK_SHARE


def _detail(small: Image) -> float:
    """Sharpness: mean absolute gradient divided by the standard deviation of the grey values."""
    grey = small.astype(np.float32)
    slope = np.abs(np.diff(grey, axis=1)).mean() + np.abs(np.diff(grey, axis=0)).mean()
    return float(slope / max(float(grey.std()), 1.0))
