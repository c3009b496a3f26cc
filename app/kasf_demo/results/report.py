"""Builds the JSON report: everything needed to understand or reproduce a result. `results.json_file` writes it.

No clock times and no folders, so that the same input gives the same bytes."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from kasf_demo.camera.describe import trajectory_record
from kasf_demo.engine import Engine
from kasf_demo.errors import printable
from kasf_demo.options import Options
from kasf_demo.reconstruct.placement import ASSUMED_HEIGHT_M
from kasf_demo.reconstruct.shot import ShotBodies
from kasf_demo.results.doubtful import doubtful_record
from kasf_demo.results.feet_record import feet_record
from kasf_demo.results.findings import find_findings, findings_record, footage_of
from kasf_demo.results.json_file import SCHEMA
from kasf_demo.results.motion_record import motion_record
from kasf_demo.results.network_record import hypotheses_record, network_record
from kasf_demo.results.shots import Other, floor_record, main_camera_record, shots_record
from kasf_demo.results.sides_record import sides_record
from kasf_demo.results.uncertainty_record import uncertainty_record
from kasf_demo.timing.real_time import RealTime
from kasf_demo.types.arrays import BoolArray
from kasf_demo.types.camera import Floor
from kasf_demo.types.findings import Finding, ImageSample
from kasf_demo.types.people import Person
from kasf_demo.types.result import Result
from kasportsformer.skeleton import H36M_NAMES

PACKAGES = (
    "kasf-demo",
    "torch",
    "numpy",
    "scipy",
    "opencv-python",
    "av",
    "ultralytics",
    "mediapipe",
    "openvino",
    "ezc3d",
    "opensim",
)
# do not affect the result, or hold a path
NOT_RECORDED = frozenset(
    {"overwrite", "offline", "keypoints", "opensim_model", "opensim_markers", "html", "rerun", "plots", "report"}
)


@dataclasses.dataclass(frozen=True)
class ReportSources:
    """What a report is made from, besides the result. shots: at least one. others: tracks of each shot that were not
    selected. second_look: ids of the people that were detected again. turned: see passes.people.Followed. clock: source
    of the real time. source: the input's size, mtime and sha256. damaged (T,), damaged_packets, truncated: what could
    not be decoded."""

    options: Options
    engine: Engine
    shots: Sequence[ShotBodies]
    others: Sequence[Sequence[Other]]
    second_look: Sequence[int]
    clock: RealTime
    source: tuple[int, int, str]
    damaged: BoolArray
    damaged_packets: int
    truncated: bool
    feet_from: str | None = None  # the network that looked for feet
    samples: Sequence[ImageSample] = ()  # of the image around people
    turned: Mapping[int, Sequence[tuple[float, float]]] = dataclasses.field(default_factory=dict)


def footage_findings(result: Result, made: ReportSources) -> tuple[Finding, ...]:
    """What is wrong with the footage of the athlete, from what the passes saw."""
    info, frames = result.video, len(result)
    crowd = max(
        len(s.people) + sum(other.frames > len(s.shot) / 2 for other in rest)
        for s, rest in zip(made.shots, made.others, strict=True)
    )
    area = next((s.content for s in made.shots if s.people and s.content), info.content)
    rate_hz = made.clock.images_per_s if frames else float(info.fps)
    return find_findings(footage_of(result, area, rate_hz, made.samples, crowd))


def build_report(result: Result, made: ReportSources) -> dict[str, Any]:
    """The JSON report of one clip; `camera` describes the first shot with a person of the result."""
    options, engine, shots, source = made.options, made.engine, made.shots, made.source
    info = result.video
    by_person = {p.id: (s, floor) for s in shots for p, floor in zip(s.people, s.floors, strict=True)}
    return {
        "schema": SCHEMA,
        "input": {"name": printable(info.path.name), "bytes": source[0], "sha256": source[2]},
        "video": {
            "width": info.width,
            "height": info.height,
            "fps": str(info.fps),
            "codec": info.codec,
            "container": info.container,
            "rotation_deg": info.rotation_deg,
            "mirrored": info.mirrored,
            "sample_aspect_ratio": str(info.sample_aspect_ratio),
            "transfer": info.transfer,
            "content": dataclasses.asdict(info.content),
            "audio": info.audio_codec,
            "start_s": float(result.played_s[0]),
            "end_s": float(result.played_s[-1]),
            "deinterlaced": info.deinterlaced,
        },
        "time": made.clock.record(),
        "truncated": made.truncated,
        "counts": {
            "frames": len(result.times_s),
            "declared_frames": info.declared_frames,
            "damaged_frames": int(made.damaged.sum()),
            "damaged_packets": made.damaged_packets,
            "people": len(result.people),
        },
        "people": [
            _person(p, by_person[p.id][1])
            | {"uncertainty": uncertainty_record(p.pose, engine.lifter_weights.sha256)}
            | _hypotheses(p)
            | {"feet": feet_record(p, options.feet, made.feet_from or str(engine.detector_record["name"]))}
            | {"trajectory": _trajectory(by_person[p.id][0], p.id)}
            | motion_record(m)
            for p, m in zip(result.people, result.motion, strict=True)
        ],
        "detector": _detector(made),
        "lifter": _lifter(engine),
        "network": network_record(
            engine.lifter,
            [p.pose.valid[made.clock.distinct] for p in result.people],
            made.clock.images_per_s,
            next((s for s in shots if s.people), shots[0]).camera.source,
        ),
        "scale": {
            "kind": "assumed" if options.height_m is None else "given",
            "height_m": options.height_m or ASSUMED_HEIGHT_M,
        },
        "unit": "m",
        "axes": {"kind": options.axes, "meaning": AXES[options.axes]},
        "camera": main_camera_record(shots, len(result.times_s)),
        "shots": shots_record(shots, made.others, result.times_s),
        "joints": list(H36M_NAMES),
        "options": {k: v for k, v in options.record().items() if k not in NOT_RECORDED},
        "findings": findings_record(footage_findings(result, made)),
        "warnings": list(result.warnings),
        "versions": versions(),
    }


AXES = {
    "world": (
        "right-handed, metres: x to the image's right, y away from the camera, z up, the floor at z = 0, the camera"
        " above x = y = 0; for a panning camera, its axes in the first frame"
    ),
    "camera": (
        "metres: x right, y down, z forward, the camera at the origin; for a panning camera, its axes in each frame"
    ),
}


def _person(person: Person, floor: Floor) -> dict[str, Any]:
    seen = np.flatnonzero(person.pose.valid)
    return {
        "id": person.id,
        "frames_with_pose": len(seen),
        "frames_interpolated": int(person.pose.interpolated.sum()),
        "first_frame": int(seen[0]) if len(seen) else None,
        "last_frame": int(seen[-1]) if len(seen) else None,
        "mean_score": round(float(person.pose.score[seen].mean()), 4) if len(seen) else None,
        "floor": floor_record(floor),
        "doubtful": doubtful_record(person.pose),
        "sides_changed": sides_record(person.coco, person.pose.times_s),
    }


def _hypotheses(person: Person) -> dict[str, Any]:
    record = hypotheses_record(person.pose)
    return {} if record is None else {"hypotheses": record}


def _trajectory(shot: ShotBodies, person: int) -> dict[str, Any]:
    pose = next(p.pose for p in shot.people if p.id == person)
    record = trajectory_record(pose, shot.motion_for(person))
    return record | ({"inset_px": list(shot.insets[person])} if person in shot.insets else {})


def _detector(made: ReportSources) -> dict[str, Any]:
    turned = [{"id": i, "spans_s": [[round(t, 3) for t in span] for span in spans]} for i, spans in made.turned.items()]
    return made.engine.detector_record | {"second_look": list(made.second_look), "turned": turned}


def _lifter(engine: Engine) -> dict[str, Any]:
    w = engine.lifter_weights
    return {
        "name": w.name, "sha256": w.sha256, "licence": w.entry.licence if w.entry else None,
        "backend": engine.lifter.backend, "device": engine.device,
        "crop_scale": w.crop_scale, "limb_ratio": w.limb_ratio, "flip_averaged": True,
    }  # fmt: skip


def versions() -> dict[str, str | None]:
    """Versions of the packages that affect the numbers; None if not installed."""

    def of(name: str) -> str | None:
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    return {"python": platform.python_version(), **{name: of(name) for name in PACKAGES}}
