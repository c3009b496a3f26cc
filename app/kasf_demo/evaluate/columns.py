"""All measured quantities: names, units and order for tables, plots and Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kasf_demo.evaluate.measure import AthleteErrors


@dataclass(frozen=True)
class Quantity:
    """A quantity of AthleteErrors: `key` is its field; displayed times `factor` with `digits` decimals in `unit`, on
    the console and in the CSV. `short` is its title where room is scarce."""

    key: str
    short: str
    title: str
    unit: str = "mm"
    digits: int = 0
    factor: float = 1.0

    @property
    def column(self) -> str:
        """Its name in the CSV, which holds the unit: "pck_2d_percent"."""
        return f"{self.key}_percent" if self.unit == "%" else self.key

    def value(self, errors: AthleteErrors) -> float:
        """The number in `unit`; a whole number stays one."""
        number: float = getattr(errors, self.key)
        return number if self.factor == 1 else number * self.factor

    def text(self, errors: AthleteErrors) -> str:
        """The number as shown; a dash where there is none."""
        value = self.value(errors)
        return f"{value:.{self.digits}f}" if math.isfinite(value) else "-"


QUANTITIES = (
    Quantity("frames", "frames", "frames", ""),
    Quantity("missing", "missing", "missing", "frames"),
    Quantity("switches", "switches", "identity switches", ""),
    Quantity("px_mean", "2D px", "2D error, mean", "px", 1),
    Quantity("px_median", "2D px, median", "2D error, median", "px", 1),
    Quantity("pck_2d", "PCK %", "2D PCK@0.05 of the box", "%", 0, 100),
    Quantity("mpjpe_mm", "MPJPE", "MPJPE"),
    Quantity("n_mpjpe_mm", "N-MPJPE", "N-MPJPE"),
    Quantity("p_mpjpe_mm", "P-MPJPE", "P-MPJPE"),
    Quantity("mpjve_mm", "MPJVE", "MPJVE", "mm/frame"),
    Quantity("accel_mm", "accel", "acceleration error", "mm/frame²"),
    Quantity("side_mm", "side", "error to the side"),
    Quantity("up_mm", "up", "error up or down"),
    Quantity("depth_mm", "depth", "error in depth"),
    Quantity("heel_mm", "heel", "error of heels"),
    Quantity("toe_mm", "toe", "error of toes"),
    Quantity("ankle_deg", "ankle °", "error of ankle angles", "°", 1),
    Quantity("bone_spread", "bones %", "bone-length spread", "%", 1, 100),
    Quantity("skate_mm_s", "skate", "foot skate", "mm/s"),
    Quantity("skate_pose_mm_s", "skate, limbs", "foot skate of the limbs alone", "mm/s"),
    Quantity("skate_truth_mm_s", "skate, ground truth", "foot skate of the ground truth", "mm/s"),
    Quantity("stature_m", "height", "true height", "m", 2),
    Quantity("height_m", "height used", "height used for the scale", "m", 2),
)


def csv_rows(athletes: Sequence[AthleteErrors]) -> list[list[object]]:
    """Header and a row per athlete: the numbers and units of the console, unrounded; cells without a value are
    empty."""
    rows: list[list[object]] = [["athlete", "persons", *(q.column for q in QUANTITIES), "scale_kind"]]
    for e in athletes:
        rows.append([e.athlete, " ".join(e.persons), *(csv_cell(q.value(e)) for q in QUANTITIES), e.scale_kind])
    return rows


def csv_cell(value: float) -> object:
    """Whole numbers as they are, others with 5 significant digits, nothing for NaN."""
    if isinstance(value, int):
        return value
    return f"{value:.5g}" if math.isfinite(value) else ""
