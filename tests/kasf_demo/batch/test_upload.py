"""Results that go to a URL: each whole or not at all."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from batches import batch

from clips import make_clips
from kasf_demo.errors import OutputError, UsageError


@pytest.mark.usefixtures("here")
def test_results_go_to_a_url(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    keypoints, out = make_clips(tmp_path / "in", ["a", "sub/b"]), tmp_path / "out"
    url = f"file://{tmp_path}/bucket/run"
    batch(tmp_path / "in", out, keypoints, upload=url)
    assert sorted(p.name for p in (tmp_path / "bucket" / "run").rglob("*") if p.is_file()) == [
        "a.csv",
        "a.json",
        "b.csv",
        "b.json",
    ]
    assert not list(out.rglob("a.csv")) and f"{url}/sub/b.csv" in (out / "index.html").read_text()
    before = (tmp_path / "bucket" / "run" / "a.csv").stat().st_mtime_ns
    batch(tmp_path / "in", out, keypoints, upload=url)
    assert (tmp_path / "bucket" / "run" / "a.csv").stat().st_mtime_ns == before
    batch(tmp_path / "in", out, keypoints, upload=f"{url}2")  # done, but not there
    assert (tmp_path / "bucket" / "run2" / "sub" / "b.json").exists()
    batch(tmp_path / "in", out, keypoints)
    assert (out / "sub" / "b.json").exists()


@pytest.mark.parametrize(
    ("url", "says"), [("memory://b/run", "lost when it ends"), ("s3:/b/run", "no URL"), ("nosuch://b", "not known")]
)
def test_uploads_to_unreadable_places_are_refused(url: str, says: str, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(UsageError, match=says):
        batch(tmp_path, tmp_path / "out", tmp_path / "k.json", upload=url)


def test_no_bucket_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store without folders is not asked for any: s3fs answers by making the bucket, whose name may be misspelt."""
    fsspec = pytest.importorskip("fsspec")
    from kasf_demo.batch.upload import upload

    class Store:
        protocol = ("s3", "s3a")
        there: list[str] = []  # noqa: RUF012

        def put_file(self, path: str, target: str) -> None:
            self.there.append(target)

        def exists(self, path: str) -> bool:
            return False

        def makedirs(self, path: str, exist_ok: bool = False) -> None:
            raise AssertionError(f"a folder is asked for: {path}")

    (tmp_path / "a.csv").write_text("1")
    (tmp_path / "a.json").write_text("{}")
    monkeypatch.setattr(fsspec.core, "url_to_fs", lambda url: (Store(), "bucket/run"))
    upload(tmp_path, ["a.json", "a.csv"], "s3://bucket/run")
    assert Store.there == ["bucket/run/a.csv", "bucket/run/a.json"]


def a_result(folder: Path, **files: str) -> list[str]:
    """Files called a.KIND, and a.json that lists them."""
    folder.mkdir(exist_ok=True)
    for kind, text in files.items():
        (folder / f"a.{kind}").write_text(text)
    listed = {f"a.{kind}": hashlib.sha256(text.encode()).hexdigest() for kind, text in files.items()}
    (folder / "a.json").write_text(json.dumps({"schema": 1, "files": listed, "of": folder.name}))
    return [*listed, "a.json"]


@pytest.mark.parametrize("fails_at", [None, 0, 1, 2])
def test_an_upload_replaces_a_result_whole_or_not_at_all(
    tmp_path: Path, fails_at: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    from fsspec.implementations.local import LocalFileSystem

    from kasf_demo.batch.upload import upload

    bucket, put, calls = tmp_path / "bucket", LocalFileSystem.put_file, []

    def flaky(self: Any, path: str, target: str, **more: Any) -> None:
        calls.append(target)
        if len(calls) - 1 == fails_at:
            raise ConnectionError("the network is gone")
        put(self, path, target, **more)

    a_result(bucket, csv="old", trc="old markers", pdf="old report")
    (bucket / "a.pdf").write_text("changed since")
    before = {p.name: p.read_text() for p in bucket.iterdir()}
    names = a_result(tmp_path / "new", csv="new", mp4="video")
    monkeypatch.setattr(LocalFileSystem, "put_file", flaky)
    if fails_at is None:
        upload(tmp_path / "new", names, f"file://{bucket}")
        new = {p.name: p.read_text() for p in (tmp_path / "new").iterdir()}
        assert {p.name: p.read_text() for p in bucket.iterdir()} == new | {"a.pdf": "changed since"}
        return
    with pytest.raises(OutputError, match="network is gone"):
        upload(tmp_path / "new", names, f"file://{bucket}")
    assert {p.name: p.read_text() for p in bucket.iterdir()} == before
