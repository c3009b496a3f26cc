"""TRC and MOT in OpenSim's own readers, with gaps wherever they may be: `pip install opensim==4.6` (Python 3.11), else
skipped."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kicks import even, kicking
from walker import walking_coco, write_clip, write_keypoints

from body import as_pose
from kasf_demo import analyse
from kasf_demo.export.bvh import bridged
from kasf_demo.export.mot import write_mot
from kasf_demo.export.trc import write_trc

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("opensim") is None, reason="opensim is not installed: pip install opensim==4.6"
    ),
]
# In a process of its own: what OpenSim cannot read ends some of its readers with a segmentation fault, and it leaves a
# log file
READ = """
import json, sys, opensim
opensim.Logger.setLevelString("off")
found = {}
for name in sys.argv[1:]:
    if name.endswith(".trc"):
        table, reference = opensim.TimeSeriesTableVec3(name), opensim.MarkersReference()
        reference.initializeFromMarkersFile(name, opensim.SetMarkerWeights())
        data = opensim.MarkerData(name)
        columns = range(table.getNumColumns())
        rows = [[[v.get(k) for k in range(3)] for v in (table.getRowAtIndex(i).getElt(0, m) for m in columns)]
                for i in range(table.getNumRows())]
        found[name] = {"rows": [table.getNumRows(), reference.getNumFrames(), data.getNumFrames()], "xyz": rows,
                       "times": list(table.getIndependentColumn()), "names": list(table.getColumnLabels())}
    else:
        table, storage = opensim.TimeSeriesTable(name), opensim.Storage(name)
        last = storage.getLastStateVector().getData()
        found[name] = {"rows": [table.getNumRows(), storage.getSize()], "names": list(table.getColumnLabels()),
                       "times": list(table.getIndependentColumn()), "degrees": storage.isInDegrees(),
                       "last": [last.get(i) for i in range(last.size())],
                       "values": [[table.getRowAtIndex(i).getElt(0, c) for c in range(table.getNumColumns())]
                                  for i in range(table.getNumRows())]}
print(json.dumps(found))
"""


def read(*paths: Path) -> list[Any]:
    done = subprocess.run(
        [sys.executable, "-c", READ, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=paths[0].parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1].replace("NaN", "null"))
    return [found[str(path)] for path in paths]


def gaps(frames: int, *missing: slice) -> np.ndarray[Any, Any]:
    valid = np.ones(frames, bool)
    for part in missing:
        valid[part] = False
    return valid


XYZ = bridged(kicking().xyz, kicking().valid)
POSES = {
    "clean": as_pose(XYZ),
    "gap": as_pose(XYZ, valid=gaps(60, slice(20, 24))),
    "first": as_pose(XYZ, valid=gaps(60, slice(0, 1))),
    "last": as_pose(XYZ, valid=gaps(60, slice(59, 60))),
    "ends": as_pose(XYZ, valid=gaps(60, slice(0, 25), slice(40, 60))),
    "one of many": as_pose(XYZ, valid=gaps(60, slice(0, 30), slice(31, 60))),
    "every second": as_pose(XYZ, valid=gaps(60, slice(0, 60, 2))),
    "one frame": as_pose(XYZ[:1]),
    "two frames": as_pose(XYZ[:2], valid=gaps(2, slice(0, 1))),
    "uneven": as_pose(XYZ, valid=gaps(60, slice(20, 24)), times_s=np.cumsum(np.tile([1 / 30, 2 / 30], 30)) + 2.0),
}


@pytest.mark.parametrize("name", POSES)
def test_every_reader_sees_every_row(name: str, tmp_path: Path) -> None:
    motion = even(POSES[name])
    trc, mot = tmp_path / "a walk, Läufer.trc", tmp_path / "a walk, Läufer.mot"
    write_trc(trc, motion, name=trc.name)
    write_mot(mot, motion, name=mot.name)
    markers, angles = read(trc, mot)
    frames = len(motion.xyz)
    assert markers["rows"] == [frames] * 3 and angles["rows"] == [frames] * 2 and angles["degrees"]
    xyz = np.array(markers["xyz"], float)
    assert (np.isfinite(xyz).all((1, 2)) == motion.valid).all() and (np.isnan(xyz).any((1, 2)) == ~motion.valid).all()
    np.testing.assert_allclose(
        np.stack([xyz[..., 0], -xyz[..., 2], xyz[..., 1]], -1)[motion.valid], motion.xyz[motion.valid], atol=1e-5
    )
    for found in (markers, angles):
        np.testing.assert_allclose(found["times"], motion.times_s, atol=1e-6)
    values = np.array(angles["values"], float)
    assert np.isfinite(values).all() and (np.array(angles["last"]) == values[-1]).all()
    np.testing.assert_allclose(values[motion.valid, 1], motion.xyz[motion.valid, 0, 2], atol=1e-5)
    assert angles["names"][-1] == "kasf_filled" and ((values[:, -1] == values.shape[1] - 1) == ~motion.valid).all()


def test_the_files_of_a_run_of_two_people(tmp_path: Path) -> None:
    people = [walking_coco(40, 60), walking_coco(40, 200, 0.5)]
    clip = write_clip(tmp_path / "c.mp4", people)
    keypoints = write_keypoints(tmp_path / "k.json", people, gaps(40, slice(0, 3), slice(12, 30)))
    options = {"keypoints": keypoints, "athlete": "all", "export": "trc,mot", "video": False, "max_gap_s": 0.0}
    result = analyse(clip, tmp_path / "p.mp4", **options)
    paths = [tmp_path / f"p.p{person.id}.{kind}" for person in result.people for kind in ("trc", "mot")]
    assert all(set(found["rows"]) == {40} for found in read(*paths)) and len(paths) == 4
    said = [e for e in json.loads((tmp_path / "p.json").read_text())["exports"] if e["file"] == "mot"]
    assert all(
        e["filled"] and e["frames_without_pose"] == 21 and e["filled_frames"]["r_knee_flexion"] == 21 for e in said
    )
