"""Files of tensors, read without trusting them: torch zip checkpoints (.pth) and safetensors; safetensors written
atomically.

The format is detected from the content, not from the suffix. Nothing in a file is ever executed: torch reads with
`weights_only=True`, always.
"""

from __future__ import annotations

import json
import os
import re
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

StrPath = str | os.PathLike[str]

CONTAINERS = ("model", "model_pos", "state_dict")  # where training scripts put the network's tensors
ENTRIES = "entries"

_EITHER = " or ".join(f"`{name}`" for name in CONTAINERS)
_AGAIN = "download it again"
_TRUST = "loading it could run code: get the weights from a source that you trust"
_CONVERT = "convert it once: python -c \"from kasportsformer import convert; convert('in.pth', 'out.safetensors')\""
_EXPORT = "on a machine where you trust the file, save its state dict with safetensors.torch.save_file and use that"
_RUNS_CODE = re.compile(
    r"(posix|nt|os|sys|subprocess|builtins|__builtin__|runpy|pty|socket|shutil|importlib|ctypes|webbrowser|code|pickle|operator|functools)\."
)


class CheckpointError(ValueError):
    """A weights file cannot be used. `what` is wrong, `remedy` is what to do; together one line, without the path."""

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = one_line(what)
        self.remedy = one_line(remedy)
        super().__init__(f"{self.what}; {self.remedy}" if self.remedy else self.what)


def one_line(text: str, limit: int = 1000) -> str:
    """`text` without line breaks or control characters (file content may hold anything), cut at `limit` characters."""
    text = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def read_tensors(path: StrPath, *, allow_numpy_scalars: bool = False) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The named tensors of a torch file (its entry `model`, `model_pos` or `state_dict`, without the `module.` of
    data-parallel training) or safetensors file, and its string metadata. Tensors may be mapped from the file: copy what
    you keep.

    A torch file's metadata are the names of its entries (`ENTRIES`, comma separated) if it has any.
    `allow_numpy_scalars`: pass over numpy numbers and the state of numpy's random numbers, as training scripts leave
    them; they are dropped unread. Raises CheckpointError.
    """
    path = Path(path)
    try:
        kind = _kind(path)
        if kind == "safetensors":
            return _read_safetensors(path)
        return _read_torch(path, allow_numpy_scalars)
    except OSError as error:
        raise CheckpointError(
            f"cannot be read: {error.strerror or error}", "check the path and its permissions"
        ) from error


def _kind(path: Path) -> str:
    """ "torch" or "safetensors", by the first bytes; CheckpointError for everything else."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError("not a file", "give the weights file itself")
    if status.st_size == 0:
        raise CheckpointError("not a checkpoint: the file is empty", _AGAIN)
    with path.open("rb") as file:
        head = file.read(1024)
    if head.startswith(b"PK\x03\x04"):
        return "torch"
    if head[8:9] == b"{":
        return "safetensors"
    if re.match(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|\?xml|head|body)", head, re.IGNORECASE):
        raise CheckpointError(
            "not a checkpoint: looks like HTML",
            "Google Drive sends a page when its quota is used up: download it again later or in a browser",
        )
    if re.match(rb"\x80[\x02-\x05]|\x80\x8a|cos\n|cposix\n|c__builtin__\n|cbuiltins\n", head):
        raise CheckpointError("a bare pickle or a checkpoint from before torch 1.6, which is not opened", _TRUST)
    raise CheckpointError("not a checkpoint: neither a torch zip file nor safetensors", "check the path, or " + _AGAIN)


def _read_safetensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The library checks the header against the file's size before it allocates anything, and maps the tensors."""
    try:
        with safetensors.safe_open(path, framework="pt", device="cpu") as file:
            metadata = dict(file.metadata() or {})
            return {name: file.get_tensor(name) for name in file.keys()}, metadata  # noqa: SIM118 (not a dict)
    except (safetensors.SafetensorError, KeyError, ValueError, RuntimeError) as error:
        raise CheckpointError(f"not a usable safetensors file, damaged or truncated ({error})", _AGAIN) from error


