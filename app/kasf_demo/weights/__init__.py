"""Weights by name or path: registry, files on this disk, fetching, verifying. Imports neither torch nor a detector.

Every file is hashed before anything reads it, cached and shipped ones too.
"""

from kasf_demo.files.cache import cache_dir, usable_cache
from kasf_demo.weights.hashing import recorded_hash, sha256_of
from kasf_demo.weights.manage import WeightsRow, convert, rows, verify
from kasf_demo.weights.registry_file import DEFAULT_CROP_SCALE, Crop, Entry, find, registry, shipped_dir
from kasf_demo.weights.shipped import shipped_conversion
from kasf_demo.weights.store import Resolved, available, fetch, resolve, resolve_lifter

__all__ = [
    "DEFAULT_CROP_SCALE",
    "Crop",
    "Entry",
    "Resolved",
    "WeightsRow",
    "available",
    "cache_dir",
    "convert",
    "fetch",
    "find",
    "recorded_hash",
    "registry",
    "resolve",
    "resolve_lifter",
    "rows",
    "sha256_of",
    "shipped_conversion",
    "shipped_dir",
    "usable_cache",
    "verify",
]
