"""Weights on disk: shipped, cached or a user's own; fetched on request and verified before use."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path

from kasf_demo.errors import ModelError, UsageError
from kasf_demo.files.cache import Say, cache_dir
from kasf_demo.system import filesystem
from kasf_demo.weights import download
from kasf_demo.weights.hashing import record_hash, record_path, recorded_hash, sha256_of
from kasf_demo.weights.registry_file import DEFAULT_CROP_SCALE, Entry, Kind, Source, find, registry, shipped_dir

DEFAULT_LIFTER = "kasf-open-s"
# keys in a .safetensors header: the registry name that it was converted from; that it was adapted from, whose settings
# it has; and its own limb_ratio
CONVERTED_FROM, ADAPTED_FROM, LIMB_RATIO = "kasf_demo_weights", "kasf_demo_adapted_from", "kasf_demo_limb_ratio"
EXPORTED = (".xml", ".onnx", ".pt", ".engine", ".mlpackage", ".tflite")  # what an exported model's folder holds


@dataclass(frozen=True)
class Resolved:
    """Weights that may be loaded: the file or folder, its sha256, and its registry entry (None for a user's own).
    settings: the entry whose settings it is loaded with, if that is not its own. own_limb_ratio: that of
    its header."""

    name: str
    path: Path
    sha256: str
    entry: Entry | None = None
    settings: Entry | None = None
    own_limb_ratio: float | None = None

    @property
    def known(self) -> Entry | None:
        """The entry that describes the network."""
        return self.settings or self.entry

    @property
    def crop_scale(self) -> float:
        """Side of the square that a lifter's input is normalised in, in extents of the athlete."""
        return self.known.crop.scale if self.known and self.known.crop else DEFAULT_CROP_SCALE

    @property
    def limb_ratio(self) -> float:
        """Predicted / true limb length of a lifter; 1 if not measured."""
        if self.own_limb_ratio is not None:
            return self.own_limb_ratio
        return self.known.limb_ratio if self.known else 1.0

    @property
    def heads(self) -> int | None:
        """Attention heads, if the registry has them."""
        return self.known.heads if self.known else None


def place(entry: Entry) -> Path:
    """Where the entry's file is or would be."""
    return shipped_dir() / entry.file if entry.file else cache_dir() / "weights" / entry.filename


def available(name: str) -> Path | None:
    """The file of a known name if it is on this disk, shipped or cached; nothing is fetched or hashed."""
    entry = find(name)
    path = place(entry) if entry else None
    return path if path and path.is_file() else None


def resolve(
    name_or_path: str | Path,
    *,
    kind: Kind,
    offline: bool = False,
    say: Say = print,
    progress: download.OnBytes | None = None,
) -> Resolved:
    """Verified weights for a name of the registry (fetched if need be, unless `offline`) or a user's own file or
    exported folder.

    A user's file that is byte for byte a known one gets that one's entry. Raises ModelError: unknown name, no such
    file, another kind, a hash that differs (a cached file is then set aside as `.bad`), missing and not fetchable.
    """
    path = Path(name_or_path)
    entry = _known(str(name_or_path), path)
    if entry is None:
        return _own(str(name_or_path), path, kind)
    if entry.kind != kind:
        raise ModelError(f"{entry.name} is a {entry.kind}, not a {kind}", f"{kind}s: {', '.join(_names(kind))}")
    return fetch(entry.name, offline=offline, say=say, progress=progress)


def resolve_lifter(file: str, name: str | None, *, offline: bool = False, say: Say = print) -> Resolved:
    """Verified weights of a lifting network: `file` as `resolve` takes it; with `name`, the known network of that name
    or alias, or `file` with the settings of that network. Raises ModelError, and UsageError for two different names."""
    if name is None:
        return resolve(file, kind="lifter", offline=offline, say=say)
    entry = find(name)
    if entry is None or entry.kind != "lifter":
        remedy = f"available: {', '.join(_names('lifter'))}; or the path of a file with --weights"
        raise ModelError(f"no lifting network is called {name!r}", remedy)
    if file == DEFAULT_LIFTER:
        return resolve(entry.name, kind="lifter", offline=offline, say=say)
    found = resolve(file, kind="lifter", offline=offline, say=say)
    if found.entry is not None and found.entry is not entry:
        what = f"--lifter {entry.name} and --weights {file} are two networks"
        raise UsageError(what, f"drop one of them; the file is {found.entry.name}")
    return replace(found, settings=entry)


def fetch(name: str, *, offline: bool = False, say: Say = print, progress: download.OnBytes | None = None) -> Resolved:
    """The known weights `name`, verified; fetched when they are not on this disk. Raises ModelError as `resolve`
    does."""
    entry = find(name)
    if entry is None:
        raise ModelError(f"no weights are called {name!r}", f"available: {', '.join(registry())}")
    name = entry.name
    path = place(entry)
    if path.is_file():
        return _verified(entry, path, say)
    if entry.file:
        raise ModelError("shipped weights are missing", "install kasf-demo again", path=path)
    if entry.page:
        what = f"{name} is not on this machine, and its makers' address cannot be fetched by a program"
        raise ModelError(what, f"download it from {entry.page} in a browser and save it as {path} ({entry.licence})")
    if offline:
        raise ModelError(
            f"{name} is not on this machine and --offline forbids fetching it",
            f"run `kasf-demo weights fetch {name}` without --offline, or put {entry.link} at {path}",
        )
    with download.lock(path, say):
        if not path.is_file():  # another process may have fetched it while this one waited for the lock
            _fetch(entry, path, say, progress)
    return _verified(entry, path, say)


def expected_hash(entry: Entry, path: Path) -> str | None:
    """Expected hash of `path`: from the registry, else as recorded at the first fetch, else None."""
    return entry.sha256 or (None if entry.file else recorded_hash(path))


def _fetch(entry: Entry, path: Path, say: Say, progress: download.OnBytes | None) -> None:
    """From the first address that gives the file. Raises the error of the first one, which is its makers' own, if all
    fail."""
    say(f"fetching {entry.name} ({entry.size_text}, licence: {entry.licence}) from {entry.link} to {path}")
    first: download.FetchError | None = None
    for i, source in enumerate(entry.sources or (None,)):
        try:
            return _fetch_from(source, entry, path, say, progress)
        except download.FetchError as error:
            first = first or error
            if i + 1 < len(entry.sources):
                say(f"{error.what}; trying {entry.sources[i + 1].url}")
    assert first is not None
    raise first


def _fetch_from(source: Source | None, entry: Entry, path: Path, say: Say, progress: download.OnBytes | None) -> None:
    """From one address, or from Google Drive if it is None. Raises FetchError, and ModelError for a file of another
    hash, or if the disk cannot be written."""
    part = path.with_name(path.name + ".part")
    sha256 = download.download(
        part, url=source.url if source else None, member=source.member if source else None, gdrive_id=entry.gdrive_id,
        size_bytes=entry.size_bytes, final=path, on_bytes=progress,
    )  # fmt: skip
    expected = expected_hash(entry, path)
    if expected and sha256 != expected:
        raise _mismatch(entry, part, path, expected, sha256)
    if not expected:  # recorded before the rename, so that no fetched file exists without a hash
        _record(path, sha256, say)
    download.install(part, path)


def _verified(entry: Entry, path: Path, say: Say) -> Resolved:
    sha256 = _hash(path)
    expected = expected_hash(entry, path)
    if expected and sha256 != expected:
        raise _mismatch(entry, path, path, expected, sha256)
    if not expected and not entry.file:  # put there by hand
        _record(path, sha256, say)
    return Resolved(entry.name, path, sha256, entry)


def _record(path: Path, sha256: str, say: Say) -> None:
    try:
        record_hash(path, sha256)
        say(
            f"recorded the sha256 of {path.name}, {sha256}: no published hash exists; from now on every load"
            " verifies it"
        )
    except OSError as e:  # read-only cache: usable, but without a hash to verify against next time
        say(f"warning: cannot record the sha256 of {path.name} ({e.strerror}); it is {sha256}")


def _mismatch(entry: Entry, bad: Path, path: Path, expected: str, actual: str) -> ModelError:
    """The error for a file with an unexpected hash. A cached or fetched one is set aside; a shipped one is left
    alone."""
    size = bad.stat().st_size
    with contextlib.suppress(OSError), open(bad, "rb") as file:
        looks = ", looks like a web page" if download.looks_like_page(file.read(64)) else ""
    wanted = f" and {entry.size_bytes} bytes" if entry.size_bytes else ""
    what = (
        f"{entry.name} is damaged or not the real file: sha256 {actual} ({size} bytes{looks}), expected"
        f" {expected}{wanted}"
    )
    if entry.file:
        return ModelError(what, "install kasf-demo again", path=path)
    aside = path.with_name(path.name + ".bad")
    try:
        filesystem.replace(bad, aside)
        what += f"; set aside as {aside.name}"
    except OSError as e:
        what += f"; cannot be set aside: {e.strerror}"
    again = f"run `kasf-demo weights fetch {entry.name}` to fetch it again"
    if not entry.sha256:
        again += f"; if its makers changed the file, delete {record_path(path)} first"
    return ModelError(what, again, path=path)


def _known(text: str, path: Path) -> Entry | None:
    """The entry called `text`, by name, or by file name where no such file lies here (`yolo26n-pose.pt`)."""
    if entry := find(text):
        return entry
    return next((e for e in registry().values() if e.filename == text), None) if not os.path.exists(path) else None


def _names(kind: Kind) -> list[str]:
    return [e.name for e in registry().values() if e.kind == kind]


def _own(text: str, path: Path, kind: Kind) -> Resolved:
    """A user's own file or folder: hashed for the record, never changed. An OpenVINO .xml means its folder, which has
    the numbers."""
    path = path.parent if path.suffix == ".xml" and os.path.isfile(path) else path
    try:
        if not path.exists():
            if path.suffix or path.name != text:
                raise ModelError(
                    "no such weights file", f"check the path, or name one of {', '.join(_names(kind))}", path=path
                )
            raise ModelError(
                f"no {kind} is called {text!r}", f"available: {', '.join(_names(kind))}; or the path of a file"
            )
        if path.is_dir():
            if kind == "lifter":
                raise ModelError("is a folder, not a weights file", "give a .safetensors or .pth file", path=path)
            if not any(p.suffix in EXPORTED for p in path.iterdir()):
                raise ModelError(
                    "no exported model is in this folder",
                    "give a folder with an .xml and its .bin, or an .onnx",
                    path=path,
                )
        elif not path.is_file():
            raise ModelError("is not a regular file", "give a weights file", path=path)
    except OSError as e:
        raise ModelError(f"cannot be read: {e.strerror}", "check its permissions", path=path) from e
    sha256 = _hash(path)
    entry = same_file(sha256, kind)
    header = _header(path) if entry is None and kind == "lifter" else {}
    entry = entry or registry().get(header.get(CONVERTED_FROM, ""))
    return Resolved(path.name, path, sha256, entry, registry().get(header.get(ADAPTED_FROM, "")), _ratio(header))


def same_file(sha256: str, kind: Kind) -> Entry | None:
    """The known entry of this kind whose file has this hash, by the registry or by what a fetch recorded."""
    return next(
        (e for e in registry().values() if e.kind == kind and sha256 in (e.sha256, expected_hash(e, place(e)))), None
    )


def _header(path: Path) -> dict[str, str]:
    """What the header of a .safetensors file says of itself; empty for other files."""
    if path.suffix != ".safetensors":
        return {}
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError):  # the loader reports what is wrong with it
        return {}


def _ratio(header: dict[str, str]) -> float | None:
    with contextlib.suppress(ValueError):
        ratio = float(header.get(LIMB_RATIO, ""))
        return ratio if 0.5 <= ratio <= 1.5 else None
    return None


def _hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as e:
        raise ModelError(f"cannot be read: {e.strerror}", "check its permissions", path=path) from e
