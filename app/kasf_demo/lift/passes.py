"""A batch of windows through the lifting network: with its mirror image, or with hypotheses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kasf_demo.errors import ModelError
from kasf_demo.lift.backends import Network
from kasf_demo.lift.diffusion import DiffusionNetwork
from kasf_demo.types.arrays import FloatArray
from kasportsformer.skeleton import mirror_h36m

NO_POSE = 100.0  # half squares: a body lies within 1 or so


@dataclass(frozen=True)
class Passes:
    """poses (N, T, 17, 3) in the windows' units; apart (N, T, 17): half the distance of a pass and the mirrored one,
    relative to the pelvis; of hypotheses, their spread."""

    poses: FloatArray
    apart: FloatArray


def passes(
    network: Network | DiffusionNetwork, windows: FloatArray, *, flip: bool = True, lens: FloatArray | None = None
) -> Passes:
    """Normalised windows (N, T, 17, 3) to poses, averaged with the mirrored result of the mirrored input if `flip`.
    lens: see `DiffusionNetwork.lift`. Raises ModelError for poses that are no body."""
    if isinstance(network, DiffusionNetwork):  # averages with mirrored passes itself
        poses, apart = network.lift(windows, lens)
        return Passes(_checked(poses), apart)
    both = np.concatenate([windows, mirror_h36m(windows)]) if flip else windows
    found = _checked(network(both.astype(np.float32)).astype(np.float64))
    if not flip:
        return Passes(found, np.zeros(found.shape[:-1]))
    seen, mirrored = found[: len(windows)], mirror_h36m(found[len(windows) :])
    off = seen - mirrored
    return Passes((seen + mirrored) / 2, np.linalg.norm(off - off[..., :1, :], axis=-1) / 2)


def _checked(poses: FloatArray) -> FloatArray:
    if not np.abs(poses).max() < NO_POSE:  # NaN too
        raise ModelError(
            "the lifting network returned an invalid pose; its weights are probably damaged", "use other --weights"
        )
    return poses
