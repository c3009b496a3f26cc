"""Records of a clip's shots for the JSON, and their line for the console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from kasf_demo.camera.describe import camera_record
from kasf_demo.reconstruct.clip import main_shot
from kasf_demo.reconstruct.shot import ShotBodies
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import Floor
from kasf_demo.types.people import Track

MAX_LISTED = 6  # shots in a line of text


class Other(NamedTuple):
    """A track of a shot that was not selected."""

    id: int
    frames: int
    mean_score: float

    @classmethod
    def of(cls, track: Track) -> Other:
        """From a track with at least one detection."""
        k = track.keypoints
        return cls(track.id, int(k.valid.sum()), round(float(k.score[k.valid].mean()), 4))


def main_camera_record(shots: Sequence[ShotBodies], frames: int) -> dict[str, Any]:
    """The camera of the main shot; its rotation has a row for each of the clip's `frames` frames, 0 outside the
    shot."""
    s = main_shot(shots)
    record = camera_record(s.camera, s.orientation, s.camera_motion)
    if rows := record["motion"].get("rotation_deg"):
        none = [0.0, 0.0, 0.0]
        record["motion"]["rotation_deg"] = [none] * s.shot.start + rows + [none] * (frames - s.shot.end)
    return record


def shots_record(
    shots: Sequence[ShotBodies], others: Sequence[Sequence[Other]], times_s: FloatArray
) -> list[dict[str, Any]]:
    """A record for each shot: frames (numbers of the first and last) and times, how it begins, its camera, floor and
    people.

    `people` are ids of the result's people; `others` were seen but not analysed. The camera's rotation for each frame
    is in there only if there are several shots: else the report has it already.
    """
    records = []
    for s, rest in zip(shots, others, strict=True):
        camera = camera_record(s.camera, s.orientation, s.camera_motion)
        if len(shots) == 1:
            camera["motion"].pop("rotation_deg", None)
        records.append({
            "first_frame": s.shot.start, "last_frame": s.shot.end - 1,
            "start_s": round(float(times_s[s.shot.start]), 6), "end_s": round(float(times_s[s.shot.end - 1]), 6),
            "begins": s.shot.begins, "content": None if s.content is None else asdict(s.content),
            "camera": camera, "floor": floor_record(s.floors[0]) if s.floors else None,
            "people": [p.id for p in s.people], "others": [other._asdict() for other in rest],
        })  # fmt: skip
    return records


def shots_warning(shots: Sequence[ShotBodies], others: Sequence[Sequence[Other]], times_s: FloatArray) -> str | None:
    """One line on the shots, which of them the result holds and which people were not analysed; None for a single
    shot."""
    if len(shots) < 2:
        return None
    spans = [f"{times_s[s.shot.start]:.2f}-{times_s[s.shot.end - 1]:.2f} s" for s in shots]
    more = f" and {len(spans) - MAX_LISTED} more" if len(spans) > MAX_LISTED else ""
    text = f"the clip has {len(shots)} shots ({', '.join(spans[:MAX_LISTED])}{more}), each analysed on its own"
    held = [(n, s) for n, s in enumerate(shots, 1) if s.people]
    if len(held) == 1:
        text += f"; the result holds shot {held[0][0]}"
    rest = [f"shot {n}: {_people(other)}" for n, other in enumerate(others, 1) if other]
    if rest and len(held) < len(shots):
        listed = ", ".join(rest[:MAX_LISTED]) + (", ..." if len(rest) > MAX_LISTED else "")
        text += f"; not analysed: {listed} (--athlete all or a number analyses them)"
    return text


def _people(others: Sequence[Other]) -> str:
    ids = ", ".join(str(other.id) for other in others[:4]) + (", ..." if len(others) > 4 else "")
    return f"person {ids}" if len(others) == 1 else f"people {ids}"


def floor_record(floor: Floor) -> dict[str, Any]:
    """Kind and camera height of a floor; for a plane also its removed slope along x and y, in the axes of the assumed
    tilt."""
    record: dict[str, Any] = {"kind": floor.kind, "camera_height_m": round(floor.camera_height_m, 3)}
    return record | ({"slope_deg": [round(deg, 2) + 0.0 for deg in floor.slope_deg]} if floor.slope_deg else {})
