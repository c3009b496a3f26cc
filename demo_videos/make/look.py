"""The ground truth drawn over an image, to look at."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from kasportsformer.skeleton import COCO_EDGES, COCO_NAMES


def overlay(picture: Any, truth: dict[str, Any], t: int) -> Any:
    """A copy of an RGB image with COCO points, feet and bones of all athletes: left blue, right red, hidden points hollow."""
    out = np.ascontiguousarray(picture).copy()
    px, seen = truth["coco_px"], truth["visibility"]
    if px.ndim == 3:
        px, seen = px[None], seen[None]
    for points, visible in zip(px[:, t], seen[:, t], strict=True):
        for a, b in COCO_EDGES:
            cv2.line(out, tuple(map(int, points[a])), tuple(map(int, points[b])), (255, 255, 0), 1, cv2.LINE_AA)
        for name, p, v in zip(COCO_NAMES, points, visible, strict=True):
            colour = (
                (40, 90, 255)
                if name.startswith("left")
                else (255, 40, 40)
                if name.startswith("right")
                else (20, 20, 20)
            )
            cv2.circle(out, tuple(map(int, p)), 4, colour, -1 if v == 2 else 1, cv2.LINE_AA)
    feet, feet_seen = truth["feet_px"], truth["feet_visibility"]
    if feet.ndim == 3:
        feet, feet_seen = feet[None], feet_seen[None]
    for points, visible in zip(feet[:, t], feet_seen[:, t], strict=True):
        for i, (p, v) in enumerate(zip(points, visible, strict=True)):
            if i % 2 == 0:
                cv2.line(out, tuple(map(int, p)), tuple(map(int, points[i + 1])), (255, 255, 0), 1, cv2.LINE_AA)
            cv2.circle(
                out, tuple(map(int, p)), 3, (40, 90, 255) if i < 2 else (255, 40, 40), -1 if v == 2 else 1, cv2.LINE_AA
            )
    return out
