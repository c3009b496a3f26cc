"""Which detector a run uses. A pure rule: availability on disk and of packages is passed in; nothing is fetched
here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from kasf_demo.errors import ModelError, UsageError

DetectorName = Literal["yolo", "mediapipe", "keypoints-file"]
YOLO_BY_QUALITY = {"fast": "yolo26n-pose", "balanced": "yolo26s-pose", "best": "yolo26x-pose"}
MEDIAPIPE_BY_QUALITY = {"best": "mediapipe-heavy"}  # else the network in its wheel
MEDIAPIPE_REMEDY = (
    'pip install "kasf-demo[offline]" (Python below 3.13) for the mediapipe detector, which needs no download'
)
INSTEAD_OF_FETCHING = {
    "yolo": MEDIAPIPE_REMEDY,
    "mediapipe": "--quality balanced, whose network is in mediapipe's wheel",
}


def choose_detector(
    requested: str,
    quality: str,
    weights_path: str | None,
    *,
    offline: bool,
    weights_on_disk: Callable[[str], bool],
    installed: Callable[[str], bool],
) -> tuple[DetectorName, str | None]:
    """The detector's name and the name (or path) of its weights, None if it takes none or brings them along.

    auto: yolo with weights given or on disk, else mediapipe when installed (with weights to be fetched for best), else
    yolo with weights to be fetched. The size that --quality asks for decides: another size on disk is offered in the
    error, never taken silently. Raises ModelError (nothing usable; both remedies are named) and UsageError (weights for
    a detector that takes none).
    """
    if requested in ("mediapipe", "keypoints-file"):
        if weights_path is not None:
            raise UsageError(f"--detector {requested} takes no --detector-weights", "drop one of them")
        if not installed(requested):
            raise ModelError("the mediapipe detector is not installed", f"{MEDIAPIPE_REMEDY}; or --detector yolo")
        if requested == "keypoints-file":
            return "keypoints-file", None
        return "mediapipe", _mediapipe_weights(quality, offline, weights_on_disk)
    if requested not in ("auto", "yolo"):
        raise UsageError(f"no detector is called {requested!r}", "one of auto, yolo, mediapipe, keypoints-file")
    if weights_path is not None:
        return "yolo", weights_path
    wanted = YOLO_BY_QUALITY[quality]
    yolo = installed("yolo")
    if yolo and weights_on_disk(wanted):
        return "yolo", wanted
    if requested == "auto" and installed("mediapipe"):
        return "mediapipe", _mediapipe_weights(quality, offline, weights_on_disk)
    if not yolo:
        raise ModelError(
            "no detector is usable: ultralytics is not installed", f"pip install ultralytics; or {MEDIAPIPE_REMEDY}"
        )
    if offline:
        raise ModelError(
            f"no detector is usable: {wanted} is not on this machine and --offline forbids fetching it",
            "; or ".join(_offline_remedies(requested, wanted, weights_on_disk, installed)),
        )
    return "yolo", wanted


def _mediapipe_weights(quality: str, offline: bool, on_disk: Callable[[str], bool]) -> str | None:
    """The network that --quality asks for, None for the one in the wheel. ModelError if it cannot be fetched."""
    wanted = MEDIAPIPE_BY_QUALITY.get(quality)
    if wanted is not None and offline and not on_disk(wanted):
        what = f"{wanted} is not on this machine and --offline forbids fetching it"
        remedy = f"`kasf-demo weights fetch {wanted}` where there is a network"
        raise ModelError(what, f"{remedy}; or {INSTEAD_OF_FETCHING['mediapipe']}")
    return wanted


def _offline_remedies(
    requested: str, wanted: str, on_disk: Callable[[str], bool], installed: Callable[[str], bool]
) -> list[str]:
    others = [f"--quality {q}, whose weights are on disk" for q, name in YOLO_BY_QUALITY.items() if on_disk(name)]
    mediapipe = "--detector mediapipe" if requested == "yolo" and installed("mediapipe") else MEDIAPIPE_REMEDY
    return [*others, f"`kasf-demo weights fetch {wanted}` where there is a network", mediapipe]
