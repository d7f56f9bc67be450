"""The endpoint itself: what it asks of a request, and how it tells what became of the batch.

The gateway here is a stub: what stands behind it is tested with a real Kafka in ``tests/service``.
"""

import base64
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from unit.api.event_cases import TENANT

from api.access.authentication import Principal
from api.ingest import events
from api.ingest.event_lines import BadLines, Line, LineError
from api.ingest.gateway import KeyReused, Taken
from api.ingest.receipts import KeyInUse
from api.ingest.transactions import NotWritten, OutcomeUnknown, TopicMissing
from api.settings import Settings
from api.web.problem_types import MEANINGS
from api.web.problems import Problem, answer_problem

KEY = SecretStr(base64.b64encode(bytes(32)).decode())
NDJSON = {"Content-Type": "application/x-ndjson"}


class StubGateway:
    """Remembers the batch that it was given, and answers as it is told."""

    def __init__(self) -> None:
        self.result: Taken | Exception = Taken(1, replayed=False, used_sku_id=False)
        self.lines: Sequence[Line] = []
        self.key: str | None = None

    async def take(self, tenant_id: UUID, lines: Sequence[Line], body: bytes, key: str | None) -> Taken:
        assert tenant_id == TENANT
        self.lines, self.key = lines, key
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class OneTenant:
    """Knows the token "good", which may write events, and "poor", which may not."""

    async def authenticate(self, token: str) -> Principal:
        return Principal(TENANT, "client", frozenset({"events:write"} if token == "good" else ()))


@pytest.fixture
def gateway() -> StubGateway:
    return StubGateway()


@pytest.fixture
def client(gateway: StubGateway) -> httpx.AsyncClient:
    """Speaks to the endpoint with limits that are easy to reach."""
    settings = Settings(
        encryption_key=KEY, pii_key=KEY, max_body_bytes=1000, max_line_bytes=100, max_events=5
    )
    state: dict[str, Any] = {"settings": settings, "gateway": gateway, "authenticator": OneTenant()}
    app = Starlette(routes=events.routes, exception_handlers={Problem: answer_problem})

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": dict(state)}, receive, send)

    return httpx.AsyncClient(
        transport=httpx.ASGITransport(with_state),
        base_url="http://aurora",
        headers={"Authorization": "Bearer good", **NDJSON},
    )


async def post(client: httpx.AsyncClient, content: bytes = b"{}", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.post(events.PATH, content=content, headers=named)
    if answer.is_error:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].removeprefix("/v1/problems/") in MEANINGS
    return answer


async def test_a_batch_is_taken(client: httpx.AsyncClient, gateway: StubGateway) -> None:
    gateway.result = Taken(2, replayed=False, used_sku_id=False)
    answer = await post(client, b"one\n\n  \r\ntwo\r\n")
    assert (answer.status_code, answer.json()) == (202, {"accepted": 2, "request_id": None})
    assert gateway.lines == [(1, b"one"), (4, b"two\r")]
    assert not {"deprecation", "idempotent-replayed"} & set(answer.headers)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/x-ndjson",
        "application/ndjson",
        "Application/X-NDJSON; charset=UTF-8",
        'application/ndjson;charset="utf-8"',
    ],
)
async def test_types_of_lines(client: httpx.AsyncClient, gateway: StubGateway, media_type: str) -> None:
    assert (await post(client, b"a\nb", content_type=media_type)).status_code == 202
    assert len(gateway.lines) == 2


async def test_json_is_one_event_however_it_is_laid_out(
    client: httpx.AsyncClient, gateway: StubGateway
) -> None:
    assert (await post(client, b'{\n"a": 1\n}', content_type="application/json")).status_code == 202
    assert gateway.lines == [(1, b'{\n"a": 1\n}')]


