"""The store of uploaded clips: what a start finds, keeps and removes."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from kasf_demo.serve import clips
from kasf_demo.serve.clips import Clip, ClipStore

RECORD = {
    "id": "a1", "name": "kick.mp4", "bytes": 1, "sha256": "0" * 64, "width": 2, "height": 2, "frame_rate": 25.0,
    "duration_s": 1.0, "frames": 25, "added": 1.0, "container": "mov,mp4",
}  # fmt: skip


def added(store: ClipStore, name: str = "a1") -> Clip:
    store.folder_of(name).mkdir()
    upload = store.folder_of(name) / "upload"
    upload.write_bytes(b"x")
    return store.add(upload, RECORD | {"id": name}, 10)


def test_a_record_of_a_newer_program_is_read(tmp_path: Path) -> None:
    clip = added(ClipStore(tmp_path))
    record = tmp_path / "records" / "a1.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"colour": "new"}))
    assert ClipStore(tmp_path).all() == [clip]


@pytest.mark.parametrize("text", ["{", '{"id": "a1"}', "", None])
def test_an_upload_with_an_unusable_record_is_kept(
    tmp_path: Path, text: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """None: the record cannot be opened."""
    clip = added(ClipStore(tmp_path))
    record = tmp_path / "records" / "a1.json"
    if text is None:
        record.unlink()
        record.mkdir()
    else:
        record.write_text(text)
    store = ClipStore(tmp_path)
    assert store.all() == [] and store.path(clip).read_bytes() == b"x"
    assert "is kept, but not listed" in caplog.text and str(record) in caplog.text


def test_an_upload_without_a_record_is_removed(tmp_path: Path) -> None:
    clip = added(ClipStore(tmp_path))
    (tmp_path / "records" / "a1.json").unlink()
    assert not ClipStore(tmp_path).path(clip).exists()


def test_a_clip_that_is_a_link_is_not_ours(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    store = ClipStore(tmp_path / "clips")
    clip = added(store)
    store.path(clip).unlink()
    store.path(clip).symlink_to(secret)
    assert ClipStore(tmp_path / "clips").all() == [] and secret.exists()


def test_the_table_is_read_while_a_record_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop reads it; a slow disk must not stop it."""
    store = ClipStore(tmp_path)
    first = added(store)
    writing, seen = threading.Event(), threading.Event()

    def slow(path: Path, record: dict[str, object]) -> None:
        writing.set()
        assert seen.wait(30)

    monkeypatch.setattr(clips, "write_record", slow)
    thread = threading.Thread(target=added, args=(store, "b2"))
    thread.start()
    assert writing.wait(30)
    reader = threading.Thread(target=lambda: store.all() == [first] and store.get("a1") == first and seen.set())
    reader.start()
    reader.join(5)
    read_meanwhile = seen.is_set()
    seen.set()
    thread.join()
    assert read_meanwhile and {clip.id for clip in store.all()} == {"a1", "b2"}
