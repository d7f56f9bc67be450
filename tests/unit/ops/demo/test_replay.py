"""How the replay behaves towards the API's answers."""

from collections.abc import Callable

import httpx
import pytest

from ops.demo import sample
from ops.demo.replay import BATCH_EVENTS, TRIES, ReplayFailed, fetch_token, replay

EVENTS = sample.load()[: BATCH_EVENTS + 1]


def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    return httpx.Client(base_url="http://api", transport=httpx.MockTransport(answer))


def answers(*statuses: int, seen: list[httpx.Request]) -> httpx.Client:
    waiting = list(statuses)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(waiting.pop(0), headers={"Retry-After": "0"}, text="problem")

    return client(answer)


def test_a_batch_that_must_wait_is_sent_again_with_the_same_key_and_bytes() -> None:
    seen: list[httpx.Request] = []
    with answers(503, 429, 202, 202, seen=seen) as api:
        assert list(replay(api, "token", "tenant", EVENTS)) == [BATCH_EVENTS, 1]
    first, second, third, last = ((each.headers["Idempotency-Key"], each.content) for each in seen)
    assert first == second == third
    assert last[0] != first[0]


def test_every_line_is_one_event_of_the_tenant() -> None:
    seen: list[httpx.Request] = []
    with answers(202, 202, seen=seen) as api:
        list(replay(api, "token", "tenant", EVENTS))
    lines = [line for request in seen for line in request.content.splitlines()]
    assert len(lines) == len(EVENTS)
    assert all(b'"tenant_id":"tenant"' in line for line in lines)
    assert {request.headers["Authorization"] for request in seen} == {"Bearer token"}
    assert {request.headers["Content-Type"] for request in seen} == {"application/x-ndjson"}


def test_a_refused_batch_ends_the_replay_with_the_api_s_words() -> None:
    with answers(400, seen=[]) as api, pytest.raises(ReplayFailed, match="answered 400: problem"):
        list(replay(api, "token", "tenant", EVENTS))


def test_patience_has_an_end() -> None:
    seen: list[httpx.Request] = []
    with answers(*[503] * TRIES, seen=seen) as api, pytest.raises(ReplayFailed, match="answered 503"):
        list(replay(api, "token", "tenant", EVENTS))
    assert len(seen) == TRIES


def test_an_api_that_is_away_is_named_in_one_line() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("connection refused")

    with client(refuse) as api, pytest.raises(ReplayFailed, match="^/v1/oauth/token: connection refused$"):
        fetch_token(api, "id", "secret")
