"""Two motions side by side: two results, or a result and the ground truth, aligned in time and space, and their
differences."""

from kasf_demo.compare.difference import Comparison, compare
from kasf_demo.compare.side import Side, from_result, from_truth

__all__ = ["Comparison", "Side", "compare", "from_result", "from_truth"]
