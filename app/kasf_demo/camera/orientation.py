"""The camera's tilt and roll from several sources, combined by their uncertainties.

tilt: how far the camera looks down; roll: how far the image is turned clockwise. The vertical in camera axes (x right,
y down, z forward) is then (sin roll cos tilt, -cos roll cos tilt, -sin tilt).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kasf_demo.types.arrays import FloatArray
from kasf_demo.types.camera import CameraAngle, Orientation

# Student's t-distributions: degrees of freedom of a source's errors; scale and degrees of freedom of tilt and roll
# before anything is seen. A camera is held level, or it is turned on purpose: rolls have the widest tails
NU = 3.0
PRIOR_SIGMA_DEG, PRIOR_NU = np.array([8.0, 2.0]), np.array([3.0, 1.0])
ROUNDS = 50
CONFLICT_SIGMAS, CONFLICT_DEG = 3.0, 6.0  # a source that is further off than both is named
MAX_TILT_DEG = 60.0
MAX_READINGS = 12
COVERED = 0.683  # probability that the error is at most sigma
GRID, GRID_REACH_DEG = 41, 60.0  # points and reach, along either axis, where the probability is summed


@dataclass(frozen=True)
class Evidence:
    """One source's estimate: angles (2,) tilt and roll, and their covariance (2, 2), degrees. others: further readings
    of the same data, each with its log probability behind this one."""

    name: str
    deg: FloatArray
    covariance: FloatArray
    others: tuple[tuple[Evidence, float], ...] = ()

    @classmethod
    def of(cls, name: str, up: FloatArray, sigma_deg: Sequence[float]) -> Evidence:
        """From the vertical (3,) in camera axes and the standard deviations of tilt and roll."""
        return cls(name, angles_of(up), np.diag(np.square(np.asarray(sigma_deg, float))))

    @property
    def sigma_deg(self) -> FloatArray:
        """(2,) of tilt and roll."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def angles_of(up: FloatArray) -> FloatArray:
    """(..., 2) tilt and roll, degrees, of verticals (..., 3) in camera axes."""
    up = up / np.linalg.norm(up, axis=-1, keepdims=True)
    return np.asarray(np.degrees(np.stack([np.arcsin(-up[..., 2]), np.arctan2(up[..., 0], -up[..., 1])], axis=-1)))


def up_of(deg: FloatArray) -> FloatArray:
    """(..., 3) the vertical in camera axes from tilt and roll (..., 2), degrees."""
    tilt, roll = np.moveaxis(np.radians(deg), -1, 0)
    parts = [np.sin(roll) * np.cos(tilt), -np.cos(roll) * np.cos(tilt), -np.sin(tilt)]
    return np.asarray(np.stack(parts, axis=-1))


def combine(found: Sequence[Evidence], given: Mapping[str, float | None]) -> Orientation:
    """The most probable orientation. Every source, and the prior of a level camera, may be wrong: errors have Student's
    t-distribution, so a source that is far from all others hardly counts. `given` holds the values of --tilt and
    --roll, or None."""
    readings = list(_readings(found))
    best = min((_most_probable(some, behind) for some, behind in readings), key=lambda fit: fit.cost)
    deg, sigma, found = best.deg, _sigma_deg(best, readings), best.found
    parts = [{e.name: (float(e.deg[i]), float(e.sigma_deg[i])) for e in found} for i in range(2)]
    angles = []
    for i, name in enumerate(("tilt", "roll")):
        value = given.get(name)
        if value is not None:
            angles.append(CameraAngle(value, "given"))
        elif not found:
            angles.append(CameraAngle(0.0, "assumed"))
        else:
            angles.append(CameraAngle(float(deg[i]), "estimated", float(sigma[i]), parts[i]))
    free = [i for i, angle in enumerate(angles) if angle.source == "estimated"]
    return Orientation(angles[0], angles[1], _conflict(found, deg, free))


@dataclass(frozen=True)
class _Fit:
    """The best angles (2,), degrees, for one reading of every source, and their covariance (2, 2) if errors were
    normal."""

    deg: FloatArray
    covariance: FloatArray
    found: Sequence[Evidence]
    cost: float  # twice the negative log probability


