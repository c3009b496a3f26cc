"""Inverse kinematics with OpenSim in a process of its own: `python -m kasf_demo.export.opensim.worker FOLDER`.

FOLDER holds `job.json` (sizes and markers of a model to build, or the path of a model; weights and priors)
and `markers.npz` (times_s (T,), xyz_m (T, M, 3) y up, NaN where unknown). Written: `model.osim`, and `result.npz`:
values (T, C) in radians and metres, coordinates (C,), rotational (C,), range_low and range_high (C,), locked (C,),
errors_m (T, N) of the markers in use (N,).
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import opensim as osim
from numpy.typing import NDArray

from kasf_demo.export.opensim.model import build_model

ACCURACY = 1e-6  # with 1e-5, angles of synthetic motion are up to 0.3 degrees off
CONSTRAINT_WEIGHT = float("inf")
MIN_MARKERS = 6
ROTATIONAL = 1  # Coordinate::MotionType


class _UnusableModel(Exception):
    """The model cannot be used; the text says why."""


def main(folder: Path) -> None:
    """Raises _UnusableModel for a user's model that lacks what the markers need."""
    osim.Logger.setLevelString("error")
    job = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    with np.load(folder / "markers.npz", allow_pickle=False) as data:
        times_s, xyz_m = data["times_s"], data["xyz_m"]
    if job["model"] is None:
        markers = {name: (body, tuple(at)) for name, (body, at) in job["markers"].items()}
        model = build_model(job["sizes"], markers, job["heading_rad"], job["locked"])
        called = {name: name for name in markers}
    else:
        model = osim.Model(job["model"])
        called = add_markers(model, job["markers"])
    state = model.initSystem()
    model.printToXML(str(folder / "model.osim"))
    used = [name for name in called if job["weights"].get(name, 0) > 0]
    rows = [job["names"].index(name) for name in used]
    weights = {called[name]: job["weights"][name] for name in used}
    has = {model.getCoordinateSet().get(i).getName() for i in range(model.getCoordinateSet().getSize())}
    priors = {name: prior for name, prior in job["priors"].items() if name in has}
    found = solve(model, state, times_s, xyz_m[:, rows], [called[name] for name in used], weights, priors)
    np.savez(folder / "result.npz", version=osim.GetVersion().split("-")[0], **found)


def add_markers(model: osim.Model, wanted: dict[str, Any]) -> dict[str, str]:
    """Our joints' names -> names of the model's markers: those that it has, and those added on its bodies.

    Raises _UnusableModel if a named marker is not there, or fewer than MIN_MARKERS joints have a place.
    """
    model.initSystem()
    markers, bodies = model.getMarkerSet(), model.getBodySet()
    has = {markers.get(i).getName() for i in range(markers.getSize())}
    names = {bodies.get(i).getName(): bodies.get(i) for i in range(bodies.getSize())}
    called: dict[str, str] = {}
    for joint, place in wanted.items():
        if isinstance(place, str):
            if place not in has:
                raise _UnusableModel(f"it has no marker {place!r}")
            called[joint] = place
        elif place[0] in names:
            added = osim.Marker(f"kasf_{joint}", names[place[0]], osim.Vec3(*map(float, place[1])))
            model.addMarker(added)
            called[joint] = added.getName()
    if len(set(called.values())) < len(called):
        raise _UnusableModel("two joints are one marker")
    if len(called) < MIN_MARKERS:
        raise _UnusableModel(
            f"only {len(called)} joints have a place in it: name markers or bodies in --opensim-markers"
        )
    model.finalizeConnections()
    return called


def _over_time(times_s: NDArray[Any], value: float | list[float]) -> Any:
    """A function of time of one value, or of one value a frame."""
    if isinstance(value, (int, float)) or len(times_s) < 2:
        return osim.Constant(float(value) if isinstance(value, (int, float)) else float(value[0]))
    function = osim.PiecewiseLinearFunction()
    for time_s, one in zip(times_s, value, strict=True):
        function.addPoint(float(time_s), float(one))
    return function


def solve(
    model: osim.Model, state: Any, times_s: NDArray[Any], xyz_m: NDArray[Any], names: list[str],
    weights: dict[str, float], priors: dict[str, list[Any]],
) -> dict[str, Any]:  # fmt: skip
    """Inverse kinematics of each frame, from the frame before. xyz_m (T, M, 3) of the markers `names` (M,). priors:
    coordinate -> value (radians) and weight."""
    table = markers_table(times_s, xyz_m, names)
    kept = osim.SetMarkerWeights()
    for name in names:
        kept.cloneAndAppend(osim.MarkerWeight(name, weights[name]))
    references = osim.SimTKArrayCoordinateReference()
    for coordinate, (value, weight) in priors.items():
        reference = osim.CoordinateReference(coordinate, _over_time(times_s, value))
        reference.setWeight(weight)
        references.push_back(reference)
    solver = osim.InverseKinematicsSolver(model, osim.MarkersReference(table, kept), references, CONSTRAINT_WEIGHT)
    solver.setAccuracy(ACCURACY)
    coordinates = [model.getCoordinateSet().get(i) for i in range(model.getCoordinateSet().getSize())]
    values, errors, found = [], [], osim.SimTKArrayDouble()
    for k, time_s in enumerate(times_s):
        state.setTime(float(time_s))
        if k == 0:
            solver.assemble(state)
        else:
            solver.track(state)
        values.append([c.getValue(state) for c in coordinates])
        solver.computeCurrentMarkerErrors(found)
        errors.append([found.getElt(i) for i in range(found.size())])
    used = [solver.getMarkerNameForIndex(i) for i in range(solver.getNumMarkersInUse())]
    return about(coordinates) | {"values": np.array(values), "errors_m": np.array(errors), "markers": np.array(used)}


def markers_table(times_s: NDArray[Any], xyz_m: NDArray[Any], names: list[str]) -> Any:
    """OpenSim's table of markers. A marker of NaN is left out in that frame."""
    table = osim.TimeSeriesTableVec3()
    table.setColumnLabels(names)
    for time_s, row in zip(times_s, xyz_m, strict=True):
        table.appendRow(float(time_s), osim.RowVectorVec3([osim.Vec3(*map(float, place)) for place in row]))
    rate_hz = (len(times_s) - 1) / float(np.ptp(times_s)) if len(times_s) > 1 else 30.0
    table.addTableMetaDataString("DataRate", str(rate_hz))
    table.addTableMetaDataString("Units", "m")
    return table


def about(coordinates: list[Any]) -> dict[str, NDArray[Any]]:
    """Names, kinds and ranges of the coordinates, (C,) each."""
    return {
        "coordinates": np.array([c.getName() for c in coordinates]),
        "rotational": np.array([c.getMotionType() == ROTATIONAL for c in coordinates]),
        "range_low": np.array([c.getRangeMin() for c in coordinates]),
        "range_high": np.array([c.getRangeMax() for c in coordinates]),
        "clamped": np.array([c.get_clamped() for c in coordinates]),
        "locked": np.array([c.get_locked() for c in coordinates]),
    }


if __name__ == "__main__":
    os.chdir(sys.argv[1])  # OpenSim leaves a log in its working folder
    try:
        main(Path(sys.argv[1]))
    except (_UnusableModel, RuntimeError) as error:  # OpenSim's exceptions are RuntimeErrors of several lines
        print(str(error).strip().split("\n")[0], file=sys.stderr)
        sys.exit(1)
