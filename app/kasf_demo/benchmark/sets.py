"""What the published evaluation does with each data set: image sizes by camera, windows, averages.

Sources: the evaluation scripts of MotionBERT and MotionAGFormer (Human3.6M), KASportsFormer (SportsPose, WorldPose) and
AthletePose3D; docs/datasets.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SetName = Literal["sportspose", "worldpose", "h36m", "athletepose3d"]
ImageSize = tuple[int, int]  # width and height, px


@dataclass(frozen=True)
class DataSet:
    """One data set and its published protocol.

    sizes: image size by camera name; `size` for every frame if the files name no camera. frames: T of the published
    tables. action: what all actions look like. left_out: recordings that are not tested, by the start of their name.
    keeps_remainder: a rest of a recording of at least half a window is a window too, stretched. once_per_frame: a frame
    that several windows share counts once. accel_padded: the published acceleration error counts the last two frames of
    a window as 0.
    """

    name: SetName
    title: str
    frames: int
    split: str
    file_hint: str
    sizes: Mapping[str, ImageSize] = field(default_factory=dict)
    size: ImageSize | None = None
    action: str = ".+"
    left_out: tuple[str, ...] = ()
    keeps_remainder: bool = False
    once_per_frame: bool = False
    accel_padded: bool = False

    def is_left_out(self, source: str) -> bool:
        """Whether the published test leaves this recording out (Human3.6M: the name without its camera)."""
        return source[:-6] in self.left_out

    def owns_action(self, action: str) -> bool:
        """Whether an action can be of this data set."""
        return re.fullmatch(self.action, action) is not None


SETS: dict[str, DataSet] = {
    s.name: s
    for s in (
        DataSet(
            "sportspose",
            "SportsPose",
            27,
            "test",
            "sp_hr_conf_cam_source_1camera.pkl or sp_no_conf_cam_source_final.pkl",
            sizes={"outdoors": (1312, 1216), "indoors": (1216, 1936)},
        ),
        DataSet(
            "worldpose",
            "WorldPose",
            27,
            "test",
            "wp_hr_conf_cam_source_final.pkl or wp_no_conf_cam_source_final.pkl",
            size=(1920, 1080),
            action="[A-Z]{3}_[A-Z]{3}_[0-9]{6}",
            keeps_remainder=True,
        ),
        DataSet(
            "h36m",
            "Human3.6M",
            243,
            "test",
            "h36m_sh_conf_cam_source_final.pkl",
            sizes={
                "54138969": (1000, 1002),
                "60457274": (1000, 1002),
                "55011271": (1000, 1000),
                "58860488": (1000, 1000),
            },
            left_out=("s_09_act_05_subact_02", "s_09_act_10_subact_02", "s_09_act_13_subact_01"),
            once_per_frame=True,
            accel_padded=True,
        ),
        DataSet(
            "athletepose3d",
            "AthletePose3D",
            81,
            "valid",
            "pose_3d/valid.pkl",
            once_per_frame=True,
            accel_padded=True,
        ),
    )
}
