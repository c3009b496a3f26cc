"""From several hypotheses to one pose and its uncertainty (their spread). H hypotheses, T frames, J = 17 joints.

Source: Shan et al., ICCV 2023: P-Agg is the mean, J-Agg (JPMA) takes each joint from the hypothesis that projects
nearest to its keypoint.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kasportsformer.skeleton import COCO, H36M
from lifting.network import InputJoints

# Human3.6M joints that are keypoints of COCO too, and the keypoints
_LIMBS = [f"{side}_{part}" for side in "lr" for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]
_H36M_LIMBS = [H36M[name] for name in _LIMBS]
_COCO_LIMBS = [
    COCO[name.replace("l_", "left_", 1) if name[0] == "l" else name.replace("r_", "right_", 1)] for name in _LIMBS
]
_COCO_HIPS = [COCO["left_hip"], COCO["right_hip"]]
_MIN_FIT = 0.1  # of the factor that makes a pose as large as the keypoints
_MIN_WEIGHT = 1e-3  # of a keypoint without confidence, so that a window of nothing else has a scale


def p_agg(hypotheses: Tensor) -> Tensor:
    """The mean over the hypotheses: (..., H, T, 17, 3) to (..., T, 17, 3)."""
    return hypotheses.mean(-4)


def spread(hypotheses: Tensor) -> Tensor:
    """Root mean square distance of the hypotheses from their mean, per joint: (..., H, T, 17, 3) to (..., T, 17), same
    unit."""
    return (hypotheses - hypotheses.mean(-4, keepdim=True)).square().sum(-1).mean(-3).sqrt()


def j_agg(hypotheses: Tensor, projected: Tensor, keypoints: Tensor) -> tuple[Tensor, Tensor]:
    """Per frame and joint the hypothesis whose projection lies nearest to the keypoint, the first of equals.

    hypotheses (..., H, T, 17, 3), projected (..., H, T, 17, 2), keypoints (..., T, 17, 2), in one unit. Returns the
    pose (..., T, 17, 3) and the hypothesis taken (..., T, 17).
    """
    choice = torch.linalg.vector_norm(projected - keypoints.unsqueeze(-4), dim=-1).argmin(-3)  # (..., T, 17)
    return _taken(hypotheses, choice), choice


def p_best_error(hypotheses: Tensor, ground_truth: Tensor) -> Tensor:
    """MPJPE of the hypothesis that is best on average over all clips: (B, ..., H, T, 17, 3) and (B, T, 17, 3) to (...).
    Evaluation only."""
    errors = _errors(hypotheses, ground_truth)  # (B, ..., H, T, 17)
    return errors.mean((0, -2, -1)).amin(-1)


def j_best_error(hypotheses: Tensor, ground_truth: Tensor) -> Tensor:
    """MPJPE of the best hypothesis of each joint and frame: (B, ..., H, T, 17, 3) and (B, T, 17, 3) to (...).
    Evaluation only."""
    return _errors(hypotheses, ground_truth).amin(-3).mean((0, -2, -1))


def project(points: Tensor, camera: Tensor) -> Tensor:
    """Camera-space points (..., 3) in metres to screen coordinates (..., 2), with Human3.6M's lens distortion.

    camera (..., 9), broadcast against the points' leading dimensions: focal lengths (2), centre (2), radial (3) and
    tangential (2) coefficients, lengths in units of half an image width. Source: Human3.6M's camera model, as
    VideoPose3D uses it: x/z cut to +-1.
    """
    focal, centre, radial, tangential = camera[..., :2], camera[..., 2:4], camera[..., 4:7], camera[..., 7:9]
    plane = (points[..., :2] / points[..., 2:]).clamp(-1, 1)
    r2 = plane.square().sum(-1, keepdim=True)
    stretch = 1 + (radial * torch.cat([r2, r2**2, r2**3], dim=-1)).sum(-1, keepdim=True)
    skew = (tangential * plane).sum(-1, keepdim=True)
    out: Tensor = focal * (plane * (stretch + skew) + tangential * r2) + centre
    return out


def image_units(pose: Tensor, keypoints: Tensor, joints: InputJoints) -> Tensor:
    """Root-relative poses (B, T, 17, 3) in metres in the keypoints' units: times `image_scale`."""
    return pose * image_scale(pose, keypoints, joints)[:, None, None, None]


def image_scale(pose: Tensor, keypoints: Tensor, joints: InputJoints) -> Tensor:
    """(B,) units of the keypoints per metre: one factor per window, by least squares on x and y. A pose that
    contradicts the keypoints gets their size (root mean square), so that no pose vanishes.

    pose (B, T, 17, 3) root-relative, metres; keypoints (B, T, 17, 3): x, y, confidence, in the order `joints`; those of
    more confidence count more.
    """
    xy, weight = keypoints[..., :2], keypoints[..., 2:].clamp(min=_MIN_WEIGHT)
    if joints == "coco":
        root = xy[..., _COCO_HIPS, :].mean(-2, keepdim=True)
        xy, weight, metres = xy[..., _COCO_LIMBS, :], weight[..., _COCO_LIMBS, :], pose[..., _H36M_LIMBS, :2]
    else:
        root, metres = xy[..., :1, :], pose[..., :2]
    size = (weight * metres.square()).sum((1, 2, 3)).clamp(min=1e-12)
    fit = (weight * metres * (xy - root)).sum((1, 2, 3)) / size
    same_size = ((weight * (xy - root).square()).sum((1, 2, 3)) / size).sqrt()
    return torch.where(fit < _MIN_FIT * same_size, same_size, fit)


def _errors(hypotheses: Tensor, ground_truth: Tensor) -> Tensor:
    between = hypotheses.ndim - ground_truth.ndim
    shape = (ground_truth.shape[0], *[1] * between, *ground_truth.shape[1:])
    out: Tensor = torch.linalg.vector_norm(hypotheses - ground_truth.reshape(shape), dim=-1)
    return out


def _taken(hypotheses: Tensor, choice: Tensor) -> Tensor:
    index = choice.unsqueeze(-3).unsqueeze(-1)  # (..., 1, T, 17, 1)
    return hypotheses.gather(-4, index.expand(*index.shape[:-1], hypotheses.shape[-1])).squeeze(-4)
