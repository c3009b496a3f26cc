"""The networks that the trainer knows: their configs, how they begin, their layers, and what a batch costs them.

All train on the same windows. KASportsFormer, MotionAGFormer and MotionBERT predict the pose in the crop's units; D3DP
takes noise off a pose in metres, and is trained as it was published: one diffusion time per window, the clean pose
predicted (Shan et al., ICCV 2023).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, get_args

import torch
from torch import Tensor, nn

from d3dp.model import D3DP, MAX_COORDINATE_M, Sampling
from d3dp.network import D3DPConfig
from d3dp.schedule import N_TIMES
from kasportsformer.model import KASportsFormer, KASportsFormerConfig
from motionagformer.model import MotionAGFormer, MotionAGFormerConfig
from motionbert.model import MotionBERT, MotionBERTConfig

from .ablation import ablate

Lifter = KASportsFormer | MotionAGFormer | MotionBERT | D3DP


@dataclass(frozen=True)
class Architecture:
    """How one kind of network is built and what a small one of it looks like.

    frames: the config's field that holds the window's length. inner: prefixes of the layers' parameters.
    """

    build: type[Any]
    config: type[Any]
    frames: str
    inner: tuple[str, ...]
    small: dict[str, Any] = field(default_factory=dict)

    def new(self, given: dict[str, Any]) -> Lifter:
        """Random weights; `given`: fields of the config. Raises TypeError for a field that it has not, ValueError."""
        network: Lifter = self.build(self.config(**given))
        return network


SQUARE = {"normalisation": "square-crop"}  # what the windows are; KASportsFormer's config does not say it
ARCHITECTURES = {
    "kasportsformer": Architecture(
        KASportsFormer,
        KASportsFormerConfig,
        "n_frames",
        ("layers_with_bone.",),
        {"n_layers": 5, "dim_feat": 64, "dim_rep": 256, "num_heads": 4},
    ),
    "motionagformer": Architecture(
        MotionAGFormer,
        MotionAGFormerConfig,
        "n_frames",
        ("layers.",),
        {"n_layers": 7, "dim_feat": 64, "dim_rep": 256, "num_heads": 4, "n_frames": 27, **SQUARE},
    ),
    "motionbert": Architecture(
        MotionBERT,
        MotionBERTConfig,
        "max_frames",
        ("blocks_st.", "blocks_ts."),
        {"n_layers": 5, "dim_feat": 64, "dim_rep": 256, "num_heads": 4, "mlp_ratio": 4, "max_frames": 27, **SQUARE},
    ),
    "d3dp": Architecture(
        D3DP,
        D3DPConfig,
        "n_frames",
        ("pose_estimator.STEblocks.", "pose_estimator.TTEblocks."),
        {"n_layers": 8, "dim_feat": 80, "num_heads": 4, "mlp_ratio": 4, "n_frames": 27, **SQUARE},
    ),
}


def architecture(network: nn.Module) -> str:
    """Its name in ARCHITECTURES."""
    return next(name for name, kind in ARCHITECTURES.items() if isinstance(network, kind.build))


def as_lifter(network: object) -> Lifter:
    """The same network for the type checker. TypeError for one that the trainer does not know."""
    if not isinstance(network, get_args(Lifter)):
        raise TypeError(f"{type(network).__name__} is none of {', '.join(ARCHITECTURES)}")
    known: Lifter = network
    return known


def new_network(name: str, config: dict[str, Any], without: tuple[str, ...], layer_scale: float) -> Lifter:
    """Random weights. `without`: see `ablation`, KASportsFormer only (ValueError); layer_scale: of the networks that
    have such scales; the 1e-5 of deep ones takes a shallow one hundreds of steps."""
    network = ARCHITECTURES[name].new(config)
    if isinstance(network, KASportsFormer):
        network = ablate(network, without)
    elif without:
        raise ValueError(f"parts can be taken away from kasportsformer, not from {name}")
    for parameter_name, parameter in network.named_parameters():
        if ".layer_scale_" in parameter_name:
            nn.init.constant_(parameter, layer_scale)
    return one_sample(network)


def one_sample(network: Lifter) -> Lifter:
    """D3DP with the cheapest sampling, one hypothesis in one step, for examinations during training. In place."""
    if isinstance(network, D3DP):
        network.sampling = Sampling(hypotheses=1, steps=1)
    return network


def layers(network: nn.Module) -> list[nn.Module]:
    """Its layers, each of which computes on its own."""
    prefixes = ARCHITECTURES[architecture(network)].inner
    return [layer for prefix in prefixes for layer in network.get_submodule(prefix.rstrip(".")).children()]


def inner_matrices(network: nn.Module, smallest: int) -> list[nn.Parameter]:
    """The matrices inside the layers whose rows and columns are `smallest` or more: what Muon takes."""
    prefixes = ARCHITECTURES[architecture(network)].inner
    return [
        p
        for name, p in network.named_parameters()
        if name.startswith(prefixes) and p.ndim == 2 and min(p.shape) >= smallest
    ]


def predict_for_loss(network: Lifter, x: Tensor, truth: Tensor, metres: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """What the loss compares: prediction and truth (B, T, 17, 3) in one unit, and that unit's metres (B, T).

    x (B, T, 17, 3) keypoints and scores; truth (B, T, 17, 3) in units of `metres` (B, T). D3DP draws a time and noise
    for each window from torch's generator.
    """
    if not isinstance(network, D3DP):
        return network(x), truth, metres
    clean = truth * metres[..., None, None]
    times = torch.randint(N_TIMES, (len(x),), device=x.device)
    keep, add = (network.get_buffer(f"sqrt_{name}alphas_cumprod")[times] for name in ("", "one_minus_"))
    shape = (-1, 1, 1, 1)
    noisy = keep.float().view(shape) * clean + add.float().view(shape) * torch.randn_like(clean)
    noisy = noisy.clamp(-MAX_COORDINATE_M, MAX_COORDINATE_M)
    predicted = network.pose_estimator(x[..., :2], noisy[:, None], times)[:, 0]
    return predicted, clean, torch.ones_like(metres)
