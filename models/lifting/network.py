"""What every lifting network offers, whatever its architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol, runtime_checkable

from torch import Tensor

Normalisation = Literal["square-crop", "full-frame", "whole-clip"]
InputJoints = Literal["h36m", "coco"]

NORMALISATIONS: tuple[Normalisation, ...] = ("square-crop", "full-frame", "whole-clip")
INPUT_JOINTS: tuple[InputJoints, ...] = ("h36m", "coco")


@runtime_checkable
class LiftingNetwork(Protocol):
    """A torch module in eval mode that lifts windows of 2D keypoints to 3D.

    Calling it takes (N, T, 17, 3) float32, x, y and confidence in the screen coordinates of its `normalisation`
    (`lifting.normalize`), joints in the order `input_joints`. It returns (N, T, 17, 3) Human3.6M-17 joints in the same
    units: x right, y down, z away from the camera, scaled at the root's depth. The clips of a batch do not touch each
    other. ValueError for another shape.
    """

    architecture: str  # "KASportsFormer", "MotionAGFormer", "MotionBERT", "D3DP"
    averages_mirror: bool  # the network averages with the mirrored input itself: `mirror_average` then calls it once

    @property
    def normalisation(self) -> Normalisation:
        """The square that its training put the keypoints in; the weights' registry may know better."""

    @property
    def input_joints(self) -> InputJoints:
        """The order of the 17 keypoints it takes."""

    @property
    def root_relative(self) -> bool:
        """False if x and y are absolute in the normalised image and z starts at the first frame's root: subtract the
        root."""

    @property
    def min_frames(self) -> int:
        """Shortest window, T."""

    @property
    def max_frames(self) -> int:
        """Longest window, T; the same as `min_frames` for networks of one window length."""

    def __call__(self, x: Tensor, /) -> Tensor:
        """(N, T, 17, 3) to (N, T, 17, 3)."""

    def state_dict(self) -> Mapping[str, Any]:
        """Tensors by the names of the official checkpoints."""


def require_counts(config: object, *names: str) -> None:
    """ValueError unless the fields are positive whole numbers."""
    for name in names:
        value = getattr(config, name)
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} must be a positive whole number, got {value!r}")


def require_choice(config: object, name: str, choices: tuple[object, ...]) -> None:
    """ValueError unless the field is one of the choices, of the same type."""
    value = getattr(config, name)
    if not any(value == choice and type(value) is type(choice) for choice in choices):
        raise ValueError(f"{name} must be one of {', '.join(str(c) for c in choices)}, got {value!r}")


def require_heads(config: Any) -> None:
    """ValueError unless the width divides into the heads."""
    if config.dim_feat % config.num_heads:
        raise ValueError(f"dim_feat {config.dim_feat} is not a multiple of num_heads {config.num_heads}")


def require_windows(x: Tensor, min_frames: int, max_frames: int, n_joints: int, channels: int) -> None:
    """ValueError unless x is (B, T, n_joints, channels) with T in range."""
    if x.ndim != 4 or tuple(x.shape[2:]) != (n_joints, channels) or not min_frames <= x.shape[1] <= max_frames:
        frames = f"{min_frames}" if min_frames == max_frames else f"{min_frames} to {max_frames}"
        raise ValueError(f"expected (B, {frames}, {n_joints}, {channels}), got {tuple(x.shape)}")
