"""Options: flags, config files and Python calls mean the same and refuse the same."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest

from kasf_demo.errors import UsageError
from kasf_demo.options import Options, flag, from_mapping, from_toml


def test_flags_and_field_names_are_both_known() -> None:
    a = from_mapping(
        {"height": 1.8, "orbit": 10, "csv-layout": "wide", "view": "20,-45", "fps": "30000/1001", "start": 1}
    )
    b = from_mapping(
        {
            "height_m": 1.8,
            "orbit_deg_per_s": 10.0,
            "csv_layout": "wide",
            "view": [20, -45],
            "fps": Fraction(30000, 1001),
            "start_s": 1.0,
        }
    )
    assert a == b and a.view == (20.0, -45.0) and a.height_m == 1.8


def test_values_given_later_win() -> None:
    base = from_mapping({"smooth": "none", "height": 1.6})
    assert from_mapping({"roll": -12, "tilt": 5.5}) == Options(roll_deg=-12.0, tilt_deg=5.5)
    assert from_mapping({"height": 1.9}, base) == Options(smooth="none", height_m=1.9)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"hieght": 1.8}, "did you mean 'height'"),
        ({"height": 18}, "--height 18 is out of range"),
        ({"roll": 200}, "--roll 200 is out of range"),
        ({"height": float("nan")}, "out of range"),
        ({"height": "tall"}, "not a valid value"),
        ({"smooth": "median"}, "one of one-euro, butterworth, none"),
        ({"heads": 2.5}, "not a valid value"),
        ({"overwrite": "yes"}, "not a valid value"),
        ({"view": "12"}, "not a valid value"),
        ({"fps": "30/0"}, "not a valid value"),
        ({"start": 3, "end": 2}, "--end 2 is not after --start 3"),
        ({"fov": 50, "focal_px": 900}, "exclude each other"),
        ({"detector": "keypoints-file"}, "--keypoints FILE"),
        ({"detector": "yolo", "keypoints": "k.json"}, "exclude each other"),
    ],
)
def test_nonsense_is_a_usage_error_with_the_remedy(values: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says) as e:
        from_mapping(values)
    assert "\n" not in str(e.value) and e.value.remedy


def test_a_later_option_replaces_its_alternative() -> None:
    slow = from_mapping({"slowmo": 4, "fov": 50})
    changed = from_mapping({"capture_fps": "240", "focal_px": 900}, slow)
    assert (changed.slowmo, changed.capture_fps, changed.fov_deg, changed.focal_px) == (None, 240, None, 900)
    assert from_mapping({"height": 1.8}, slow).slowmo == 4 and from_mapping({"capture_fps": None}, slow).slowmo == 4


def test_config_file(tmp_path: Path) -> None:
    path = tmp_path / "kasf.toml"
    path.write_text('height = 1.91\nathlete = "all"\nvideo = false\nkeypoints = "k.json"\n')
    assert from_mapping(from_toml(path)) == Options(height_m=1.91, athlete="all", video=False, keypoints=Path("k.json"))
    path.write_text("height = = 1")
    with pytest.raises(UsageError, match="not valid TOML"):
        from_toml(path)
    with pytest.raises(UsageError, match="cannot read"):
        from_toml(tmp_path / "none.toml")


def test_every_option_has_its_flag() -> None:
    assert [flag(n) for n in ("height_m", "max_gap_s", "orbit_deg_per_s", "cutoff_hz", "focal_px", "csv_layout")] == [
        "--height", "--max-gap", "--orbit", "--cutoff", "--focal-px", "--csv-layout"]  # fmt: skip
    flags = [flag(f.name) for f in dataclasses.fields(Options)]
    assert len(set(flags)) == len(flags)
