"""D3DP: 2D keypoints to several hypotheses of the 3D pose, by diffusion (Shan et al., ICCV 2023, arXiv 2303.11579).

The network predicts the clean pose from a noisy one; DDIM (Song et al., ICLR 2021) with eta = 1 walks from pure noise
to the pose in a few steps. Poses are root-relative, in metres, in the camera's axes (x right, y down, z forward), and
cut to +-1.1 m: the raised arms of tall people are cut off.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from kasportsformer.skeleton import N_JOINTS
from lifting.mirror import mirror, zero_root
from lifting.network import InputJoints, Normalisation, require_counts, require_windows

from .aggregate import image_units, p_agg, spread
from .network import D3DPConfig, Denoiser
from .schedule import N_TIMES, cosine_schedule, sampling_times

MAX_COORDINATE_M = 1.1


@dataclass(frozen=True)
class Sampling:
    """How many hypotheses are drawn, in how many steps of the sampler, from which noise. Costs 2 * hypotheses * steps
    network passes."""

    hypotheses: int = 5
    steps: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        require_counts(self, "hypotheses", "steps")
        if self.steps > N_TIMES:
            raise ValueError(f"steps must be at most {N_TIMES}, got {self.steps}")
        if type(self.seed) is not int or not 0 <= self.seed < 2**63:
            raise ValueError(f"seed must be a whole number from 0 to 2^63 - 1, got {self.seed!r}")


class D3DP(nn.Module):
    """The denoiser with its schedule. As a `lifting.network.LiftingNetwork` it returns the mean of its hypotheses in
    image units.

    `sampling` may be exchanged between calls. The same noise is used for every window, so that the result of a window
    does not depend on the windows beside it.
    """

    architecture = "D3DP"
    averages_mirror = True
    root_relative = True

    def __init__(self, config: D3DPConfig | None = None, sampling: Sampling | None = None) -> None:
        super().__init__()
        self.config = config = D3DPConfig() if config is None else config
        self.sampling = Sampling() if sampling is None else sampling
        self.pose_estimator = Denoiser(config)
        for name, values in cosine_schedule().items():
            self.register_buffer(name, values)  # float64; in the official files too
        self._alphas: list[float] = cosine_schedule()["alphas_cumprod"].tolist()

    @property
    def normalisation(self) -> Normalisation:
        return self.config.normalisation

    @property
    def input_joints(self) -> InputJoints:
        return self.config.input_joints

    @property
    def min_frames(self) -> int:
        return self.config.n_frames

    @property
    def max_frames(self) -> int:
        return self.config.n_frames

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, 17, 3) to (B, T, 17, 3): the mean of the hypotheses, root 0, in the input's units."""
        return self.lift(x)[0]

    def lift(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The pose as `forward` gives it, and the spread of its hypotheses (B, T, 17) in metres
        (`aggregate.spread`)."""
        hypotheses = self.hypotheses(x)
        pose = p_agg(hypotheses)
        return image_units(pose, x, self.input_joints), spread(hypotheses)

    def hypotheses(self, x: Tensor, *, together: int | None = None) -> Tensor:
        """Poses (B, H, T, 17, 3) in metres with root 0, from windows (B, T, 17, 3) whose confidence is not used.

        `together`: at most so many hypotheses at once, to save memory; None for all.
        """
        require_windows(x, self.min_frames, self.max_frames, N_JOINTS, 3)
        s = self.sampling
        generator = torch.Generator().manual_seed(s.seed)
        noise = torch.randn(s.steps, 1, s.hypotheses, *x.shape[1:3], 3, generator=generator).to(x.device)
        parts = torch.split(noise, together or s.hypotheses, dim=2)
        found = [self.sample(x[..., :2], part.expand(-1, len(x), -1, -1, -1, -1))[:, -1] for part in parts]
        return zero_root(torch.cat(found, dim=1))

    def sample(self, keypoints: Tensor, noise: Tensor) -> Tensor:
        """The clean pose predicted at every step: (B, T, 17, 2) screen coordinates to (B, K, H, T, 17, 3) metres, root
        as predicted.

        noise (K, B, H, T, 17, 3), standard normal: the start, then one for each step but the last.
        """
        times = sampling_times(len(noise))
        mirrored = mirror(keypoints, self.input_joints)
        pose, found = noise[0], []
        for step, (now, then) in enumerate(pairwise(times)):
            clean = self._denoise(keypoints, mirrored, pose, now)
            found.append(clean)
            if then >= 0:
                pose = self._step(pose, clean, noise[step + 1], self._alphas[now], self._alphas[then])
        return torch.stack(found, dim=1)

    def _denoise(self, keypoints: Tensor, mirrored: Tensor, pose: Tensor, time: int) -> Tensor:
        """One prediction of the clean pose, averaged with that of the mirrored input. (B, H, T, 17, 3)."""
        noisy = pose.clamp(-MAX_COORDINATE_M, MAX_COORDINATE_M)
        times = torch.full((len(keypoints),), time, device=keypoints.device)
        straight = self.pose_estimator(keypoints, noisy, times)
        flipped = mirror(self.pose_estimator(mirrored, mirror(noisy), times))
        clean: Tensor = ((straight + flipped) / 2).clamp(-MAX_COORDINATE_M, MAX_COORDINATE_M)
        return clean

    @staticmethod
    def _step(pose: Tensor, clean: Tensor, noise: Tensor, now: float, then: float) -> Tensor:
        """DDIM with eta = 1, from the cumulative alpha `now` to `then`; from the pose before it was cut."""
        direction = (pose * now**-0.5 - clean) / (1 / now - 1) ** 0.5
        sigma = ((1 - now / then) * (1 - then) / (1 - now)) ** 0.5
        noisy: Tensor = then**0.5 * clean + (1 - then - sigma**2) ** 0.5 * direction + sigma * noise
        return noisy


def network_passes(sampling: Sampling, windows: int) -> int:
    """Passes of the network for so many windows: for an estimate of the time before a run."""
    return 2 * sampling.hypotheses * sampling.steps * windows
