"""Two motions side by side: a result and another one, or the truth; aligned in time and space, and how far they are apart."""

from kasf_demo.compare.difference import Comparison, compare
from kasf_demo.compare.side import Side, from_result, from_truth

__all__ = ["Comparison", "Side", "compare", "from_result", "from_truth"]