@pytest.mark.parametrize(
    "media_type", ["", "text/plain", "application/x-ndjson; charset=latin-1", "multipart/form-data"]
)
async def test_other_types_are_refused_with_those_that_we_take(
    client: httpx.AsyncClient, media_type: str
) -> None:
    answer = await post(client, content_type=media_type)
    assert answer.status_code == 415
    assert answer.headers["accept-post"] == "application/x-ndjson, application/ndjson, application/json"


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/json"])
@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\t\n"])
async def test_no_event_is_a_mistake(client: httpx.AsyncClient, media_type: str, content: bytes) -> None:
    answer = await post(client, content, content_type=media_type)
    assert (answer.status_code, answer.json()["error_count"]) == (400, 0)


@pytest.mark.parametrize(
    "content", [b"x" * 1001, b"\n" * 6, b"a\n" * 6, b"a\na\na\na\na\na", b"a\n" + b"x" * 101], ids=range(5)
)
async def test_sizes_have_limits(client: httpx.AsyncClient, gateway: StubGateway, content: bytes) -> None:
    assert (await post(client, content)).status_code == 413
    assert gateway.lines == []


async def test_sizes_at_their_limits(client: httpx.AsyncClient, gateway: StubGateway) -> None:
    assert (await post(client, (b"x" * 100 + b"\n") * 5)).status_code == 202
    assert len(gateway.lines) == 5


async def test_bad_lines_are_named(client: httpx.AsyncClient, gateway: StubGateway) -> None:
    gateway.result = BadLines([LineError(3, "payload.qty", "is required"), LineError(4, None, "not JSON")], 7)
    answer = await post(client)
    assert answer.status_code == 400
    assert answer.json()["errors"] == [
        {"line": 3, "field": "payload.qty", "reason": "is required"},
        {"line": 4, "reason": "not JSON"},
    ]
    assert answer.json()["error_count"] == 7


@pytest.mark.parametrize(
    ("error", "slug"),
    [
        (NotWritten("Kafka does not answer."), "unavailable"),
        (TopicMissing("The topic x does not exist."), "tenant-not-ready"),
        (OutcomeUnknown("Kafka did not confirm."), "outcome-unknown"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"idempotency_key": "key-1"}])
async def test_what_is_not_in_the_log_is_never_taken(
    client: httpx.AsyncClient, gateway: StubGateway, error: Exception, slug: str, headers: dict[str, str]
) -> None:
    gateway.result = error
    answer = await post(client, b"{}", **headers)
    assert (answer.status_code, answer.json()["type"]) == (503, f"/v1/problems/{slug}")
    assert int(answer.headers["retry-after"]) >= 1
    assert str(error) not in answer.text


async def test_a_replay_says_so(client: httpx.AsyncClient, gateway: StubGateway) -> None:
    gateway.result = Taken(3, replayed=True, used_sku_id=False)
    answer = await post(client, idempotency_key='"key 1"')
    assert (answer.status_code, answer.json()["accepted"]) == (202, 3)
    assert answer.headers["idempotent-replayed"] == "true"
    assert gateway.key == "key 1"


async def test_a_key_belongs_to_one_body(client: httpx.AsyncClient, gateway: StubGateway) -> None:
    gateway.result = KeyReused()
    assert (await post(client, idempotency_key="key-1")).status_code == 422


async def test_a_key_is_held_until_its_outcome_is_known(
    client: httpx.AsyncClient, gateway: StubGateway
) -> None:
    gateway.result = KeyInUse()
    answer = await post(client, idempotency_key="key-1")
    assert answer.status_code == 409
    assert int(answer.headers["retry-after"]) >= 1


async def test_the_former_name_of_sku_is_deprecated(client: httpx.AsyncClient, gateway: StubGateway) -> None:
    gateway.result = Taken(1, replayed=False, used_sku_id=True)
    answer = await post(client)
    assert answer.headers["deprecation"].startswith("@")
    assert 'rel="deprecation"' in answer.headers["link"]


async def test_only_writers_may_write(client: httpx.AsyncClient, gateway: StubGateway) -> None:
    assert (await post(client, authorization="Bearer poor")).status_code == 403
    assert gateway.lines == []


async def test_the_former_address_points_to_the_present_one(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{events.FORMER_PATH}?a=1&b=%20", content=b"{}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{events.PATH}?a=1&b=%20")