def _read_torch(path: Path, allow_numpy_scalars: bool) -> tuple[dict[str, Tensor], dict[str, str]]:
    _check_zip(path)
    allowed = _IGNORED_NUMPY if allow_numpy_scalars else []
    try:
        with torch.serialization.safe_globals(allowed):
            # mmap: a large file costs no memory before its names and shapes are known to be right
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except OSError:
        raise
    except Exception as error:  # whatever the unpickler stumbles over, the file is at fault
        raise _refusal(path, error, {name for _, name in allowed}) from error
    container = next((name for name in CONTAINERS if isinstance(content, dict) and name in content), None)
    metadata = (
        {} if container is None else {ENTRIES: ",".join(sorted(ascii(name).strip("'") for name in content)[:100])}
    )
    state = content if container is None else content[container]
    if not isinstance(state, dict) or not state:
        raise CheckpointError(
            f"holds no state dict (expected a dict with {_EITHER})", "give a checkpoint of a lifting network"
        )
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise CheckpointError(
                f"its state dict holds something other than named tensors ({ascii(name)[:80]})", _EXPORT
            )
    bare = [name for name in state if not name.startswith("module.")]
    if 0 < len(bare) < len(state):
        raise CheckpointError(
            f"some of its tensors lack the prefix `module.` of the others ({ascii(bare[0])[:120]})", _EXPORT
        )
    return (state if bare else {name.removeprefix("module."): value for name, value in state.items()}), metadata


def _check_zip(path: Path) -> None:
    """Refuses what is no torch archive, and archives that unpack to more than their own size (torch writes uncompressed
    ones)."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise CheckpointError("not a checkpoint: truncated or damaged (a zip file without its end)", _AGAIN) from error
    if not any(entry.filename.endswith("/data.pkl") for entry in entries):
        raise CheckpointError("a zip archive, but not a torch checkpoint", "give a .pth or .safetensors file")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > path.stat().st_size or any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise CheckpointError("a compressed archive, which torch does not write", _TRUST)


class _Ignored:
    """Replaces numpy's types and constructors: discards values of the file that are not needed."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, _: object) -> None: ...


# Numbers, and the state of numpy's random numbers. Nothing of numpy is called, so that allowing these names cannot do
# harm
_IGNORED_NUMPY: list[Any] = [
    (_Ignored, f"numpy.{name}")
    for name in (
        "dtype", "ndarray", "core.multiarray.scalar", "_core.multiarray.scalar", "core.multiarray._reconstruct",
        "_core.multiarray._reconstruct", "random._mt19937.MT19937", "random._pickle.__bit_generator_ctor",
        "random._pickle.__randomstate_ctor",
    )
]  # fmt: skip


def _refusal(path: Path, error: Exception, allowed: set[str]) -> CheckpointError:
    """Names the Python objects in the file that are not `allowed`, worst first, without making any; or calls it
    damaged."""
    try:
        found = set(torch.serialization.get_unsafe_globals_in_checkpoint(path)) - allowed
        names = sorted(found, key=lambda name: (not _RUNS_CODE.match(name), name))
    except Exception:  # the scan fails on the same damage; the regular expression below reads torch's own message
        names = re.findall(r"GLOBAL (\S+) was not an allowed", str(error))
    if not names:
        reason = str(error).split("WeightsUnpickler error:")[-1].strip().split("\n")[0]
        return CheckpointError(
            f"not a usable checkpoint, damaged or truncated ({type(error).__name__}: {reason[:120]})", _AGAIN
        )
    what = f"holds Python objects ({', '.join(names[:5])}), not only tensors"
    if any(_RUNS_CODE.match(name) for name in names):
        return CheckpointError(what, _TRUST)
    return CheckpointError(what, _CONVERT if all(name.startswith("numpy.") for name in names) else _EXPORT)


def write_safetensors(tensors: Mapping[str, Tensor], path: StrPath, metadata: Mapping[str, str]) -> None:
    """Writes the file whole or not at all: a temporary file beside it, fsync, rename. Same input, same bytes. Raises
    OSError."""
    path = Path(path)
    content = _sorted_header(safetensors.torch.save(dict(tensors), dict(metadata)))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _sorted_header(content: bytes) -> bytes:
    """safetensors writes metadata in random order; sorted, so that a file's hash can be reproduced."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header["__metadata__"] = dict(sorted(header.get("__metadata__", {}).items()))
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # tensors stay aligned; their offsets count from the header's end
    return len(text).to_bytes(8, "little") + text + content[end:]
