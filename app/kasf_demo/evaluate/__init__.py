"""How far a result is from the truth of its clip: `kasf-demo eval`, the demo, the benchmark and the tests of accuracy use this room."""

from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import Truth, load_truth
from kasf_demo.evaluate.measure import AthleteErrors, Evaluation, evaluate

__all__ = ["AthleteErrors", "Estimate", "Evaluation", "Truth", "evaluate", "load_truth"]
