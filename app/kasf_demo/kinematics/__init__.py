"""Joint angles, speeds and events of a pose in world axes (z up). numpy only; docs/angles.md has the definitions and a figure."""

from kasf_demo.kinematics.measure import measure, measure_angles

__all__ = ["measure", "measure_angles"]
