"""The options of the lifting network, for commands that lift."""

from __future__ import annotations

from typing import Annotated, Literal

from kasf_demo.cli.shared import LIFT, option

LifterName = Annotated[
    str | None,
    option(
        "--lifter",
        panel=LIFT,
        help="Lifting network by its name in `weights list`, such as motionagformer-b; with --weights: the file is one of these.",
    ),
]
WeightsFile = Annotated[
    str,
    option(
        "--weights",
        panel=LIFT,
        help="Lifting network: a name from `weights list`, or a .safetensors or official .pth, .pth.tr or .bin file.",
    ),
]
Normalise = Annotated[
    Literal["auto", "square-crop", "full-frame", "whole-clip"],
    option(
        "--normalisation", panel=LIFT, help="Image area that the network's input is normalised in; auto: as trained."
    ),
]
Heads = Annotated[
    int | None, option("--heads", panel=LIFT, help="Attention heads, if the .pth file does not record them.")
]
Hypotheses = Annotated[int | None, option("--hypotheses", panel=LIFT, help="D3DP: poses that are drawn.  [default: 5]")]
Steps = Annotated[int | None, option("--steps", panel=LIFT, help="D3DP: steps of the sampler.  [default: 2]")]
Seed = Annotated[int | None, option("--seed", panel=LIFT, help="D3DP: seed of the noise.  [default: 0]")]
Aggregate = Annotated[
    Literal["p", "j"] | None,
    option(
        "--aggregate",
        panel=LIFT,
        help="D3DP: the mean of the poses (p), or each joint from the pose nearest to its keypoint (j).  [default: p]",
    ),
]
Device = Annotated[
    Literal["auto", "cpu", "cuda", "mps"], option("--device", panel=LIFT, help="Where the networks run.")
]
Backend = Annotated[
    Literal["auto", "torch", "openvino"],
    option(
        "--backend",
        panel=LIFT,
        help="What runs the lifting network; auto: openvino on a CPU where it is installed.",
    ),
]
