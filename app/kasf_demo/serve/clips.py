"""The uploaded clips: a folder for each, with the file, its record and small images."""

from __future__ import annotations

import logging
import os
import shutil
import threading
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from kasf_demo.batch.discover import CLIP_SUFFIXES
from kasf_demo.serve.errors import ApiError, not_found
from kasf_demo.serve.names import safe_stem
from kasf_demo.serve.records import read_records, remove_record, write_record
from kasf_demo.serve.sent_file import regular

LOG = logging.getLogger("kasf_demo.serve")

# by libav's names of containers
SUFFIXES = (
    ("matroska", ".mkv"),
    ("webm", ".webm"),
    ("avi", ".avi"),
    ("mpegts", ".ts"),
    ("mpeg", ".mpg"),
    ("gif", ".gif"),
)


def _suffix(name: str, container: str) -> str:
    """The client's, if it is one of a video, else what the container is called."""
    given = PurePosixPath(name).suffix.lower()
    found = next((suffix for kind, suffix in SUFFIXES if kind in container), ".mp4")
    return given if given in CLIP_SUFFIXES else found


@dataclass(frozen=True)
class Clip:
    """An uploaded clip: `file` is its name in its own folder, `name` what the client called it; sizes in px, upright;
    added: seconds since 1970."""

    id: str
    name: str
    file: str
    bytes: int
    sha256: str
    width: int
    height: int
    frame_rate: float
    duration_s: float
    frames: int | None
    added: float


class ClipStore:
    """Clips below `folder`. Safe to call from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()  # of the table: never held while the disk is waited for
        self._writing = threading.Lock()  # of changes
        (folder / "records").mkdir(parents=True, exist_ok=True)
        self._clips = {}
        for record in read_records(folder / "records"):
            clip = self._of_record(record)
            if clip is not None:
                self._clips[clip.id] = clip
        self._remove_unknown()

    def _of_record(self, record: dict[str, Any]) -> Clip | None:
        """Fields that a newer program wrote are left out."""
        try:
            clip = Clip(**{k: v for k, v in record.items() if k in Clip.__dataclass_fields__})
            good = clip.file == f"{safe_stem(clip.file)}{Path(clip.file).suffix}"
        except (TypeError, AttributeError):
            return None
        return clip if good and regular(self.folder_of(clip.id) / clip.file, self.folder) else None

    def _remove_unknown(self) -> None:
        """Removes uploads that were cut off when the server ended. They have no record: one that cannot be read keeps
        its clip."""
        for path in self.folder.iterdir():
            if path.name == "records" or path.name in self._clips:
                continue
            record = self.folder / "records" / f"{path.name}.json"
            if os.path.lexists(record):
                LOG.warning("warning: a clip in %s is kept, but not listed: %s cannot be used", path, record)
            else:
                shutil.rmtree(path, ignore_errors=True)

    def folder_of(self, clip_id: str) -> Path:
        """The folder of a clip; `clip_id` is one of ours."""
        return self.folder / clip_id

    def path(self, clip: Clip) -> Path:
        """The file."""
        return self.folder_of(clip.id) / clip.file

    def all(self) -> list[Clip]:
        """The newest first."""
        with self._guard:
            return sorted(self._clips.values(), key=lambda c: (-c.added, c.id))

    def get(self, clip_id: str) -> Clip:
        """Raises ApiError (404)."""
        with self._guard:
            clip = self._clips.get(clip_id)
        if clip is None:
            raise not_found("clip")
        return clip

    def of_hash(self, sha256: str) -> Clip | None:
        """The stored clip with this content."""
        with self._guard:
            return next((c for c in self._clips.values() if c.sha256 == sha256), None)

    def add(self, upload: Path, record: dict[str, Any], most: int) -> Clip:
        """Takes the file `upload` in the clip's folder under its own name. Raises ApiError, OutputError."""
        file = f"{safe_stem(record['name'])}{_suffix(record['name'], record['container'])}"
        kept = {k: v for k, v in record.items() if k in Clip.__dataclass_fields__}
        clip = Clip(**kept, file=file)
        with self._writing:
            if len(self._clips) >= most:
                raise ApiError(409, "too_many_clips", f"{most} clips are stored; delete some first")
            upload.rename(self.folder_of(clip.id) / file)
            write_record(self.folder / "records" / f"{clip.id}.json", asdict(clip))
            with self._guard:
                self._clips[clip.id] = clip
        return clip

    def remove(self, clip_id: str) -> None:
        """The file and all that belongs to it. Raises ApiError (404)."""
        with self._writing:
            with self._guard:
                if self._clips.pop(clip_id, None) is None:
                    raise not_found("clip")
            remove_record(self.folder / "records" / f"{clip_id}.json")
        shutil.rmtree(self.folder_of(clip_id), ignore_errors=True)
