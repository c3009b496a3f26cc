"""From the clip's playback time to real time: slow motion is compensated, repeated frames are not counted, and each
frame gets the capture time of its image.

Two clocks: media_s, the clip's own time stamps, which the written video keeps and --start and --end count in; times_s,
real seconds, in which all positions, speeds and events are. Without slow motion and repeats they are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from kasf_demo.options import Options
from kasf_demo.shots import Shot
from kasf_demo.timing.image_times import stamped_is_smoother
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.clip import CaptureRate
from kasf_demo.types.people import Detections
from kasf_demo.video.repeats import Repeats, as_stamped, find_repeats

# a phone's nominal rate may be off the stored one by this factor, as in dim light, without any slow motion
ORDINARY = 1.45
SAME = 0.005  # 60 and 59.94 frames/s are one rate
LOST_COPIES = 1.5  # frames per image; fewer may be a copy here and there in place of a lost image
SLOWED_COPIES = 2.5  # frames per image; 30 in 60 is common at full speed, more copies than that are not
SLOWED_RATE_HZ = 20.0  # fewer new images per second are seldom recorded
RAMP_FRAMES = 15  # frames whose median distance is the pace there
RAMP_RATIO = 1.8  # between the slowest and the fastest pace
MIN_STEP_S = 1e-4


@dataclass(frozen=True)
class RealTime:
    """media_s, times_s (T,), both rising strictly; distinct (T,): frames with a row of their own: all but those that
    repeat an image. lost (T,): frames that have a row but show a copy in place of a missing image: they have no data.
    slowdown: seconds of the clip per second of real time, None if it varies. source: where that comes from.
    capture_fps: images per real second as recorded, if known. images_per_s: new images per real second. notes,
    warnings: lines for the user."""

    media_s: FloatArray
    times_s: FloatArray
    distinct: BoolArray
    lost: BoolArray
    slowdown: float | None
    source: str
    capture_fps: float | None
    images_per_s: float
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def rows(self, shot: Shot) -> slice | BoolArray:
        """What picks the frames with a new image from arrays with a row for each frame of a shot; all of them if none
        repeats."""
        distinct = self.distinct[shot.frames]
        return slice(None) if distinct.all() else distinct

    def of(self, shot: Shot) -> FloatArray:
        """(D,) real times of the shot's frames with a new image."""
        return np.asarray(self.times_s[shot.frames][self.rows(shot)])

    def rate_hz(self, shot: Shot) -> float:
        """Mean new images per real second of a shot, for filters."""
        return mean_rate(self.of(shot), self.images_per_s)

    def without_repeats(self, shots: Sequence[Shot]) -> list[tuple[int, int]]:
        """First and end of each shot, counted in frames with a new image; frames outside all shots count too."""
        before = np.concatenate([[0], np.cumsum(self.distinct)])
        return [(int(before[s.start]), int(before[s.end])) for s in shots]

    def record(self) -> dict[str, Any]:
        """For the JSON report."""
        same = self.times_s is self.media_s
        return {
            "meaning": (
                "times are real seconds; media_s are the time stamps of the clip as played, null where they are the"
                " same"
            ),
            "slowdown": None if self.slowdown is None else round(self.slowdown, 6),
            "source": self.source,
            "capture_fps": self.capture_fps,
            "images_per_s": round(self.images_per_s, 6) if np.isfinite(self.images_per_s) else None,
            "images": int((self.distinct & ~self.lost).sum()),
            "repeated_frames": np.flatnonzero(~self.distinct | self.lost).tolist(),
            "media_s": None if same else np.round(self.media_s, 6).tolist(),
        }


def mean_rate(times_s: FloatArray, nominal: float) -> float:
    """Mean frames per second over the clip, for filters; valid also if the rate varies or the container is wrong."""
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else nominal


