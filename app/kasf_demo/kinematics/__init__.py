"""Joint angles, speeds and events of a pose in world axes (z up). numpy only; docs/angles.md has the definitions and a
figure."""

from kasf_demo.kinematics.measure import measure, measure_angles, with_jumps
from kasf_demo.kinematics.plausibility import find_doubtful

__all__ = ["find_doubtful", "measure", "measure_angles", "with_jumps"]
