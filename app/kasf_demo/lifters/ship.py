"""Writes the OpenVINO model of a shipped lifting network beside its weights: `python -m kasf_demo.lifters.ship NAME`.

To be run again whenever the weights change; prints the line of weights/registry.toml.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from kasf_demo import weights
from kasf_demo.lift.backends import NetworkFacts
from kasf_demo.lift.load import NetworkFile, load_network
from kasf_demo.lift.openvino import convert, save
from kasf_demo.third_party import openvino


def ship(name: str, folder: Path) -> str:
    """Converts the known network `name` into `folder`, which is replaced; float32. Returns the folder's sha256. Raises
    ModelError, OSError."""
    found = weights.resolve(name, kind="lifter", offline=True)
    assert found.entry is not None
    model = load_network(NetworkFile(found.path, found.entry.architecture, found.entry.network_settings))
    ov = openvino()
    shutil.rmtree(folder, ignore_errors=True)
    save(ov, convert(ov, model), folder, NetworkFacts.of(model))
    return weights.sha256_of(folder)


if __name__ == "__main__":
    place = weights.shipped_dir() / f"{sys.argv[1]}_openvino"
    print(f'openvino = {{ folder = "{place.name}", sha256 = "{ship(sys.argv[1], place)}" }}')
