"""The detectors that a server can offer to others: those that need no download, with what their licences ask."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence

from kasf_demo.detect import installed
from kasf_demo.detect.select import choose_detector
from kasf_demo.errors import ModelError

# of the package and its networks. AGPL-3.0: who offers it over a network must offer the source of the whole program
LICENCES = {"mediapipe": "Apache-2.0", "yolo": "AGPL-3.0"}
QUALITIES = ("fast", "balanced", "best")


def offered(yolo_weights: str | None, weights_on_disk: Callable[[str], bool]) -> dict[str, list[str]]:
    """Detectors with the qualities that can be used now. yolo_weights: the file that yolo is to use, None for those of
    `--quality`."""
    found: dict[str, list[str]] = {}
    for name in LICENCES:
        given = yolo_weights if name == "yolo" else None
        for quality in QUALITIES:
            with contextlib.suppress(ModelError):
                choose_detector(
                    name, quality, given, offline=True, weights_on_disk=weights_on_disk, installed=installed
                )
                found.setdefault(name, []).append(quality)
    return found


def default_offer(offers: Mapping[str, Sequence[str]]) -> str:
    """The one whose licence asks nothing of who offers it over a network, if there is one."""
    return "mediapipe" if "mediapipe" in offers else "auto"


def takes_weights(name: str) -> bool:
    """Whether a detector, or what `auto` may choose, uses a file of the user's."""
    return name in ("auto", "yolo")
