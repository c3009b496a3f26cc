"""Tracking people through the clip, selecting the athlete, repairing tracks. Pure numpy and scipy."""

from kasf_demo.tracking.collapsed_limbs import drop_collapsed_legs
from kasf_demo.tracking.in_shots import choose_in_shots, keep_ids, number_apart
from kasf_demo.tracking.interpolate import fill_gaps
from kasf_demo.tracking.left_right import find_short_swaps, repair_body_swaps, repair_short_swaps
from kasf_demo.tracking.limb_swaps import repair_limb_swaps
from kasf_demo.tracking.moment import at_moment
from kasf_demo.tracking.select import choose, flickers, parse_spec, point_warning, weight
from kasf_demo.tracking.swap_candidates import ARMS, LEGS, Span, swap_back, swap_candidates
from kasf_demo.tracking.tracker import follow

__all__ = [
    "ARMS",
    "LEGS",
    "Span",
    "at_moment",
    "choose",
    "choose_in_shots",
    "drop_collapsed_legs",
    "fill_gaps",
    "find_short_swaps",
    "flickers",
    "follow",
    "keep_ids",
    "number_apart",
    "parse_spec",
    "point_warning",
    "repair_body_swaps",
    "repair_limb_swaps",
    "repair_short_swaps",
    "swap_back",
    "swap_candidates",
    "weight",
]
