"""Feet read back from the table that `--export feet` writes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from exported import a_person
from feet import some_feet, with_feet
from kicks import kicking

from kasf_demo.errors import InputError
from kasf_demo.export.csv_feet import write_feet_csv
from kasf_demo.export.csv_joints import write_csv
from kasf_demo.results.read_feet import read_feet
from kasf_demo.results.read_table import Table, read_table
from kasf_demo.types.people import Person


@pytest.fixture
def run(tmp_path: Path) -> tuple[Path, Table, Person]:
    pose = with_feet(kicking(), slice(30, 36))
    assert pose.feet is not None
    pose = replace(pose, feet=replace(pose.feet, sigma_m=np.full((60, 4), 0.0812)))
    person = a_person(pose)
    person = replace(person, coco=replace(person.coco, skeleton="coco", feet=some_feet(len(pose))))
    write_csv(tmp_path / "p.csv", [person], pose.times_s)
    write_feet_csv(tmp_path / "p.feet.csv", [person], pose.times_s)
    return tmp_path / "p.json", read_table(tmp_path / "p.csv"), person


def test_feet_come_back(run: tuple[Path, Table, Person]) -> None:
    path, table, person = run
    got, feet = read_feet(path, table), person.pose.feet
    assert got is not None and feet is not None
    np.testing.assert_allclose(got[0], np.where(feet.valid[..., None], feet.xyz, np.nan), atol=6e-5)
    text = path.with_suffix(".feet.csv").read_text()
    assert text.splitlines()[0].endswith(",sigma_m") and text.splitlines()[1].endswith(",0.0812")
    path.with_suffix(".feet.csv").unlink()
    assert read_feet(path, table) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [("l_heel", "l_tail"), ("frame,", "image,"), (",0.0812", ""), ("\r\n3,0.1", "\r\n3,0.2"), ("\r\n3,", "\r\n3000,")],
)
def test_other_tables_are_refused_with_the_remedy(run: tuple[Path, Table, Person], old: str, new: str) -> None:
    path, table, _ = run
    file = path.with_suffix(".feet.csv")
    with open(file, newline="") as f:
        text = f.read()
    assert old in text
    with open(file, "w", newline="") as f:
        f.write(text.replace(old, new))
    if old == ",0.0812":  # a column that is not read
        assert read_feet(path, table) is not None
        return
    with pytest.raises(InputError, match="not the feet of the table beside it"):
        read_feet(path, table)
