"""Weights by name or path: fetched once, verified always, never silently; a user's own files are not changed."""

from __future__ import annotations

import dataclasses
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from weights_house import House, house  # noqa: F401 (a fixture)
from weights_server import PAGE, PAYLOAD

from kasf_demo import weights
from kasf_demo.errors import ModelError
from kasf_demo.weights import store
from kasf_demo.weights.registry_file import Crop, Entry

SHA256 = hashlib.sha256(PAYLOAD).hexdigest()
CROP = Crop("full-frame", 1.8)


def test_shipped_is_verified_and_needs_no_network(house: House) -> None:  # noqa: F811
    found = house.resolve("shipped", "lifter", offline=True)
    assert (found.sha256, found.crop_scale, found.heads, house.said) == (SHA256, 1.3, 4, [])
    assert found.path == house.shipped / "shipped.safetensors" and not house.cache.exists()


def test_damaged_shipped_file_is_refused_and_left_alone(house: House) -> None:  # noqa: F811
    path = house.shipped / "shipped.safetensors"
    path.write_bytes(PAYLOAD[:-1])
    with pytest.raises(ModelError, match="expected " + SHA256) as error:
        house.resolve("shipped", "lifter")
    assert hashlib.sha256(PAYLOAD[:-1]).hexdigest() in str(error.value) and error.value.exit_code == 5
    assert path.read_bytes() == PAYLOAD[:-1] and {p.name for p in house.shipped.iterdir()} == {
        path.name,
        "registry.toml",
    }


def test_pinned_is_fetched_once_saying_so(house: House) -> None:  # noqa: F811
    found = house.resolve("pinned")
    assert found.path.read_bytes() == PAYLOAD and found.entry is not None and house.cached() == {"pinned.pt"}
    assert len(house.said) == 1 and all(
        x in house.said[0] for x in (house.server.url, "AGPL-3.0", "size unknown", str(found.path))
    )
    assert house.resolve("pinned", offline=True) == found == house.resolve("pinned.pt")
    assert len(house.server.requests) == 1 and len(house.said) == 1


def test_first_fetch_records_the_hash_and_the_second_load_verifies_it(house: House) -> None:  # noqa: F811
    found = house.resolve("unpinned")
    assert house.cached() == {"unpinned.pt", "unpinned.pt.sha256"} and weights.recorded_hash(found.path) == SHA256
    assert SHA256 in house.said[1] and "recorded" in house.said[1]
    subprocess.run(["sha256sum", "--check", "--quiet", "unpinned.pt.sha256"], cwd=house.cache, check=True)
    house.said.clear()
    assert house.resolve("unpinned", offline=True).sha256 == SHA256 and house.said == []
    found.path.write_bytes(PAYLOAD[:100])
    with pytest.raises(ModelError, match=r"set aside as unpinned.pt.bad") as error:
        house.resolve("unpinned")
    assert "weights fetch unpinned" in error.value.remedy and "unpinned.pt.sha256" in error.value.remedy
    assert house.cached() == {"unpinned.pt.bad", "unpinned.pt.sha256"} and len(house.server.requests) == 1, (
        "no retry loop"
    )
    assert weights.fetch("unpinned", say=house.said.append).sha256 == SHA256, (
        "the recorded hash holds for the next fetch"
    )


def test_another_file_at_the_next_fetch_is_refused(house: House) -> None:  # noqa: F811
    house.resolve("unpinned").path.unlink()
    (house.cache / "unpinned.pt.sha256").write_text("0" * 64 + "  unpinned.pt\n")
    with pytest.raises(ModelError, match="expected 000"):
        house.resolve("unpinned")
    assert house.cached() == {"unpinned.pt.bad", "unpinned.pt.sha256"}


def test_wrong_hash_in_the_registry(house: House) -> None:  # noqa: F811
    house.register(sha256="1" * 64)
    with pytest.raises(ModelError, match=SHA256 + r".*expected " + "1" * 64):
        house.resolve("pinned")
    assert house.cached() == {"pinned.pt.bad"} and len(house.server.requests) == 1


