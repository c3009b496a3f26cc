"""Weights with several addresses: the next one is asked if one fails, and the hash decides."""

from __future__ import annotations

import pytest
from weights_house import SHA256, House, house  # noqa: F401 (a fixture)
from weights_server import PAYLOAD, tgz

from kasf_demo.errors import ModelError
from kasf_demo.weights import store


@pytest.mark.parametrize("how", ["cut", "page", "missing", "empty"])
def test_the_next_address_is_asked_if_one_fails(house: House, how: str) -> None:  # noqa: F811
    house.register(how)
    house.server.archive = tgz(("package/other", b"x"), ("package/m", PAYLOAD))
    found = house.resolve("mirrored")
    assert found.path.read_bytes() == PAYLOAD and found.path.name == "mirrored.pt" and house.cached() == {"mirrored.pt"}
    assert house.server.requests == [f"/{how}/mirrored.pt", "/missing/mirrored.tgz", "/tgz/mirrored.tgz"]
    assert [sum(x in said for said in house.said) for x in ("404", "trying", "/tgz/mirrored.tgz")] == [
        1 + (how == "missing"), 2, 1,
    ]  # fmt: skip


def test_a_mirror_with_another_file_is_set_aside(house: House) -> None:  # noqa: F811
    house.register("missing")
    house.server.archive = tgz(("package/m", PAYLOAD[:-1] + b"x"))
    with pytest.raises(ModelError, match=rf"expected {SHA256}.*set aside as mirrored.pt.bad"):
        house.resolve("mirrored")
    assert house.cached() == {"mirrored.pt.bad"}


def test_if_all_addresses_fail_the_first_one_is_named(house: House) -> None:  # noqa: F811
    house.register("missing")
    with pytest.raises(ModelError, match=r"missing/mirrored\.pt: the server answered 404") as error:
        house.resolve("mirrored")
    assert "put it at" in error.value.remedy and error.value.exit_code == 5
    assert house.cached() == set() and len(house.server.requests) == 3


def test_a_full_disk_is_not_taken_for_a_bad_address(house: House, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    def full(*_: object) -> None:
        raise ModelError("no space", "free some")

    monkeypatch.setattr(store.download, "install", full)
    with pytest.raises(ModelError, match="no space"):
        house.resolve("mirrored")
    assert len(house.server.requests) == 1
