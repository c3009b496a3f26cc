"""Findings on the footage: is the athlete large, sharp, lit and wholly in view, is the camera level and still, is the
frame rate enough. For `kasf-demo check`, the JSON of every result, its page and its report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kasf_demo.assess.values import rate_for
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.camera import CameraAngle, Kind
from kasf_demo.types.clip import ContentArea
from kasf_demo.types.findings import Finding, ImageSample, Level
from kasf_demo.types.result import Result

SMALL_PX, TOO_SMALL_PX = 160, 80
DARK, TOO_DARK, TOO_BRIGHT, FLAT = 60, 35, 225, 14
BLURRED, TOO_BLURRED = 0.6, 0.76  # sharp clips have 0.28 to 0.45; blurred by 1, 2, 4 px of 256: 0.53, 0.71, 0.83
CUT_OFF, OFTEN_CUT_OFF = 0.1, 0.3  # share of frames
LOST, OFTEN_LOST = 0.1, 0.4
MIN_SCORE = 0.3
BORDER = 0.01  # of the image's longer side: a joint nearer to the border may be cut off
ROLLED_DEG, TILTED_DEG = 4.0, 20.0
MIN_RATE_HZ = 24.0
# the shortest time that a test needs, seconds, and its name
TIMED = {
    "cmj": (0.3, "a flight"), "sj": (0.3, "a flight"), "dj": (0.15, "a contact"), "sprint": (0.1, "a contact"),
    "squat": (0.5, "a repetition's descent"), "gait": (0.6, "a contact"), "cod": (0.2, "a contact"),
}  # fmt: skip
ANKLES, HEAD = slice(15, 17), slice(0, 5)


@dataclass(frozen=True)
class Footage:
    """What is known of the footage of one athlete in N frames that were looked at.

    xy (N, 17, 2) px and score (N, 17): COCO keypoints; found (N,). area: the part of the frames that shows video.
    rate_hz: images per second of real time. shots: how many. people: how many are in most frames."""

    area: ContentArea
    rate_hz: float
    xy: FloatArray
    score: FloatArray
    found: BoolArray
    camera: Kind
    tilt: CameraAngle
    roll: CameraAngle
    samples: Sequence[ImageSample] = ()
    shots: int = 1
    people: int = 1


def find_findings(footage: Footage, test: str | None = None) -> tuple[Finding, ...]:
    """All of them, problems first; `test`: that the clip is to show, one of `TIMED`."""
    found = [_found(footage)]
    if footage.found.any():
        found += [_size(footage), _view(footage), _feet(footage)]
    found += [*_image(footage.samples), _rate(footage.rate_hz, test), *_camera(footage)]
    if footage.shots > 1:
        text = f"the clip has {footage.shots} shots"
        found.append(Finding("cut", "warning", text, "use one shot: --start and --end", float(footage.shots), "shots"))
    if footage.people > 1:
        text = f"{footage.people} people are in view"
        remedy = "say which one with --athlete, or film the athlete alone"
        found.append(Finding("people", "warning", text, remedy, float(footage.people), "people"))
    order: tuple[Level, ...] = ("problem", "warning", "ok")
    return tuple(sorted(found, key=lambda f: order.index(f.level)))


def footage_of(
    result: Result, area: ContentArea, rate_hz: float, samples: Sequence[ImageSample], people: int
) -> Footage:
    """Of the person of a result who is in most frames. samples: of the image around people; people: in view."""
    scene = result.scene
    assert scene is not None
    seen = [p for p in result.people if p.coco.valid.any()]
    if not seen:
        t = len(result)
        nobody = np.full((t, 17, 2), np.nan), np.zeros((t, 17)), np.zeros(t, bool)
        return Footage(
            area, rate_hz, *nobody, scene.motion.kind, scene.orientation.tilt, scene.orientation.roll, samples,
            shots=len(result.shots), people=people,
        )  # fmt: skip
    main = max(seen, key=lambda p: int(p.coco.valid.sum()))
    shot = next(s for s in result.shots if main.coco.valid[s.frames].any())
    coco = main.coco[shot.frames]
    xy, score, found = coco.xy, coco.score, coco.valid & ~coco.interpolated
    orientation = scene.orientations.get(main.id, scene.orientation)
    return Footage(
        area, rate_hz, xy, score, found, scene.motion.kind, orientation.tilt, orientation.roll, samples,
        shots=len(result.shots), people=people,
    )  # fmt: skip


def findings_record(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """In JSON's own types."""
    return [
        {
            "code": f.code, "level": f.level, "text": f.text, "remedy": f.remedy,
            "value": None if f.value is None or not np.isfinite(f.value) else round(f.value, 3) + 0.0, "unit": f.unit,
        }
        for f in findings
    ]  # fmt: skip


