"""Bodies come in whole, decompressed, and within bounds."""

import asyncio
import gzip
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.types import Message

from api.web import request_body
from api.web.problems import Problem
from api.web.request_body import read_body

LIMIT = 10_000


def request(chunks: Sequence[bytes], headers: Mapping[str, str], *, stalls: bool = False) -> Request:
    """A request whose body arrives in these chunks, and then goes on for ever if it ``stalls``."""
    messages: list[Message] = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting = iter(messages)

    async def receive() -> Message:
        for message in waiting:
            return message
        if stalls:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": b"", "more_body": False}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, receive)


def read(*chunks: bytes, **headers: str) -> bytes:
    return asyncio.run(read_body(request(chunks, headers), LIMIT))


def refusal(*chunks: bytes, **headers: str) -> Problem:
    with pytest.raises(Problem) as caught:
        read(*chunks, **headers)
    return caught.value


def pieces(body: bytes, cuts: list[int]) -> list[bytes]:
    bounds = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    return [body[first:last] for first, last in zip(bounds, bounds[1:])]


@given(st.binary(max_size=LIMIT), st.lists(st.integers(0, LIMIT), max_size=8))
def test_a_body_is_the_same_however_it_is_cut(body: bytes, cuts: list[int]) -> None:
    assert read(*pieces(body, cuts)) == body
    assert read(*pieces(gzip.compress(body), cuts), content_encoding="gzip") == body


@given(st.lists(st.binary(max_size=100), min_size=1, max_size=5), st.lists(st.integers(0, 500), max_size=8))
def test_gzip_may_have_several_members(parts: list[bytes], cuts: list[int]) -> None:
    compressed = b"".join(map(gzip.compress, parts))
    assert read(*pieces(compressed, cuts), content_encoding="x-gzip") == b"".join(parts)


@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_the_limit_is_a_limit(coding: str) -> None:
    def sent(size: int) -> bytes:
        body = random.Random(1).randbytes(size // 2) + bytes(size - size // 2)
        return gzip.compress(body) if coding == "gzip" else body

    assert len(read(sent(LIMIT), content_encoding=coding)) == LIMIT
    assert refusal(sent(LIMIT + 1), content_encoding=coding).status == 413


def test_a_bomb_is_defused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert refusal(bomb, content_encoding="gzip").status == 413


def test_endless_empty_members_are_stopped() -> None:
    assert refusal(*[gzip.compress(b"")] * 1000, content_encoding="gzip").status == 413


def test_a_large_body_that_is_announced_is_not_read() -> None:
    async def never() -> Message:
        raise AssertionError("the body was read")

    scope = {"type": "http", "method": "POST", "headers": [(b"content-length", str(LIMIT + 1).encode())]}
    with pytest.raises(Problem) as caught:
        asyncio.run(read_body(Request(scope, never), LIMIT))
    assert caught.value.status == 413


@pytest.mark.parametrize(
    "body",
    [
        b"not gzip",
        gzip.compress(b"x" * 100, mtime=0)[:-1],
        gzip.compress(b"x", mtime=0)[:5],
        gzip.compress(b"x", mtime=0) + b"rest",
    ],
)
def test_what_is_not_gzip_is_a_bad_body(body: bytes) -> None:
    assert refusal(body, content_encoding="gzip").status == 400


@pytest.mark.parametrize("coding", ["br", "zstd", "deflate", "gzip, gzip", "utf-8"])
def test_other_codings_are_refused_with_those_that_we_take(coding: str) -> None:
    problem = refusal(b"x", content_encoding=coding)
    assert problem.status == 415
    assert problem.headers["Accept-Encoding"] == "gzip, identity"


def test_an_empty_body_is_empty_in_every_coding() -> None:
    assert read() == read(content_encoding="gzip") == read(content_encoding=" Identity ") == b""


def test_a_body_that_does_not_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_body, "READ_LIMIT", timedelta(milliseconds=20))
    with pytest.raises(Problem) as caught:
        asyncio.run(read_body(request([b"x"], {}, stalls=True), LIMIT))
    assert caught.value.status == 408
