"""One server with stub workers for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from served import served

    with served(tmp_path_factory.mktemp("serve") / "results") as running:
        yield running
