"""Feet on the page and in the rerun recording."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from feet import with_feet
from pages import a_page, athlete, constant_times, take
from readers import rrd

from kasf_demo.types.feet import FootPoints
from kasf_demo.types.people import Person
from kasf_demo.viewer import Page
from kasf_demo.viewer.html import packed

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

TIMES_S = constant_times(20)
UNKNOWN = slice(5, 9)


def footed() -> Person:
    person = athlete(TIMES_S)
    ankles = person.h36m.xy[:, [6, 6, 3, 3]] + [[-3, 2], [12, 3], [-3, 2], [12, 3]]
    points = FootPoints(ankles.astype(np.float32), np.full((20, 4), 0.9, np.float32))
    return replace(person, pose=with_feet(person.pose, UNKNOWN), coco=replace(person.coco, feet=points))


def page_of(person: Person) -> Page:
    plain = a_page(TIMES_S)
    return Page(plain.title, [take(person)], plain.picture, plain.lens)


def test_a_page_holds_feet_if_there_are_any() -> None:
    person = footed()
    (data,) = packed(page_of(person))["takes"]
    feet = np.frombuffer(base64.b64decode(data["feet_m"]), "<f4").reshape(20, 4, 3)
    assert person.pose.feet is not None
    np.testing.assert_allclose(feet, person.pose.feet.xyz, atol=1e-6)
    assert np.isnan(feet[UNKNOWN, 2:]).all() and data["feet_px"] is not None
    (plain,) = packed(page_of(athlete(TIMES_S)))["takes"]
    assert plain["feet_m"] is None and plain["feet_px"] is None


def test_a_page_draws_no_foot_on_the_other_leg() -> None:
    person = footed()
    assert person.coco.feet is not None
    xy = person.coco.feet.xy.copy()
    xy[3, :2] += 500
    person = replace(person, coco=replace(person.coco, feet=FootPoints(xy, person.coco.feet.score)))
    feet_px = take(person).feet_px
    assert feet_px is not None
    assert (
        np.isnan(feet_px[3, :2]).all() and np.isfinite(feet_px[[2, 4], :2]).all() and np.isfinite(feet_px[3, 2:]).all()
    )


def test_the_page_draws_feet(open_page: Callable[..., Tab]) -> None:
    """More of the picture is in the side's colour with feet than without; the browser reports no error."""
    inked = []
    for person in (athlete(TIMES_S), footed()):
        tab = open_page(page_of(person))
        inked.append(
            tab.evaluate(
                """() => [...document.querySelectorAll("canvas")].map((c) => {
                    const flat = document.createElement("canvas");
                    [flat.width, flat.height] = [c.width, c.height];
                    flat.getContext("2d").drawImage(c, 0, 0);
                    const d = flat.getContext("2d").getImageData(0, 0, c.width, c.height).data;
                    let n = 0;
                    for (let i = 0; i < d.length; i += 4) if (d[i] < 120 && d[i + 2] > 200) n++;
                    return n;
                })"""
            )
        )
    assert sum(inked[1]) > sum(inked[0]) > 0


def test_rerun_has_a_line_for_each_foot_that_is_known(tmp_path: Path) -> None:
    pytest.importorskip("rerun.chunk", reason="needs rerun-sdk")
    from kasf_demo.viewer.rerun import write_rerun

    person = footed()
    write_rerun(tmp_path / "p.rrd", page_of(person))
    rows = rrd(tmp_path / "p.rrd")["/world/1_Person_1/feet"]
    (strips,) = [values for name, values in rows.items() if name.endswith("strips")]
    strips = [row for row in strips if row is not None]
    assert [len(row) for row in strips] == [1 if UNKNOWN.start <= k < UNKNOWN.stop else 2 for k in range(20)]
    assert person.pose.feet is not None
    np.testing.assert_allclose(strips[0][0][2], person.pose.feet.xyz[0, 1], atol=1e-5)  # heel, ankle, toe, heel