def _level(value: float, warning: float, problem: float) -> Level:
    """More is worse."""
    return "problem" if value > problem else "warning" if value > warning else "ok"


def _found(footage: Footage) -> Finding:
    lost = 1 - float(footage.found.mean()) if len(footage.found) else 1.0
    if lost >= 1:
        remedy = "film one athlete from head to feet, at least a third of the image high"
        return Finding("athlete", "problem", "no person is found", remedy, 0.0, "%")
    text = f"the athlete is found in {100 * (1 - lost):.0f} % of the frames"
    remedy = "keep the athlete in view, without people or things before them" if lost > LOST else ""
    return Finding("athlete", _level(lost, LOST, OFTEN_LOST), text, remedy, 100 * (1 - lost), "%")


def _size(footage: Footage) -> Finding:
    """Height of the athlete in the image: of the tallest of most frames, since athletes crouch."""
    xy, seen = footage.xy[footage.found], footage.score[footage.found] >= MIN_SCORE
    y = np.where(seen, xy[..., 1], np.nan)
    known = seen.sum(1) >= 5
    if not known.any():
        return Finding("size", "warning", "the athlete's size cannot be told", "film nearer")
    height = float(np.percentile(np.nanmax(y[known], 1) - np.nanmin(y[known], 1), 75))
    text = f"the athlete is {height:.0f} px high, {100 * height / footage.area.height:.0f} % of the image"
    level = _level(-height, -SMALL_PX, -TOO_SMALL_PX)
    remedy = "go nearer, zoom in, or record with more pixels" if level != "ok" else ""
    return Finding("size", level, text, remedy, height, "px")


def _view(footage: Footage) -> Finding:
    """Frames in which a joint is at the border of the image or beyond, or the head or both ankles are not seen."""
    xy, score = footage.xy[footage.found], footage.score[footage.found]
    area = footage.area
    margin = BORDER * max(area.width, area.height)
    inside = (
        (xy[..., 0] >= area.left + margin) & (xy[..., 0] <= area.right - margin)
        & (xy[..., 1] >= area.top + margin) & (xy[..., 1] <= area.bottom - margin)
    )  # fmt: skip
    cut = (~inside[:, 5:]).any(1) | (score[:, HEAD] < MIN_SCORE).all(1) & (~inside[:, HEAD]).any(1)
    share = float(cut.mean())
    text = (
        "the athlete is wholly in view"
        if share <= CUT_OFF
        else f"a part is cut off in {100 * share:.0f} % of the frames"
    )
    remedy = "leave room around the athlete, above the head and below the feet too" if share > CUT_OFF else ""
    return Finding("view", _level(share, CUT_OFF, OFTEN_CUT_OFF), text, remedy, 100 * (1 - share), "%")


def _feet(footage: Footage) -> Finding:
    score = footage.score[footage.found][:, ANKLES]
    hidden = float((score < MIN_SCORE).any(1).mean())
    text = "both feet are seen" if hidden <= CUT_OFF else f"a foot is not seen in {100 * hidden:.0f} % of the frames"
    remedy = "film so that nothing hides the feet" if hidden > CUT_OFF else ""
    return Finding("feet", _level(hidden, CUT_OFF, OFTEN_CUT_OFF), text, remedy, 100 * (1 - hidden), "%")


