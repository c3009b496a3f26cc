"""`python -m kasportsformer.training`: pack, heldout, train, evaluate, export, plot."""

from __future__ import annotations

import sys

from . import commands
from .arguments import check_inputs, parser


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    check_inputs(args)
    commands.COMMANDS[args.command](args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
