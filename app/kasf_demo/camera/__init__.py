"""Camera motion (pan, tilt, roll, zoom), estimated from background features."""

from kasf_demo.camera.background import BackgroundPoints
from kasf_demo.camera.correspondences import Link
from kasf_demo.camera.insets import LinksOutside, inset_of
from kasf_demo.camera.lines import FrameLines
from kasf_demo.camera.motion import camera_motion, estimate_focal

__all__ = ["BackgroundPoints", "FrameLines", "Link", "LinksOutside", "camera_motion", "estimate_focal", "inset_of"]