def _image(samples: Sequence[ImageSample]) -> list[Finding]:
    if not samples:
        return []
    brightness, contrast, blur = (float(np.median([s[i] for s in samples])) for i in (1, 2, 3))
    level: Level = "ok"
    text, remedy = f"the athlete is lit (brightness {brightness:.0f} of 255)", ""
    if brightness < DARK:
        level = _level(-brightness, -DARK, -TOO_DARK)
        text, remedy = f"the athlete is dark (brightness {brightness:.0f} of 255)", "use more light, not from behind"
    elif brightness > TOO_BRIGHT:
        level, text = "warning", f"the athlete is overexposed (brightness {brightness:.0f} of 255)"
        remedy = "lower the exposure"
    elif contrast < FLAT:
        level, text = "warning", f"the athlete hardly stands out (contrast {contrast:.0f} of 255)"
        remedy = "use more light, or another background"
    light = Finding("light", level, text, remedy, brightness, "of 255")
    level = _level(blur, BLURRED, TOO_BLURRED)
    text = "the athlete is sharp" if level == "ok" else "the athlete is blurred"
    remedy = "focus on the athlete, clean the lens, use a shorter exposure" if level != "ok" else ""
    return [light, Finding("sharpness", level, f"{text} (blur {blur:.2f} of 1)", remedy, blur, "of 1")]


def _rate(rate_hz: float, test: str | None) -> Finding:
    if not rate_hz > 0:
        return Finding("frame_rate", "warning", "the frame rate is not known", "use a clip of several frames")
    if test is None:
        level: Level = "ok" if rate_hz >= MIN_RATE_HZ else "warning"
        remedy = "" if level == "ok" else "record at 30 frames/s or more, 120 for jumps and sprints"
        text = f"{rate_hz:.3g} frames/s: times are known to ±{1000 * (2 / 12) ** 0.5 / rate_hz:.0f} ms"
        return Finding("frame_rate", level, text, remedy, rate_hz, "frames/s")
    shortest_s, name = TIMED[test]
    need = float(np.ceil(rate_for(shortest_s) / 10) * 10)
    if rate_hz >= rate_for(shortest_s):
        text = f"{rate_hz:.3g} frames/s are enough: {name} of {shortest_s} s is timed to 5 %"
        return Finding("frame_rate", "ok", text, "", rate_hz, "frames/s")
    text = f"{rate_hz:.3g} frames/s cannot time {name} of {shortest_s} s to 5 %"
    level = "problem" if rate_hz < rate_for(shortest_s) / 3 else "warning"
    return Finding("frame_rate", level, text, f"record at {need:.0f} frames/s or more", rate_hz, "frames/s")


def _camera(footage: Footage) -> list[Finding]:
    kinds: dict[Kind, tuple[Level, str, str]] = {
        "still": ("ok", "the camera is still", ""),
        "turns": ("ok", "the camera pans or zooms in its place, which is compensated", ""),
        "moves": ("problem", "the camera is carried along", "put it on a tripod; panning is fine"),
        "unknown": ("warning", "the background shows too little to tell whether the camera is still", "use a tripod"),
    }
    level, text, remedy = kinds[footage.camera]
    found = [Finding("camera_still", level, text, remedy)]
    if footage.roll.source == "assumed" and footage.tilt.source == "assumed":
        return found
    roll, tilt = footage.roll.deg, footage.tilt.deg
    wrong = abs(roll) > ROLLED_DEG or abs(tilt) > TILTED_DEG
    text = f"the camera is rolled by {roll:z.0f}° and looks {'down' if tilt >= 0 else 'up'} by {abs(tilt):.0f}°"
    remedy = "hold it level, at the height of the hips; or give --tilt and --roll" if wrong else ""
    return [*found, Finding("camera_level", "warning" if wrong else "ok", text, remedy, max(abs(roll), abs(tilt)), "°")]