def real_time(
    media_s: FloatArray,
    changes: FloatArray,
    shots: Sequence[Shot],
    detections: Sequence[Sequence[Detections]],
    capture: CaptureRate | None,
    nominal_fps: float,
    options: Options,
) -> RealTime:
    """The times of a clip. media_s (T,): time stamps; changes (T,): video.repeats.ImageChanges.levels; detections: of
    each shot; capture: the recorded rate from the file's metadata; nominal_fps: for a clip of one frame."""
    found = [find_repeats(changes[s.frames], media_s[s.frames]) for s in shots]
    known = options.slowmo or options.capture_fps or capture
    warnings = [_repeats_line(found, len(media_s), known=known)] if any(r.any for r in found) else []
    distinct, lost = np.ones(len(media_s), bool), np.zeros(len(media_s), bool)
    for i, (shot, repeats) in enumerate(zip(shots, found, strict=True)):
        if _fills_losses(repeats, media_s[shot.frames], detections[i]):
            lost[shot.frames] = ~repeats.distinct
            found[i] = as_stamped(np.ones(len(shot), bool), media_s[shot.frames])
    played_s = media_s
    if any(r.any for r in found):
        played_s = media_s.astype(float).copy()
        for shot, repeats in zip(shots, found, strict=True):
            distinct[shot.frames] = repeats.distinct
            played_s[shot.frames] = _rows_between(repeats, media_s[shot.frames])
        played_s = _rising(played_s)
    main = max(range(len(shots)), key=lambda i: len(shots[i])) if shots else None
    rate_hz = found[main].rate_hz if main is not None else nominal_fps
    rate_hz = rate_hz if np.isfinite(rate_hz) else nominal_fps
    ramp = _paces(media_s)
    slowdown, source, fps, notes = _slowdown(options, capture, rate_hz)
    if ramp and options.slowmo is None and fps is not None and slowdown != 1:
        warnings.append(
            f"the pace of the time stamps changes ({_paces_text(ramp)}): frames are taken to be 1/{fps:g} s apart"
        )
        return RealTime(
            media_s,
            _counted(played_s, distinct, fps, rate_hz),
            distinct,
            lost,
            None,
            source,
            fps,
            fps,
            (),
            tuple(warnings),
        )
    if ramp:
        warnings.append(
            f"the pace of the time stamps changes ({_paces_text(ramp)}): if the clip is slowed down in part (a speed"
            " ramp), times and speeds are wrong there; --capture-fps RATE gives all frames the distance at which they"
            " were recorded"
        )
    times_s = played_s if slowdown == 1 else np.asarray(played_s / slowdown)
    return RealTime(media_s, times_s, distinct, lost, slowdown, source, fps, rate_hz * slowdown, notes, tuple(warnings))


def _fills_losses(repeats: Repeats, media_s: FloatArray, detections: Sequence[Detections]) -> bool:
    """True if the few repeats of a shot replace missing images, so that all other images are on time."""
    if not repeats.any or repeats.copies >= LOST_COPIES:
        return False
    if not repeats.regular:
        return True
    own = [detections[i] for i in np.flatnonzero(repeats.distinct).tolist()]
    return stamped_is_smoother(own, repeats.times_s, media_s[repeats.distinct])


def _slowdown(
    o: Options, capture: CaptureRate | None, rate_hz: float
) -> tuple[float, str, float | None, tuple[str, ...]]:
    """Seconds of the clip per real second, the source of that value, the recorded rate, and report lines. rate_hz: new
    images per second of the clip as played."""
    if o.slowmo is not None:
        factor = float(o.slowmo)
        return factor, "--slowmo", None, (_line("--slowmo", rate_hz * factor, rate_hz, factor),) if factor != 1 else ()
    if o.capture_fps is not None:
        fps, source, factor = float(o.capture_fps), "--capture-fps", float(o.capture_fps) / rate_hz
    elif capture is not None:
        fps, source, factor = capture.fps, capture.tag, capture.fps / rate_hz
        if capture.playback_fps is not None and abs(capture.playback_fps / rate_hz - 1) < 0.2:
            factor = capture.fps / capture.playback_fps
        elif 1 / ORDINARY < factor < ORDINARY:
            factor = 1.0
    else:
        return 1.0, "none", None, ()
    if abs(factor - 1) < SAME:
        return 1.0, source, fps, ()
    return factor, source, fps, (_line(source, fps, rate_hz, factor),)