def test_quota_page_in_the_cache_is_named_as_such(house: House) -> None:  # noqa: F811
    house.cache.mkdir(parents=True)
    (house.cache / "pinned.pt").write_bytes(PAGE)
    with pytest.raises(ModelError, match="looks like a web page"):
        house.resolve("pinned")


@pytest.mark.parametrize("how", ["cut", "page", "missing", "empty"])
def test_failed_fetches_leave_nothing(house: House, how: str) -> None:  # noqa: F811
    house.register(how)
    with pytest.raises(ModelError):
        house.resolve("unpinned")
    assert house.cached() == set() and len(house.server.requests) == 1


def test_offline_names_both_remedies(house: House) -> None:  # noqa: F811
    with pytest.raises(ModelError, match="--offline forbids") as error:
        house.resolve("unpinned", offline=True)
    assert "weights fetch unpinned" in error.value.remedy and str(house.cache / "unpinned.pt") in error.value.remedy
    assert house.server.requests == [] and not house.cache.exists()


def test_put_there_by_hand(house: House) -> None:  # noqa: F811
    house.cache.mkdir(parents=True)
    (house.cache / "drive.pth").write_bytes(PAYLOAD)
    found = house.resolve("drive", "lifter", offline=True)
    assert found.crop_scale == 1.8 and "recorded" in house.said[0] and weights.recorded_hash(found.path) == SHA256


