"""What a clip tells of its camera: the lens from a pan, how it turns from its background; and how that is said to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kasf_demo import camera as background
from kasf_demo.options import Options
from kasf_demo.types.camera import Camera, CameraMotion, Tilt
from kasf_demo.types.clip import VideoInfo


def tell_camera(info: VideoInfo, links: Sequence[background.Link], frames: int, o: Options) -> tuple[Camera, CameraMotion]:
    """The lens, told by a pan unless it is given, and how the camera turns over `frames` frames."""
    camera = Camera.of(info, fov_deg=o.fov_deg, focal_px=o.focal_px)
    centre, side = np.array([camera.cx_px, camera.cy_px]), max(info.content.width, info.content.height)
    if camera.source == "assumed":
        told = background.estimate_focal(links, assumed_px=camera.focal_px, centre_px=centre, side_px=side)
        camera = replace(camera, focal_px=told, source="estimated") if told else camera
    return camera, background.camera_motion(links, frames, focal_px=camera.focal_px, centre_px=centre, side_px=side)


def camera_warning(motion: CameraMotion) -> str | None:
    """Where paths are not those over the ground."""
    if motion.kind == "moves":
        return "the camera moves from its place: people's paths are relative to it, not to the ground"
    lost = int((~motion.reliable).sum())
    if lost and motion.kind == "turns":
        return f"in {lost} frames the background does not tell how the camera turns: paths are guesses there"
    return None


def inset_warning(insets: Mapping[int, Sequence[int]]) -> str:
    """Which people are in insets of the frame, by person the box x0, y0, x1, y1 px."""
    parts = [f"person {i} (in {x0},{y0} to {x1},{y1})" for i, (x0, y0, x1, y1) in sorted(insets.items())]
    return f"in an inset of the frame: {', '.join(parts)}; the camera's motion is not undone there, the path is unreliable"


def camera_line(camera: Camera, motion: CameraMotion, tilt: Tilt) -> str:
    """A line of what the clip says of its camera; empty where it says nothing."""
    said = []
    if motion.kind == "turns":
        said.append(f"{_turning(motion)} (undone)")
    if camera.source == "estimated":
        said.append(f"focal length {camera.focal_px:.0f} px (from the pan)")
    if tilt.source == "estimated":
        said.append(f"looks {'down' if tilt.deg >= 0 else 'up'} by {abs(tilt.deg):.0f}° (from {', '.join(tilt.parts)})")
    return "camera: " + "; ".join(said) if said else ""


def _turning(motion: CameraMotion) -> str:
    """Pan, tilt and roll, each from its least to its largest angle, and zoom; what is less than half a degree is left out."""
    ranges = np.ptp(motion.pan_tilt_roll_deg, axis=0)
    parts = [f"{verb} by {deg:.0f}°" for verb, deg in zip(("pans", "tilts", "rolls"), ranges, strict=True) if deg >= 0.5]
    zoom = float(np.ptp(motion.zoom))
    parts += [f"zooms by {100 * zoom:.0f} %"] if zoom > 0.005 else []
    return ", ".join(parts) or f"turns by {ranges.max():.1f}°"
