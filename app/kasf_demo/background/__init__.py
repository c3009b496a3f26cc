"""What the camera does, seen from the background: it pans, tilts, rolls, zooms or stands still."""

from kasf_demo.background.insets import LinksOutside, inset_of
from kasf_demo.background.links import Link
from kasf_demo.background.motion import camera_motion, estimate_focal
from kasf_demo.background.points import BackgroundPoints

__all__ = ["BackgroundPoints", "Link", "LinksOutside", "camera_motion", "estimate_focal", "inset_of"]
