"""The values that travel between the stages, checked where they are made; numpy only, imports nothing of ours."""

from kasf_demo.types.arrays import BoolArray, FloatArray, Image
from kasf_demo.types.camera import Camera, CameraAngle, CameraMotion, Floor, Orientation
from kasf_demo.types.clip import CaptureRate, ContentArea, Frame, VideoInfo
from kasf_demo.types.feet import FEET, FootPoints, FootPose
from kasf_demo.types.motion import Angles, Contact, Events, Flight, FootAngles, Gait, Motion, Strike
from kasf_demo.types.people import Detections, Keypoints2D, Person, Pose3D, Track
from kasf_demo.types.result import Provenance, Result, Scene
from kasf_demo.types.shot import Shot

__all__ = [
    "FEET",
    "Angles",
    "BoolArray",
    "Camera",
    "CameraAngle",
    "CameraMotion",
    "CaptureRate",
    "Contact",
    "ContentArea",
    "Detections",
    "Events",
    "Flight",
    "FloatArray",
    "Floor",
    "FootAngles",
    "FootPoints",
    "FootPose",
    "Frame",
    "Gait",
    "Image",
    "Keypoints2D",
    "Motion",
    "Orientation",
    "Person",
    "Pose3D",
    "Provenance",
    "Result",
    "Scene",
    "Shot",
    "Strike",
    "Track",
    "VideoInfo",
]
