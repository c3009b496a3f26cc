"""All options of a run with their defaults: one dataclass for flags, config files and Python calls."""

from kasf_demo.options.convert import from_mapping, from_toml, path_from
from kasf_demo.options.formats import EXPORTS, FORMATS, REPORTS, OutputFormat
from kasf_demo.options.options import Options, View, flag

__all__ = [
    "EXPORTS",
    "FORMATS",
    "REPORTS",
    "Options",
    "OutputFormat",
    "View",
    "flag",
    "from_mapping",
    "from_toml",
    "path_from",
]
