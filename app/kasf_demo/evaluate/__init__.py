"""Errors of a result against the ground truth of its clip, for `kasf-demo eval`, the demo, benchmarks and accuracy
tests."""

from kasf_demo.evaluate.estimate import Estimate
from kasf_demo.evaluate.ground_truth import Truth, load_truth
from kasf_demo.evaluate.measure import AthleteErrors, Evaluation, evaluate

__all__ = ["AthleteErrors", "Estimate", "Evaluation", "Truth", "evaluate", "load_truth"]
