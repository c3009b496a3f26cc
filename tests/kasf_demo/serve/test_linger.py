"""A body that still comes while its request is refused."""

from __future__ import annotations

import asyncio

import pytest
from own_loop import run_alone
from starlette.types import Message

from kasf_demo.serve import linger
from kasf_demo.serve.linger import LingeringBody

LAST: Message = {"type": "http.response.body", "body": b"refused"}


def answered(headers: list[tuple[bytes, bytes]], pieces: list[bool | None]) -> tuple[list[Message], int]:
    """What is sent, and how many pieces of the body are read meanwhile. pieces: whether more follow; None: nothing
    comes."""
    sent: list[Message] = []
    read = 0

    async def receive() -> Message:
        nonlocal read
        more = pieces[read]
        read += 1
        if more is None:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": b"x", "more_body": more}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": headers}
    run_alone(LingeringBody(scope, receive, send).send(LAST))
    return sent, read


def test_the_answer_comes_first_and_the_rest_is_dropped() -> None:
    sent, read = answered([(b"content-length", b"9")], [True, True, False, True])
    assert sent[0] == LAST | {"more_body": True} and sent[-1]["more_body"] is False and len(sent) == 2
    assert read == 3


def test_nothing_is_waited_for_where_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert answered([], [])[0] == [LAST]
    assert answered([(b"content-length", b"0")], [])[0] == [LAST]
    assert answered([(b"content-length", b"9"), (b"expect", b"100-continue")], [])[0] == [LAST]
    monkeypatch.setattr(linger, "LINGER_S", 0.05)
    sent, read = answered([(b"transfer-encoding", b"chunked")], [True, None])
    assert (len(sent), read) == (2, 2)
