"""A page's content for the rerun viewer (`--rerun`): video, keypoints, skeletons, paths, curves and moments on one
timeline.

The only module that imports rerun. Two timelines: `time` (seconds of the clip) and `frame`.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kasf_demo.errors import printable
from kasf_demo.files.atomic import atomic_write_path
from kasf_demo.render.style import BONE_COLOURS, CENTRE, JOINT_COLOURS, JOINT_RADIUS_M, LEFT, RIGHT
from kasf_demo.types.arrays import BoolArray, FloatArray
from kasf_demo.types.motion import ANGLES, POINTS, Angles
from kasf_demo.viewer.scene import Page, Take
from kasportsformer.skeleton import BONES, H36M

if TYPE_CHECKING:
    from rerun import RecordingStream

APPLICATION = "kasf-demo"
BONE_PAIRS = np.array(BONES)
# the viewer draws points and lines opaque, so doubtful ones are mixed with a grey of its background
DOUBTFUL_RGB, DOUBTFUL_SHARE = np.array([70.0, 75.0, 82.0]), 0.7


def write_rerun(path: Path, page: Page, *, overwrite: bool = False) -> None:
    """Writes NAME.rrd whole or not at all. Raises OutputError; ModuleNotFoundError without rerun-sdk (the extra
    `rerun`)."""
    with atomic_write_path(path, overwrite=overwrite) as part:
        save_recording(part, page)


def save_recording(path: Path, page: Page) -> None:
    """Writes the recording to `path` as it goes. Raises OSError; ModuleNotFoundError as `write_rerun`."""
    import rerun as rr

    with rr.RecordingStream(APPLICATION, recording_id=recording_id(page), send_properties=False) as recording:
        recording.save(path, default_blueprint=_blueprint(page))
        recording.log("world", rr.ViewCoordinates.RIGHT_HAND_Z_UP, static=True)
        if page.picture is not None:
            _log_video(recording, page)
        for number, take in enumerate(page.takes, 1):
            _log_take(recording, page, take, f"{number}_{_slug(take.name)}")
        recording.flush()
    rr.disconnect(recording)


def recording_id(page: Page) -> str:
    """An id derived from the content: equal pages give equal recordings."""
    content = hashlib.sha256(np.asarray(page.frames_s, np.float64).tobytes())
    for take in page.takes:
        content.update(np.asarray(take.xyz, np.float64).tobytes() + np.asarray(take.times_s, np.float64).tobytes())
    return f"{_slug(page.title)}_{content.hexdigest()[:16]}"


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", printable(text)).strip("_")[:60] or "unnamed"


def _indexes(times_s: FloatArray, frames: NDArray[np.int64]) -> list[Any]:
    import rerun as rr

    return [rr.TimeColumn("time", duration=np.asarray(times_s, np.float64)), rr.TimeColumn("frame", sequence=frames)]


def _nearest(frames_s: FloatArray, times_s: FloatArray) -> NDArray[np.int64]:
    """(T,) the number of the frame nearest to each time."""
    after = np.clip(np.searchsorted(frames_s, times_s), 1, max(len(frames_s) - 1, 1))
    if len(frames_s) == 1:
        return np.zeros(len(times_s), np.int64)
    nearer_before = times_s - frames_s[after - 1] <= frames_s[after] - times_s
    return np.asarray(after - nearer_before, np.int64)


def _log_video(recording: RecordingStream, page: Page) -> None:
    import rerun as rr

    assert page.picture is not None
    recording.log("picture/video", rr.AssetVideo(contents=page.picture.mp4, media_type="video/mp4"), static=True)
    stamps = np.round(page.picture.media_s * 1e9).astype(np.int64)
    when = _indexes(page.frames_s, np.arange(len(stamps)))
    recording.send_columns("picture/video", when, rr.VideoFrameReference.columns(timestamp=stamps))


def _log_take(recording: RecordingStream, page: Page, take: Take, name: str) -> None:
    """Everything of one skeleton, at its own times; `frame` is that of the page nearest to each."""
    import rerun as rr

    when = _indexes(take.times_s, _nearest(page.frames_s, take.times_s))
    _log_points(recording, when, take, f"world/{name}", take.xyz)
    if take.uv_px is not None and page.picture is not None:
        _log_points(recording, when, take, f"picture/{name}", take.uv_px * _shrink(page))
    if take.feet is not None:
        _log_feet(recording, when, take, f"world/{name}/feet")
    strips = [take.xyz[a : b + 1, 0] for a, b in _runs(take.valid)]
    recording.log(
        f"world/{name}/path", rr.LineStrips3D(strips, radii=0.006, colors=[_tone(take) or (150, 160, 175)]), static=True
    )
    if take.angles is not None:
        _log_curves(recording, when, take.angles, name)
    if take.marks:
        at_s = np.array([mark[0] for mark in take.marks], np.float64)
        texts = [printable(what if side is None else f"{what} ({side})") for _, side, what in take.marks]
        recording.send_columns(
            f"moments/{name}", _indexes(at_s, _nearest(page.frames_s, at_s)), rr.TextLog.columns(text=texts)
        )


def _log_feet(recording: RecordingStream, when: list[Any], take: Take, entity: str) -> None:
    """A line from heel to ankle to toe and back for each foot that is known; a frame without any clears them."""
    import rerun as rr

    assert take.feet is not None
    rows: list[FloatArray] = []
    for ankle, own in ((H36M["l_ankle"], (0, 1)), (H36M["r_ankle"], (2, 3))):
        heel, toe = (take.feet[:, k] for k in own)
        rows.append(np.stack([heel, take.xyz[:, ankle], toe, heel], axis=1))
    strips = np.stack(rows, axis=1).astype(np.float32)  # (T, 2, 4, 3)
    known = np.isfinite(strips).all((2, 3)) & take.valid[:, None]
    recording.log(entity, rr.LineStrips3D.from_fields(radii=0.012), static=True)
    tone = _tone(take)
    colours = np.broadcast_to(np.array([tone or LEFT, tone or RIGHT], np.uint8), (*known.shape, 3))[known]
    columns = rr.LineStrips3D.columns(strips=strips[known], colors=colours)
    recording.send_columns(entity, when, columns.partition(known.sum(1)))


def _shrink(page: Page) -> FloatArray:
    """(2,) pixels of the proxy video per pixel of the source image."""
    assert page.picture is not None
    size = (page.picture.width_px, page.picture.height_px)
    return np.asarray(page.picture.video_px or size, np.float64) / size


def _log_points(recording: RecordingStream, when: list[Any], take: Take, entity: str, points: FloatArray) -> None:
    """(T, 17, 2 or 3) joints and bones; a frame without a pose clears them."""
    import rerun as rr

    flat = points.shape[-1] == 2
    dots, lines = (rr.Points2D, rr.LineStrips2D) if flat else (rr.Points3D, rr.LineStrips3D)
    shown = points[take.valid].astype(np.float32)
    radii = [3.0] * 17 if flat else JOINT_RADIUS_M
    recording.log(f"{entity}/joints", dots.from_fields(radii=radii), static=True)
    recording.log(f"{entity}/bones", lines.from_fields(radii=1.5 if flat else 0.018), static=True)
    joint_rgb, bone_rgb = _colours(take)
    recording.send_columns(
        f"{entity}/joints",
        when,
        dots.columns(positions=shown.reshape(-1, points.shape[-1]), colors=joint_rgb.reshape(-1, 3)).partition(
            17 * take.valid.astype(int)
        ),
    )
    ends = shown[:, BONE_PAIRS].reshape(-1, 2, points.shape[-1])
    recording.send_columns(
        f"{entity}/bones",
        when,
        lines.columns(strips=ends, colors=bone_rgb.reshape(-1, 3)).partition(len(BONE_PAIRS) * take.valid.astype(int)),
    )


def _colours(take: Take) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(N, 17, 3) of the joints and (N, B, 3) of the bones in the N valid frames: greyish if doubtful, or next to a
    doubtful joint."""
    tone = _tone(take)
    joints = np.array([tone] * 17 if tone else JOINT_COLOURS, float)
    bones = np.array([tone] * len(BONE_PAIRS) if tone else BONE_COLOURS, float)
    given = np.zeros(take.score.shape, bool) if take.doubtful is None else take.doubtful
    doubtful = np.asarray(given[take.valid], bool)
    pale = [doubtful, np.asarray(doubtful[:, BONE_PAIRS].any(-1), bool)]
    shades = [
        np.where(np.expand_dims(which, -1), rgb + (DOUBTFUL_RGB - rgb) * DOUBTFUL_SHARE, rgb)
        for rgb, which in zip((joints, bones), pale, strict=True)
    ]
    return shades[0].round().astype(np.uint8), shades[1].round().astype(np.uint8)


