"""What a run says of the people that it follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from walker import walking_coco, write_clip, write_keypoints

from kasf_demo import analyse, pipeline
from kasf_demo.detect import feet as feet_network
from kasf_demo.errors import UsageError


@pytest.mark.parametrize(
    ("export", "feet", "says"),
    [
        (("feet",), "auto", ["--feet mediapipe looks for them"]),
        (("feet",), "off", ["--feet is off"]),
        (("csv",), "auto", []),
    ],
)
def test_a_table_of_feet_without_rows_is_explained(
    export: tuple[str, ...], feet: str, says: list[str], tmp_path: Path
) -> None:
    people = [walking_coco(12, 60)]
    clip, keypoints = write_clip(tmp_path / "c.mp4", people), write_keypoints(tmp_path / "k.json", people)
    result = analyse(clip, tmp_path / "o.mp4", keypoints=keypoints, video=False, export=export, feet=feet)
    told = [text for text in result.report["warnings"] if "--export feet" in text]
    assert len(told) == len(says) and all(end in text for end, text in zip(says, told, strict=True))
    if says:
        assert (tmp_path / "o.feet.csv").read_text().count("\n") == 1


def test_feet_without_mediapipe_are_refused_before_detection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [walking_coco(12, 60)]
    clip, keypoints = write_clip(tmp_path / "c.mp4", people), write_keypoints(tmp_path / "k.json", people)
    monkeypatch.setattr(feet_network, "installed", lambda name: False)
    detected = []
    monkeypatch.setattr(pipeline, "first_pass", lambda *args, **kwargs: detected.append(args))
    with pytest.raises(UsageError, match=r"mediapipe is not installed; pip install"):
        analyse(clip, keypoints=keypoints, feet="mediapipe")
    assert not detected
