"""The file of --opensim-markers, and what is refused before anything heavy."""

from __future__ import annotations

from pathlib import Path

import pytest

from kasf_demo.errors import InputError, UsageError
from kasf_demo.options import Options
from kasf_demo.results.opensim_markers import check_opensim, read_opensim_markers


def test_markers_and_places(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text('r_knee = "RKNE"\nl_toe = { body = "toes_l", at = [0, 0.01, -1] }\n')
    assert read_opensim_markers(path) == {"r_knee": "RKNE", "l_toe": ["toes_l", [0.0, 0.01, -1.0]]}


@pytest.mark.parametrize(
    "text, says",
    [
        ("r_knee = ", "not valid TOML"),
        ('rknee = "RKNE"', "'rknee' is no joint"),
        ("r_knee = 3", "r_knee: not a marker or a place"),
        ('r_knee = { body = "tibia_r" }', "not a marker or a place"),
        ('r_knee = { body = "tibia_r", at = [0, 0] }', "not a marker or a place"),
        ('r_knee = { body = "tibia_r", at = [0, 0, nan] }', "not a marker or a place"),
    ],
)
def test_what_is_refused(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=says):
        read_opensim_markers(path)


def test_options_that_need_each_other(tmp_path: Path) -> None:
    model = tmp_path / "m.osim"
    with pytest.raises(UsageError, match="add opensim to --export"):
        Options(opensim_model=model)
    with pytest.raises(UsageError, match="--opensim-markers needs --opensim-model"):
        Options(export=("opensim",), opensim_markers=model)
    with pytest.raises(InputError, match="cannot read the OpenSim model"):
        check_opensim(Options(export=("opensim",), opensim_model=model))
    model.write_text('<?xml version="1.0"?>\n<OpenSimDocument Version="40500"><Model name="m"/></OpenSimDocument>')
    check_opensim(Options(export=("opensim",), opensim_model=model))


@pytest.mark.parametrize("text", ["", "# README", "<svg/>", '<?xml version="1.0" encoding="rot13"?><OpenSimDocument/>'])
def test_a_file_that_is_no_model_is_refused_before_detection(text: str, tmp_path: Path) -> None:
    model = tmp_path / "m.osim"
    model.write_text(text)
    with pytest.raises(InputError, match="not an OpenSim model"):
        check_opensim(Options(export=("opensim",), opensim_model=model))
