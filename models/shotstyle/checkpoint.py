"""The autoencoder from a file, without running anything in it."""

from __future__ import annotations

import torch

from lifting.tensorfile import CheckpointError, StrPath, read_tensors

from .model import ShotAutoencoder

_REMEDY = "give the state dict of AutoSoccerPose's autoencoder (GCN and LSTM)"


def load_model(path: StrPath) -> ShotAutoencoder:
    """The network in eval mode, float32 on the CPU, of a .pth or safetensors file. No code of the file is run.

    Raises CheckpointError for a file that is missing, damaged or hostile, or whose tensors are not exactly these.
    """
    tensors, _ = read_tensors(path)
    model = ShotAutoencoder()
    expected = model.state_dict()
    missing, more = sorted(expected.keys() - tensors.keys()), sorted(tensors.keys() - expected.keys())
    if missing or more:
        named = [
            f"{len(names)} {kind}: {names[0]}" for kind, names in (("missing", missing), ("unknown", more)) if names
        ]
        raise CheckpointError(f"tensors do not fit the network: {'; '.join(named)}", _REMEDY)
    for name, want in expected.items():
        got = tensors[name]
        if got.shape != want.shape or not got.is_floating_point():
            raise CheckpointError(f"{name} is {tuple(got.shape)} instead of {tuple(want.shape)}", _REMEDY)
        if not torch.isfinite(got).all():
            raise CheckpointError(f"{name} has values that are not finite", "use another file")
    model.load_state_dict({name: tensors[name].to(torch.float32, copy=True) for name in expected})
    return model.eval()