def _readings(found: Sequence[Evidence]) -> Iterator[tuple[list[Evidence], float]]:
    """One reading of every source, and the log probability that they are behind."""
    choices = [((e, 0.0), *e.others) for e in found]
    for chosen in itertools.islice(itertools.product(*choices), MAX_READINGS):
        yield [e for e, _ in chosen], sum(behind for _, behind in chosen)


def _most_probable(found: Sequence[Evidence], behind: float) -> _Fit:
    """Iteratively re-weighted least squares from several starts."""
    precise = [np.linalg.inv(e.covariance) for e in found]
    best, best_cost, information = np.zeros(2), np.inf, np.diag(PRIOR_SIGMA_DEG**-2.0)
    for start in (np.zeros(2), *(e.deg for e in found)):
        deg = np.asarray(start, float)
        for _ in range(ROUNDS):
            total = np.diag((PRIOR_NU + 1) / (PRIOR_NU + (deg / PRIOR_SIGMA_DEG) ** 2) / PRIOR_SIGMA_DEG**2)
            wanted = np.zeros(2)
            for e, p in zip(found, precise, strict=True):
                weight = (NU + 2) / (NU + (e.deg - deg) @ p @ (e.deg - deg))
                total, wanted = total + weight * p, wanted + weight * p @ e.deg
            before, deg = deg, np.linalg.solve(total, wanted)
            if np.abs(deg - before).max() < 1e-3:
                break
        if (value := float(_cost(found, deg))) < best_cost:
            best, best_cost, information = deg, value, total
    best = np.clip(best, [-MAX_TILT_DEG, -180.0], [MAX_TILT_DEG, 180.0])
    return _Fit(best, np.linalg.inv(information), found, best_cost + 2 * behind)


def _cost(found: Sequence[Evidence], deg: FloatArray) -> FloatArray:
    """(...) twice the negative log probability of angles (..., 2)."""
    total = ((PRIOR_NU + 1) * np.log1p((deg / PRIOR_SIGMA_DEG) ** 2 / PRIOR_NU)).sum(-1)
    for e in found:
        off = deg - e.deg
        total = total + (NU + 2) * np.log1p(np.einsum("...i,ij,...j->...", off, np.linalg.inv(e.covariance), off) / NU)
    return np.asarray(total)


def _sigma_deg(best: _Fit, readings: Sequence[tuple[list[Evidence], float]]) -> FloatArray:
    """(2,) by how much either angle is off at most with a probability of COVERED. The probability is summed on a grid
    along the axes of the best fit's covariance, dense at its centre: sources that contradict each other, or the prior,
    leave a second maximum or a long tail, which the covariance does not show."""
    variance, axes = np.linalg.eigh(best.covariance)
    steps = []
    for sigma in np.sqrt(variance):
        end = np.arcsinh(GRID_REACH_DEG / sigma)
        steps.append(sigma * np.sinh(np.linspace(-end, end, GRID)))
    off = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1) @ axes.T
    area = np.multiply.outer(*(np.gradient(s) for s in steps))
    cost = np.array([_cost(some, best.deg + off) + 2 * behind for some, behind in readings])
    share = (area * np.exp(-(cost - cost.min()) / 2)).sum(0).ravel()
    found = []
    for error in np.moveaxis(np.abs(off), -1, 0):
        order = np.argsort(error.ravel(), kind="stable")
        found.append(np.interp(COVERED, np.cumsum(share[order]) / share.sum(), error.ravel()[order]))
    return np.asarray(found)


def _conflict(found: Sequence[Evidence], deg: FloatArray, free: Sequence[int]) -> str | None:
    """One line on sources that are far from the combination in an angle that is estimated."""
    off = [
        (name, e)
        for e in found
        for i, name in ((0, "tilt"), (1, "roll"))
        if i in free and abs(e.deg[i] - deg[i]) > max(CONFLICT_DEG, CONFLICT_SIGMAS * e.sigma_deg[i])
    ]
    if not off:
        return None
    names = dict.fromkeys(name for name, _ in off)
    texts = [
        f"{name} {', '.join(f'{e.name} {e.deg[i]:z.0f}°' for e in found)}"
        for i, name in ((0, "tilt"), (1, "roll"))
        if name in names
    ]
    flags = " and ".join(f"--{name}" for name in names)
    return f"the sources of the camera's orientation disagree ({'; '.join(texts)}); {flags} would set it"