def _log_curves(recording: RecordingStream, when: list[Any], angles: Angles, name: str) -> None:
    import rerun as rr

    groups = (
        ("angles_deg", ANGLES, angles.deg),
        ("velocities_deg_per_s", ANGLES, angles.deg_per_s),
        ("speeds_m_per_s", POINTS, angles.m_per_s),
    )
    for group, names, values in groups:
        for column, what in enumerate(names):
            entity = f"{group}/{name}/{what}"
            colour = RIGHT if what.startswith("r_") else LEFT if what.startswith("l_") else CENTRE
            recording.log(entity, rr.SeriesLines(colors=[colour], names=[what.replace("_", " ")]), static=True)
            recording.send_columns(entity, when, rr.Scalars.columns(scalars=np.asarray(values[:, column], np.float64)))


def _tone(take: Take) -> tuple[int, int, int] | None:
    if take.colour is None:
        return None
    red, green, blue = (int(take.colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def _runs(valid: BoolArray) -> list[tuple[int, int]]:
    """First and last row of each run of valid rows longer than one."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], valid, [False]]).astype(int)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]


def _blueprint(page: Page) -> Any:
    """Layout: video and 3D side by side, plots below; angles of knees and elbows are visible at start."""
    import rerun.blueprint as rrb

    views: list[Any] = (
        [rrb.Spatial2DView(origin="picture", name=printable(page.title))] if page.picture is not None else []
    )
    views.append(rrb.Spatial3DView(origin="world", name="3D, m"))
    names = [f"{number}_{_slug(take.name)}" for number, take in enumerate(page.takes, 1) if take.angles is not None]
    bends = [
        f"+ angles_deg/{name}/{side}_{what}_flexion" for name in names for side in "rl" for what in ("knee", "elbow")
    ]
    speeds = [f"+ speeds_m_per_s/{name}/**" for name in names]
    plots = [
        rrb.TimeSeriesView(origin="/", contents=bends, name="knee and elbow flexion, degrees"),
        rrb.TimeSeriesView(origin="/", contents=speeds, name="speeds, m/s"),
    ]
    rows = [rrb.Horizontal(*views)] + ([rrb.Horizontal(*plots)] if names else [])
    return rrb.Blueprint(
        rrb.Vertical(*rows, row_shares=[3, 2][: len(rows)]), rrb.TimePanel(timeline="time"), collapse_panels=True
    )
