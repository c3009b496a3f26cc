"""The tests that coaches run, measured on one person: jumps, running, gait, squats, changes of direction.
docs/sports.md defines every number."""

from kasf_demo.assess.run import TESTS, assess
from kasf_demo.assess.values import Assessment, Measured, Recording

__all__ = ["TESTS", "Assessment", "Measured", "Recording", "assess"]