def _line(source: str, capture_hz: float, rate_hz: float, factor: float) -> str:
    kind = "slow motion" if factor > 1 else "time lapse"
    how = f"{factor:.3g} times slower" if factor > 1 else f"{1 / factor:.3g} times faster"
    return (
        f"{kind} ({source}): recorded at {capture_hz:.4g} images/s, played at {rate_hz:.4g}, {how}; times and speeds"
        " are real"
    )


def _repeats_line(found: Sequence[Repeats], frames: int, *, known: object) -> str:
    """known: True if the recorded rate is known from any source."""
    repeats = max((r for r in found if r.any), key=lambda r: len(r.distinct))
    text = f"{sum(int((~r.distinct).sum()) for r in found)} of {frames} frames repeat the image before them"
    if repeats.regular:
        text += f" ({repeats.rate_hz:.4g} new images per second)"
    text += ": not counted as motion"
    if not known and (
        repeats.copies >= SLOWED_COPIES or (repeats.copies > LOST_COPIES and repeats.rate_hz < SLOWED_RATE_HZ)
    ):
        text += (
            "; slow motion is likely: give --slowmo FACTOR or --capture-fps RATE, else times are those of the clip as"
            " played"
        )
    return text


def _rows_between(repeats: Repeats, media_s: FloatArray) -> FloatArray:
    """(n,) times of all frames of a shot: of those with a new image as found, copies evenly between them."""
    if not repeats.any:
        return media_s
    at = np.flatnonzero(repeats.distinct)
    ends = np.append(at, len(media_s))
    last_s = repeats.times_s[-1] + (
        1 / repeats.rate_hz if np.isfinite(repeats.rate_hz) else float(np.median(np.diff(media_s)))
    )
    times_s = np.append(repeats.times_s, last_s)
    return np.concatenate(
        [
            t0 + np.arange(b - a) / (b - a) * (t1 - t0)
            for (a, b), (t0, t1) in zip(pairwise(ends), pairwise(times_s), strict=True)
        ]
    )


def _rising(times_s: FloatArray) -> FloatArray:
    """Without overlaps at the ends of shots, whose last images may be due a little after the next shot begins."""
    back = np.arange(len(times_s))[::-1] * MIN_STEP_S
    return np.asarray(np.minimum.accumulate((times_s + back)[::-1])[::-1] - back)


def _paces(times_s: FloatArray) -> tuple[float, float] | None:
    """Lowest and highest frame rate within the clip; None if they are about equal."""
    gaps = np.diff(times_s)
    if len(gaps) < 2 * RAMP_FRAMES:
        return None
    paces = np.median(np.lib.stride_tricks.sliding_window_view(gaps, RAMP_FRAMES), axis=-1)
    return (float(1 / paces.max()), float(1 / paces.min())) if paces.max() > RAMP_RATIO * paces.min() else None


def _paces_text(paces: tuple[float, float]) -> str:
    return f"{paces[1]:.3g} to {paces[0]:.3g} frames/s"


def _counted(played_s: FloatArray, distinct: BoolArray, fps: float, rate_hz: float) -> FloatArray:
    """(T,) images 1/fps apart, copies between them; begins where the clip does."""
    number = np.cumsum(distinct) - 1
    ends = np.append(np.flatnonzero(distinct), len(distinct))
    share = (np.arange(len(distinct)) - ends[number]) / (ends[number + 1] - ends[number])
    return np.asarray(played_s[0] * rate_hz / fps + (number + share) / fps)
