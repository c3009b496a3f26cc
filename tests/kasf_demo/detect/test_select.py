"""The detector rule, over everything that can be on disk and installed."""

from __future__ import annotations

import itertools

import pytest

from kasf_demo.detect.select import MEDIAPIPE_BY_QUALITY, YOLO_BY_QUALITY, choose_detector
from kasf_demo.errors import KasfError, ModelError, UsageError


def choose(
    requested: str = "auto",
    quality: str = "balanced",
    path: str | None = None,
    *,
    offline: bool = False,
    disk: str = "",
    have: str = "yolo mediapipe",
) -> tuple[str, str | None]:
    return choose_detector(
        requested, quality, path, offline=offline, weights_on_disk=lambda n: n in disk.split(),
        installed=lambda n: n == "keypoints-file" or n in have.split(),
    )  # fmt: skip


def test_auto() -> None:
    assert choose(disk="yolo26s-pose") == ("yolo", "yolo26s-pose")
    assert choose() == ("mediapipe", None), "installed, and nothing to fetch"
    assert choose(have="yolo") == ("yolo", "yolo26s-pose"), "fetched by the caller"
    assert choose(quality="best", disk="yolo26s-pose") == ("mediapipe", "mediapipe-heavy"), "no other size silently"
    assert choose(quality="best", disk="yolo26x-pose mediapipe-heavy") == ("yolo", "yolo26x-pose")
    assert choose(quality="best", have="mediapipe", disk="mediapipe-heavy", offline=True)[1] == "mediapipe-heavy"
    assert choose(quality="best", have="yolo") == ("yolo", "yolo26x-pose")
    assert choose(quality="fast") == ("mediapipe", None)
    assert choose(path="mine.pt", offline=True) == ("yolo", "mine.pt")
    assert choose(have="mediapipe", disk="yolo26s-pose") == ("mediapipe", None)


def test_by_name() -> None:
    assert choose("mediapipe", disk="yolo26s-pose") == ("mediapipe", None)
    assert choose("keypoints-file", "best", have="", offline=True) == ("keypoints-file", None)
    for quality in ("fast", "balanced", "best"):
        assert choose("mediapipe", quality) == ("mediapipe", MEDIAPIPE_BY_QUALITY.get(quality))
    for quality, name in YOLO_BY_QUALITY.items():
        assert choose("yolo", quality) == ("yolo", name)


def test_offline_without_weights_names_both_remedies() -> None:
    with pytest.raises(ModelError, match="--offline forbids") as error:
        choose(offline=True, have="yolo", disk="yolo26n-pose")
    assert all(x in error.value.remedy for x in ("weights fetch yolo26s-pose", "kasf-demo[offline]", "--quality fast"))
    with pytest.raises(ModelError) as error:
        choose("yolo", offline=True)
    assert "--detector mediapipe" in error.value.remedy
    for requested in ("mediapipe", "auto"):
        with pytest.raises(ModelError, match="mediapipe-heavy is not on this machine and --offline forbids") as error:
            choose(requested, "best", offline=True)
        assert all(x in error.value.remedy for x in ("weights fetch mediapipe-heavy", "--quality balanced"))


def test_refusals() -> None:
    with pytest.raises(ModelError, match="mediapipe detector is not installed"):
        choose("mediapipe", have="yolo")
    with pytest.raises(ModelError, match="ultralytics is not installed"):
        choose(have="")
    with pytest.raises(UsageError, match="takes no --detector-weights"):
        choose("mediapipe", path="x.pt")
    with pytest.raises(UsageError, match="no detector is called"):
        choose("openpose")


def test_every_case_gives_something_usable_or_an_error_with_a_remedy() -> None:
    sets = ("", "yolo", "mediapipe", "yolo mediapipe")
    disks = ("", "yolo26n-pose", "yolo26s-pose", "mediapipe-heavy")
    cases = itertools.product(("auto", "yolo", "mediapipe"), YOLO_BY_QUALITY, sets, disks, (False, True))
    for requested, quality, have, disk, offline in cases:
        try:
            name, wanted = choose(requested, quality, have=have, disk=disk, offline=offline)
        except KasfError as e:
            assert e.remedy and e.exit_code == 5
        else:
            assert name in have.split() and requested in ("auto", name)
            assert not offline or wanted is None or wanted in disk.split()
