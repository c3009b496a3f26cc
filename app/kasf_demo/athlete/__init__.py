"""Who is who through the clip, and which of them is the athlete: follow, choose, repair. Pure numpy and scipy."""

from kasf_demo.athlete.choose import choose, flickers, parse_spec, point_warning, weight
from kasf_demo.athlete.facing import face_right
from kasf_demo.athlete.follow import follow
from kasf_demo.athlete.repair import fill_gaps
from kasf_demo.athlete.shots import choose_in_shots, number_apart
from kasf_demo.athlete.unswap import find_swaps, unswap

__all__ = [
    "choose", "choose_in_shots", "face_right", "fill_gaps", "find_swaps", "flickers", "follow", "number_apart", "parse_spec",
    "point_warning", "unswap", "weight",
]  # fmt: skip
