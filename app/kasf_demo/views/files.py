"""The files of a session beside those of a single clip: its arrays, and its part of the JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kasf_demo.errors import printable
from kasf_demo.files.output_set import OutputSet
from kasf_demo.multiview.cameras import project
from kasf_demo.multiview.solve import SolvedSession
from kasf_demo.options import Options
from kasf_demo.progress import Notes
from kasf_demo.reconstruct.clip import ClipBodies
from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.people import Person
from kasf_demo.viewer.scene import FilmedView, Page, ProxyVideo, Take
from kasf_demo.views.atlas import tiles
from kasf_demo.views.bodies import SessionBodies
from kasf_demo.views.draw import draw_session, seen_from
from kasf_demo.views.heard import Heard
from kasf_demo.views.lifted import LiftedView
from kasportsformer.skeleton import H36M_NAMES

SUFFIX = ".session.npz"
SIGMA_MEANING = (
    "standard deviation of a joint from what all views and bones of constant length leave open, relative to the pelvis;"
    " errors of the cameras and of the athlete's height are not in it"
)


def session_path(out: Path) -> Path:
    """NAME.session.npz beside NAME.mp4."""
    return out.with_suffix(SUFFIX)


@dataclass(frozen=True)
class SessionFiles:
    """See passes.write.OwnFiles. out: the video's path."""

    out: Path
    bodies: ClipBodies
    people: SessionBodies
    lifted: Sequence[LiftedView]
    session: SolvedSession
    options: Options
    notes: Notes
    offset_given: bool
    cameras_given: bool
    heard: Sequence[Heard | None]

    def draw(self, path: Path, caption: str, files: OutputSet, *, for_page: bool) -> ProxyVideo | None:
        """The video of all views."""
        readers = [v.reader for v in self.lifted]
        by_view = [
            [seen_from(p, self._in_view(p.pose.xyz, c), self._feet_in_view(p, c)) for p in self.bodies.standing]
            for c in range(len(readers))
        ]
        return draw_session(
            path, self.bodies, readers, self._clocks(), by_view, self._cameras(), caption, self.options, files,
            self.notes, for_page=for_page,
        )  # fmt: skip

    def write(self, files: OutputSet, about: dict[str, Any]) -> list[Path]:
        """Joints, cameras and clocks as arrays: docs/views.md."""
        path = session_path(self.out)
        with files.writing(path) as part, open(part, "wb") as file:
            arrays = self._arrays() | {k: np.array("" if v is None else v) for k, v in about.items()}
            np.savez_compressed(file, **arrays)
        return [path]

    def record(self, report: dict[str, Any]) -> dict[str, Any]:
        """The report with `views`, and the uncertainty of this measurement."""
        for person in report["people"]:
            sigma = self.people.measured[person["id"]].sigma_m
            medians = np.nanmedian(sigma, axis=0)
            person["uncertainty"] = {
                "meaning": SIGMA_MEANING, "calibrated": False,
                "median_sigma_m": {n: round(float(s), 4) for n, s in zip(H36M_NAMES, medians, strict=True)},
            }  # fmt: skip
        return report | {"views": self._views()}

    def page(self, page: Page) -> Page:
        """The page with all views, and the cameras in its 3D view."""
        found = self.session.calibration
        assert found is not None
        places, _ = tiles(self._sizes())
        centres, _ = self._cameras()
        rotations = found.cameras.rotations @ self.people.to_world.T
        views = [
            FilmedView(v.reader.path.name, tile, size[0], size[1], centre, rotation, float(k[0, 0]))
            for v, tile, size, centre, rotation, k in zip(
                self.lifted, places, self._sizes(), centres, rotations, found.cameras.intrinsics, strict=True
            )
        ]
        takes = [self._in_all_views(t, p) for t, p in zip(page.takes, self.bodies.standing, strict=True)]
        return replace(page, views=views, takes=takes)

    def _in_all_views(self, take: Take, person: Person) -> Take:
        count = range(len(self.lifted))
        joints = np.stack([self._in_view(person.pose.xyz, c) for c in count])
        feet = [self._feet_in_view(person, c) for c in count]
        known = [f for f in feet if f is not None]
        return replace(take, views_px=joints, views_feet_px=np.stack(known) if len(known) == len(feet) else None)

    def _sizes(self) -> list[tuple[int, int]]:
        return [(v.reader.info.width, v.reader.info.height) for v in self.lifted]

    def _in_view(self, points: FloatArray, view: int) -> FloatArray:
        """(..., 2) px of points (..., 3) m of the world."""
        found = self.session.calibration
        assert found is not None
        return np.asarray(project(found.cameras.only([view]), np.nan_to_num(_to_first(points, self.people)))[0])

    def _feet_in_view(self, person: Person, view: int) -> FloatArray | None:
        """(T, 4, 2) px of heels and toes, NaN where unknown; None without feet."""
        feet = person.pose.feet
        if feet is None:
            return None
        known = np.isfinite(feet.xyz).all(-1, keepdims=True)
        return np.where(known, self._in_view(feet.xyz, view), np.nan)

    def _cameras(self) -> tuple[FloatArray, FloatArray]:
        """Where the cameras stand, (C, 3) m, and look, (C, 3), in the world."""
        found = self.session.calibration
        assert found is not None
        world = self.people.to_world
        return found.cameras.centres @ world.T - [0, 0, self.people.floor_m], found.cameras.rotations[:, 2] @ world.T

    def _clocks(self) -> list[FloatArray]:
        """By view, the times as played of its frames at the first view's frames."""
        found = self.session.calibration
        assert found is not None
        times_s = self.bodies.result.times_s
        out = []
        for view, seen, offset_s in zip(self.lifted, self.session.views, found.offsets_s, strict=True):
            own, played = view.clock.times_s, view.clock.media_s
            asked = own_time(times_s + offset_s, seen.times_s, np.asarray(view.tracked.times_s, float))
            before, after = np.minimum(asked - own[0], 0), np.maximum(asked - own[-1], 0)
            out.append(np.interp(asked, own, played) + before + after)
        return out

    def _arrays(self) -> dict[str, Any]:
        found, standing = self.session.calibration, self.bodies.standing
        assert found is not None
        world = self.people.to_world
        rotations = found.cameras.rotations @ world.T
        centres, _ = self._cameras()
        measured = [self.people.measured[p.id] for p in standing]
        projected = [np.stack([self._in_view(p.pose.xyz, c) for c in range(len(found.cameras))]) for p in standing]
        reprojected = np.stack([
            np.where(m.seen, np.linalg.norm(px - m.keypoints, axis=-1), np.nan)
            for px, m in zip(projected, measured, strict=True)
        ])  # fmt: skip
        return {
            "times_s": np.asarray(self.people.shot.people[0].pose.times_s, float),
            "person": np.array([p.id for p in standing]),
            "xyz_m": np.stack([p.pose.xyz for p in standing]),
            "sigma_m": np.stack([m.sigma_m for m in measured]).astype(np.float32),
            "views_count": np.stack([m.seen.sum(0) for m in measured]).astype(np.int8),
            "reprojection_px": reprojected.astype(np.float32),
            "keypoints_px": np.stack([m.keypoints for m in measured]).astype(np.float32),
            "scores": np.stack([m.scores for m in measured]).astype(np.float32),
            "K": found.cameras.intrinsics,
            "R": rotations,
            "t": -np.einsum("cij,cj->ci", rotations, centres),
            "size_px": np.array([(v.reader.info.width, v.reader.info.height) for v in self.lifted]),
            "offsets_s": found.offsets_s,
            "offset_sigma_s": found.offset_sigma_s,
            "clips": np.array([printable(v.reader.path.name) for v in self.lifted]),
            "joint_names": np.array(H36M_NAMES),
        }

    def _views(self) -> dict[str, Any]:
        found = self.session.calibration
        assert found is not None
        synced = (None, *self.session.synced)
        world, _ = self._cameras()
        rows = []
        for c, view in enumerate(self.lifted):
            own = synced[c]
            clock: dict[str, Any] = {"offset_s": round(float(found.offsets_s[c]), 5)}
            rate = self.session.rates[c]
            if np.isfinite(rate.sigma):
                clock |= {"drift": round(rate.drift, 6), "drift_sigma": round(rate.sigma, 6), "drift_used": rate.drifts}
            if rate.slowed != 1:
                clock |= {"slowed": rate.slowed}
            if (heard := self.heard[c]) is not None:
                clock |= {"sound": {"offset_s": round(heard.offset_s, 4), "correlation": round(heard.score, 3),
                                    "sure": heard.sure}}  # fmt: skip
            if own is not None:
                margin = round(own.margin, 3) if np.isfinite(own.margin) else None
                source = "given" if self.offset_given else "motion and sound" if own.by_sound else "motion"
                clock |= {"source": source}
                clock |= {"sigma_s": round(float(found.offset_sigma_s[c]), 5)}
                clock |= {"correlation": round(own.score, 3), "margin": margin}
            rows.append({
                "clip": printable(view.reader.path.name), "sha256": view.source[2], "clock": clock,
                "focal_px": round(float(found.cameras.intrinsics[c, 0, 0]), 2), "focal": view.camera.source,
                "position_m": [round(float(v), 4) for v in world[c]],
                "rotation_sigma_deg": round(float(found.sigma_deg[c]), 2),
                "rotation_spread_deg": round(float(found.spread_deg[c]), 2),
                "residual_mm": round(float(found.residual_mm[c]), 1),
            })  # fmt: skip
        same = {str(i): [None if p is None else p.id for p in m] for i, m in self.people.matches.items()}
        return {
            "cameras_from": "file" if self.cameras_given else "motion",
            "cameras": rows,
            "angle_between_deg": np.round(found.angle_deg, 1).tolist(),
            "people": same,
            "pose_disagreement_deg": round(found.pose_deg, 1),
        }


def own_time(at_s: FloatArray, retimed_s: FloatArray, times_s: FloatArray) -> FloatArray:
    """Times at_s of a clock on which a clip's frames are at retimed_s (T,), on its own, on which they are at times_s
    (T,); beyond its ends at the same rate."""
    rate = (times_s[-1] - times_s[0]) / (retimed_s[-1] - retimed_s[0])
    inside = np.clip(at_s, retimed_s[0], retimed_s[-1])
    return np.asarray(np.interp(inside, retimed_s, times_s) + rate * (at_s - inside))


def _to_first(xyz: FloatArray, people: SessionBodies) -> FloatArray:
    """Joints in the world to the first camera's axes."""
    return np.asarray((xyz + np.array([0.0, 0.0, people.floor_m])) @ people.to_world)
