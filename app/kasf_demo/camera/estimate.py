"""Estimate focal length and rotation of the camera, and format them for the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from kasf_demo.camera.correspondences import Link
from kasf_demo.camera.motion import camera_motion, estimate_focal
from kasf_demo.options import Options
from kasf_demo.types.camera import Camera, CameraMotion
from kasf_demo.types.clip import VideoInfo


def estimate_camera(info: VideoInfo, links: Sequence[Link], frames: int, o: Options) -> tuple[Camera, CameraMotion]:
    """The lens (estimated from a pan unless given) and the camera's rotation over `frames` frames."""
    camera = Camera.of(info, fov_deg=o.fov_deg, focal_px=o.focal_px)
    centre, side = np.array([camera.cx_px, camera.cy_px]), max(info.content.width, info.content.height)
    if camera.source == "assumed":
        focal_px = estimate_focal(links, centre_px=centre, side_px=side, assumed_px=camera.focal_px)
        camera = replace(camera, focal_px=focal_px, source="estimated") if focal_px else camera
    return camera, camera_motion(links, frames, focal_px=camera.focal_px, centre_px=centre, side_px=side)


def inset_warning(insets: Mapping[int, Sequence[int]]) -> str:
    """Warning for people in insets of the frame; by person the box x0, y0, x1, y1 px."""
    parts = [f"person {i} (in {x0},{y0} to {x1},{y1})" for i, (x0, y0, x1, y1) in sorted(insets.items())]
    return (
        f"in an inset of the frame: {', '.join(parts)}; camera motion is not compensated there, the path is unreliable"
    )