def test_cache_for_reading_only(house: House, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    house.cache.mkdir(parents=True)
    (house.cache / "unpinned.pt").write_bytes(PAYLOAD)
    monkeypatch.setattr(store, "record_hash", refuse)
    assert house.resolve("unpinned").sha256 == SHA256 and "cannot record" in house.said[0]


def test_unknown_names_list_what_there_is(house: House) -> None:  # noqa: F811
    with pytest.raises(ModelError, match="no lifter is called 'kasf-nonsense'") as error:
        house.resolve("kasf-nonsense", "lifter")
    assert "shipped, drive" in error.value.remedy and "pinned" not in error.value.remedy.replace("shipped", "")
    with pytest.raises(ModelError, match="pinned is a detector, not a lifter"):
        house.resolve("pinned", "lifter")
    with pytest.raises(ModelError, match="no such weights file"):
        house.resolve("nowhere/x.pth", "lifter")
    for odd in ("x" * 5000, "a/" * 3000, "nul\0.pth", "", "line\nbreak"):
        with pytest.raises(ModelError) as error:
            house.resolve(odd, "lifter")
        assert "\n" not in str(error.value)
    with pytest.raises(ModelError, match="available: shipped, pinned"):
        weights.fetch("x")


def test_own_file(house: House, tmp_path: Path) -> None:  # noqa: F811
    own = tmp_path / "mine.pth"
    own.write_bytes(b"mine")
    found = house.resolve(own, "lifter")
    assert (found.name, found.entry, found.sha256, found.crop_scale) == (
        "mine.pth",
        None,
        hashlib.sha256(b"mine").hexdigest(),
        1.25,
    )
    own.write_bytes(PAYLOAD)
    known = house.resolve(str(own), "lifter")
    assert known.entry is not None and known.entry.name == "shipped" and known.crop_scale == 1.3 and known.path == own
    assert house.resolve(own, "detector").entry == weights.registry()["pinned"]


def test_own_folder(house: House, tmp_path: Path) -> None:  # noqa: F811
    folder = tmp_path / "net_openvino_model"
    folder.mkdir()
    with pytest.raises(ModelError, match="no exported model"):
        house.resolve(folder)
    (folder / "net.xml").write_bytes(b"x")
    (folder / "net.bin").write_bytes(b"b")
    first = house.resolve(folder)
    listing = "".join(f"{hashlib.sha256(b).hexdigest()}  net.{n}\n" for n, b in (("bin", b"b"), ("xml", b"x")))
    assert first.sha256 == hashlib.sha256(listing.encode()).hexdigest()
    (folder / ".DS_Store").write_bytes(b"marks")
    assert house.resolve(folder / "net.xml") == first, "the .xml alone has no numbers: its folder is meant"
    (folder / "net.bin").write_bytes(b"c")
    assert house.resolve(folder).sha256 != first.sha256
    with pytest.raises(ModelError, match="is a folder"):
        house.resolve(folder, "lifter")
    with pytest.raises(ModelError, match="not a regular file"):
        house.resolve("/dev/null")


def test_two_processes_fetch_one_copy(house: House, tmp_path: Path) -> None:  # noqa: F811
    house.register("slow")
    code = (
        "import sys; from pathlib import Path; from kasf_demo.weights import registry_file, store\n"
        f"registry_file.shipped_dir = store.shipped_dir = lambda: Path({str(house.shipped)!r})\n"
        "print(store.fetch('unpinned', say=lambda s: print(s, file=sys.stderr)).sha256)"
    )
    children = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    outputs = [c.communicate(timeout=60) for c in children]
    assert [o.strip() for o, _ in outputs] == [SHA256, SHA256], outputs
    assert len(house.server.requests) == 1 and house.cached() == {"unpinned.pt", "unpinned.pt.sha256"}
    assert sum("fetching unpinned (" in e for _, e in outputs) == 1


def test_rows_and_verify(house: House) -> None:  # noqa: F811
    states = {r.name: r.state for r in weights.rows()}
    fetched = dict.fromkeys(("pinned", "unpinned", "mirrored", "drive", "by-hand"), "not fetched")
    assert states == {"shipped": "on disk"} | fetched
    house.resolve("unpinned").path.write_bytes(b"torn")
    (house.cache / "drive.pth").write_bytes(b"by hand")
    (house.shipped / "shipped.safetensors").unlink()
    house.resolve("pinned")
    rows = {r.name: r for r in weights.verify()}
    assert {n: r.state for n, r in rows.items()} == {
        "shipped": "missing",
        "pinned": "ok",
        "unpinned": "mismatch",
        "mirrored": "not fetched",
        "drive": "unverified",
        "by-hand": "not fetched",
    }
    assert {n for n, r in rows.items() if r.failed} == {"shipped", "unpinned"}
    assert "unpinned.pt.bad" not in house.cached(), "verify looks, and moves nothing"
    with pytest.raises(ModelError, match="no weights are called 'x'"):
        weights.verify(["x"])


def test_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KASF_CACHE", "here")
    assert weights.cache_dir() == tmp_path / "here"
    monkeypatch.setenv("KASF_CACHE", "")
    assert weights.cache_dir().is_absolute() and weights.cache_dir().name == "kasf-demo"


def test_entry_texts() -> None:
    drive = Entry("d", "lifter", "x", "y", gdrive_id="1abc", crop=CROP, source_2d="det", about_mb=350)
    assert drive.link == "https://drive.google.com/file/d/1abc/view" and drive.size_text == "about 350 MB"
    assert dataclasses.replace(drive, size_bytes=5_900_000).size_text == "5.9 MB"


@pytest.mark.parametrize("name", ["by-hand", "placed"])
def test_weights_that_no_program_can_fetch(house: House, name: str) -> None:  # noqa: F811
    with pytest.raises(ModelError, match="cannot be fetched") as caught:
        house.resolve(name, kind="lifter")
    assert "https://x/page" in caught.value.remedy and str(house.cache / "by-hand.bin") in caught.value.remedy
    assert "research only" in caught.value.remedy and caught.value.exit_code == 5
    house.cache.mkdir(parents=True)
    (house.cache / "by-hand.bin").write_bytes(PAYLOAD)
    found = house.resolve(name, kind="lifter")
    assert (found.name, found.path) == ("by-hand", house.cache / "by-hand.bin") and "recorded" in house.said[0]
    assert weights.available(name) == found.path and [r.name for r in weights.rows([name])] == ["by-hand"]
