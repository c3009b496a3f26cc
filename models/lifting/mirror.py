"""Mirror images of poses and keypoints as tensors, and the average of a network with its mirror image."""

from __future__ import annotations

from torch import Tensor

from kasportsformer.skeleton import COCO_MIRROR, H36M_MIRROR

from .network import InputJoints, LiftingNetwork

_PERMUTATION = {"h36m": list(H36M_MIRROR), "coco": list(COCO_MIRROR)}


def mirror(x: Tensor, joints: InputJoints = "h36m") -> Tensor:
    """(..., 17, C) with x (channel 0) negated and left and right exchanged. A new tensor; applying it twice gives the
    input."""
    out = x[..., _PERMUTATION[joints], :]  # indexing by a list copies
    out[..., 0] *= -1
    return out


def mirror_average(network: LiftingNetwork, x: Tensor) -> Tensor:
    """(f(x) + mirror(f(mirror(x)))) / 2, (N, T, 17, 3), the root as the network left it: see `zero_root`,
    `subtract_root`."""
    if network.averages_mirror:
        return network(x)
    return (network(x) + mirror(network(mirror(x, network.input_joints)))) / 2


def zero_root(pose: Tensor) -> Tensor:
    """(..., 17, 3) with joint 0 set to 0 and all others as they are: what the published evaluations do with
    root-relative networks."""
    out = pose.clone()
    out[..., 0, :] = 0
    return out


def subtract_root(pose: Tensor) -> Tensor:
    """(..., 17, 3) relative to joint 0 of each frame: for networks that are not `root_relative`, and harmless for the
    others."""
    return pose - pose[..., :1, :]


def start_at_root_depth(pose: Tensor) -> Tensor:
    """(..., T, 17, 3) with z of joint 0 of the first frame set to 0: what MotionBERT does with its network of global
    outputs."""
    out = pose.clone()
    out[..., 0, 0, 2] = 0
    return out
