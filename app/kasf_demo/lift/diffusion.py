"""D3DP: several hypotheses per window, fused into one pose, with their spread. See the library `d3dp`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kasf_demo.lift.backends import NetworkFacts
from kasf_demo.types.arrays import FloatArray

if TYPE_CHECKING:
    from torch import Tensor

    from d3dp.model import D3DP

TOGETHER = 5  # hypotheses that go through the network at once: 243 frames of the official network take 0.5 GB each
MIN_KEYPOINT_SCORE = 0.3  # a keypoint below it does not choose among hypotheses
MAX_DEPTH_RATIO = 2.0  # of one frame to the window's mean: more is an error of the fit


@dataclass(frozen=True)
class Sampling:
    """hypotheses, steps, seed: see `d3dp.model.Sampling`. aggregate: "p", their mean (P-Agg), or "j": each joint from
    the one that projects nearest to its keypoint (J-Agg), which needs the lens."""

    hypotheses: int = 5
    steps: int = 2
    seed: int = 0
    aggregate: Literal["p", "j"] = "p"

    @property
    def passes(self) -> int:
        """Passes of the network for one window; each is averaged with a mirrored one."""
        return 2 * self.hypotheses * self.steps


class DiffusionNetwork:
    """A D3DP network. denoiser: its inner network as a compiled OpenVINO model (`lift.openvino.openvino_denoiser`), or
    None for torch."""

    def __init__(self, model: D3DP, sampling: Sampling, device: str = "cpu", denoiser: Any = None) -> None:
        import d3dp.model

        if device == "mps":  # which has no float64; the sampler reads its schedule from a list
            model = model.float()
        self._model, self._device, self.sampling = model.to(device), device, sampling
        self._model.sampling = d3dp.model.Sampling(sampling.hypotheses, sampling.steps, sampling.seed)
        self.facts = NetworkFacts.of(model)
        self.backend = "torch"
        if denoiser is not None:
            self.backend = "openvino"
            self._model.pose_estimator = _compiled_denoiser(denoiser)
        self.frames_per_call = self.facts.max_frames * (1 if device == "cpu" else 8)

    def lift(self, windows: FloatArray, lens: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Normalised windows (N, T, 17, 3) to poses of the same shape, root 0, and the spread of their hypotheses
        (N, T, 17): root mean square distance from the mean, both in the units of the windows.

        lens (N, T, 3): focal length and principal point in these units; without it the mean is taken whatever
        `sampling.aggregate` asks for.
        """
        import torch

        from d3dp.aggregate import image_scale, p_agg, spread

        with torch.inference_mode():
            x = torch.from_numpy(windows.astype(np.float32)).to(self._device)
            found = self._model.hypotheses(x, together=TOGETHER)
            mean = p_agg(found)
            units = image_scale(mean, x, self.facts.input_joints)[:, None, None, None]
            pose = mean
            if self.sampling.aggregate == "j" and lens is not None:
                pose = _nearest(found, mean, x, units, torch.from_numpy(lens.astype(np.float32)).to(x.device), self)
            apart = spread(found) * units[..., 0]
        return (pose * units).double().cpu().numpy(), apart.double().cpu().numpy()

    def seconds_per_pass(self) -> float:
        """Measured with one pass of one hypothesis."""
        import torch

        frames = self.facts.max_frames
        given = (torch.zeros(1, frames, 17, 2), torch.zeros(1, 1, frames, 17, 3), torch.zeros(1, dtype=torch.int64))
        started = time.perf_counter()
        with torch.inference_mode():
            self._model.pose_estimator(*(part.to(self._device) for part in given)).cpu()
        return time.perf_counter() - started


def _nearest(found: Tensor, mean: Tensor, x: Tensor, units: Tensor, lens: Tensor, network: DiffusionNetwork) -> Tensor:
    """J-Agg (N, T, 17, 3) of the hypotheses `found` (N, H, T, 17, 3), metres; the mean where a keypoint has a low
    score.

    The root lies on the ray through its keypoint, as deep as the size of the mean pose in each frame says: units (N, 1,
    1, 1) of the window per metre, or as fitted to the frame alone.
    """
    import torch

    from d3dp.aggregate import image_scale, j_agg, project
    from kasportsformer.skeleton import coco_to_h36m

    n, t = x.shape[:2]
    joints = network.facts.input_joints
    by_frame = image_scale(mean.reshape(n * t, 1, 17, 3), x.reshape(n * t, 1, 17, 3), joints).reshape(n, t)
    whole = units[:, :, 0, 0].clamp(min=1e-6)
    per_metre = torch.minimum(torch.maximum(by_frame, whole / MAX_DEPTH_RATIO), whole * MAX_DEPTH_RATIO)
    seen = x
    if joints == "coco":
        xy, score = coco_to_h36m(x[..., :2].cpu().numpy(), x[..., 2].cpu().numpy())
        seen = torch.from_numpy(np.concatenate([xy, score[..., None]], -1).astype(np.float32)).to(x.device)
    focal, centre = lens[..., :1], lens[..., 1:]
    depth = focal / per_metre[..., None]  # (N, T, 1) metres
    root = torch.cat([(seen[..., 0, :2] - centre) / focal * depth, depth], dim=-1)
    zero = torch.zeros_like(lens)
    camera = torch.cat([focal, focal, centre, zero, zero[..., :2]], dim=-1)[:, None, :, None]  # (N, 1, T, 1, 9)
    taken, _ = j_agg(found, project(found + root[:, None, :, None], camera), seen[..., :2])
    return torch.where(seen[..., 2:] < MIN_KEYPOINT_SCORE, mean, taken)


def _compiled_denoiser(compiled: Any) -> Any:
    """A torch module that runs the compiled network, one hypothesis of a window after the other."""
    import torch

    streams = int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS"))
    requests = [compiled.create_infer_request() for _ in range(streams)]

    class CompiledDenoiser(torch.nn.Module):
        def forward(self, keypoints: Tensor, pose: Tensor, times: Tensor) -> Tensor:
            out = torch.empty_like(pose)
            rows = list(product(range(pose.shape[0]), range(pose.shape[1])))
            for turn in range(len(rows) + len(requests)):  # the last turns only collect
                request, before = requests[turn % len(requests)], turn - len(requests)
                if 0 <= before < len(rows):
                    request.wait()
                    out[rows[before]] = torch.from_numpy(request.get_output_tensor(0).data[0, 0].copy())
                if turn < len(rows):
                    b, h = rows[turn]
                    given = (keypoints[b : b + 1], pose[b : b + 1, h : h + 1], times[b : b + 1])
                    request.start_async({i: part.contiguous().numpy() for i, part in enumerate(given)})
            return out

    return CompiledDenoiser()
