"""/v1/models over a real Kafka and Redis, with the feature writer between the two."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from model_records import lineage, model_update
from prediction_records import NOON_MS
from redis import Redis
from service.features.bearers import Bearers
from service.features.model_log import ModelLog
from service.features.online_state import has_stored
from service.features.prediction_log import eventually
from service.features.writer_process import WriterProcess
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from api.database import Database
from api.models import models
from api.models.version_store import VersionStore
from api.settings import Settings
from api.web.problems import Problem, answer_problem
from feature_writer.settings import Settings as WriterSettings
from ops.ports import free_ports
from ops.stack import Stack
from schemas import online_store as keys
from schemas.encoding import Record

pytestmark = pytest.mark.service

URL = "/v1/models"


@pytest.fixture(scope="module")
def settings(writer_settings: WriterSettings) -> Settings:
    return Settings(
        kafka_bootstrap=writer_settings.kafka_bootstrap,
        redis_url=writer_settings.redis_url,
        feature_repo=writer_settings.feature_repo,
        feast_registry=writer_settings.feast_registry,
        kafka_timeout=timedelta(seconds=5),
        encryption_key="",
        pii_key="",
    )


@pytest.fixture(scope="module")
def version_store(settings: Settings) -> Iterator[VersionStore]:
    store = VersionStore(settings)
    asyncio.run(store.open())
    yield store
    asyncio.run(store.close())


class Retailer:
    """A tenant with a token, and its own view of the API."""

    def __init__(self, client: httpx.AsyncClient, log: ModelLog, redis: Redis) -> None:
        self.log = log
        self._client = client
        self._redis = redis

    def learned(self, *updates: Record) -> None:
        """Publish versions and wait until they are stored."""
        self.log.learned(*updates)
        self.stored()

    def stored(self) -> None:
        eventually(lambda: has_stored(self._redis, self.log.end()))

    async def call(
        self, method: str, url: str = URL, scope: str = "models:read", **options: object
    ) -> httpx.Response:
        bearer = {"Authorization": f"Bearer {self.log.tenant_id}:{scope}", **options.pop("headers", {})}  # type: ignore[dict-item]  # those of httpx
        return await self._client.request(method, url, headers=bearer, **options)  # type: ignore[arg-type]  # likewise

    async def get(self, url: str = URL, **headers: str) -> httpx.Response:
        return await self.call("GET", url, headers=headers)

    async def pin(self, name: object) -> httpx.Response:
        return await self.call("PUT", f"{URL}/pin", "models:write", json={"model_version": name})

    async def unpin(self) -> httpx.Response:
        return await self.call("DELETE", f"{URL}/pin", "models:write")

    async def served(self) -> list[str]:
        return [each["model_version"] for each in (await self.get()).json() if each["serving"]]

    async def walk(self, url: str) -> AsyncIterator[list[str]]:
        """The names on the pages from ``url`` on, by their links."""
        while url:
            response = await self.get(url)
            assert response.status_code == 200
            yield [each["model_version"] for each in response.json()]
            link = re.fullmatch(r'<(.+)>; rel="next"', response.headers.get("Link", ""))
            url = link[1] if link else ""


@pytest.fixture
async def client(version_store: VersionStore, accounts: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = Starlette(routes=models.routes, exception_handlers={Problem: answer_problem})

    async def with_state(scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {
            "version_store": version_store,
            "authenticator": Bearers(),
            "database": accounts,
        }
        await app(scope, receive, send)

    transport = httpx.ASGITransport(with_state)
    async with httpx.AsyncClient(transport=transport, base_url="http://aurora.test") as client:
        yield client


@pytest.fixture
def retailer(
    client: httpx.AsyncClient, feature_stack: Stack, redis_client: Redis, online_writer: WriterProcess
) -> Retailer:
    online_writer.start()
    eventually(lambda: redis_client.exists(keys.COMPLETE) == 1)
    return Retailer(client, ModelLog(feature_stack.settings.kafka_bootstrap), redis_client)


def names(updates: list[Record]) -> list[str]:
    return [update["model_version"] for update in updates]


async def test_a_tenant_of_whom_nothing_was_learned_has_no_versions(retailer: Retailer) -> None:
    response = await retailer.get()
    assert (response.status_code, response.json()) == (200, [])
    assert (await retailer.get(f"{URL}/pin")).status_code == 404


async def test_the_newest_version_comes_first_and_is_served(retailer: Retailer) -> None:
    first, second = lineage(retailer.log.tenant_id, 2)
    retailer.learned(first, second)
    newest, oldest = (await retailer.get()).json()
    assert newest == {
        "model_version": "nb-2.2-000002",
        "parent": "nb-2.1-000001",
        "created_at": "2026-11-24T18:00:00Z",
        "data_from": "2026-10-25T12:00:00Z",
        "data_to": "2026-11-23T12:00:00Z",
        "labels": 20,
        "scores": {"log_loss": 0.0641, "ece": 0.0016},
        "reason": "learned on 20 labels",
        "parameters_digest": second["parameters_digest"],
        "serving": True,
        "pinned": False,
    }
    assert (oldest["model_version"], oldest["parent"], oldest["serving"]) == ("nb-2.1-000001", None, False)


async def test_a_version_by_itself_has_its_parameters(retailer: Retailer) -> None:
    (only,) = lineage(retailer.log.tenant_id, 1)
    retailer.learned(only)
    listed = (await retailer.get()).json()[0]
    response = await retailer.get(f"{URL}/{only['model_version']}")
    assert response.json() == {**listed, "parameters": json.loads(only["parameters"])}


async def test_pages_joined_by_their_links_are_all_versions_once(retailer: Retailer) -> None:
    updates = lineage(retailer.log.tenant_id, 7)
    retailer.learned(*updates)
    pages = [page async for page in retailer.walk(f"{URL}?limit=3")]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert [name for page in pages for name in page] == names(updates)[::-1]
    assert "Link" not in (await retailer.get(f"{URL}?limit=7")).headers


async def test_a_walk_ends_where_ancestors_would_go_round(retailer: Retailer) -> None:
    tenant_id = retailer.log.tenant_id
    retailer.learned(
        model_update(tenant_id=tenant_id, model_version="a", parent="b", created_at=NOON_MS),
        model_update(tenant_id=tenant_id, model_version="b", parent="a", created_at=NOON_MS + 1),
    )
    assert [page async for page in retailer.walk(f"{URL}?limit=1")] == [["b"], ["a"]]


async def test_a_pin_is_served_until_it_is_taken_away(retailer: Retailer) -> None:
    updates = lineage(retailer.log.tenant_id, 3)
    retailer.learned(*updates[:2])
    answer = await retailer.pin("nb-2.1-000001")
    assert answer.status_code == 200
    assert (answer.json()["pinned"], answer.json()["serving"]) == (True, True)
    retailer.stored()
    assert await retailer.served() == ["nb-2.1-000001"]
    assert (await retailer.get(f"{URL}/pin")).json() == answer.json()
    # what is learned meanwhile is listed and not served
    retailer.learned(updates[2])
    assert [page async for page in retailer.walk(URL)] == [names(updates)[::-1]]
    assert await retailer.served() == ["nb-2.1-000001"]
    for _ in range(2):
        assert (await retailer.unpin()).status_code == 204
        retailer.stored()
        assert await retailer.served() == ["nb-2.3-000003"]


async def test_the_message_of_a_pin_is_a_copy_of_the_version(retailer: Retailer) -> None:
    (only,) = lineage(retailer.log.tenant_id, 1)
    retailer.learned(only)
    assert (await retailer.pin(only["model_version"])).status_code == 200
    assert retailer.log.records() == [(False, only), (True, only)]


async def test_a_version_that_the_tenant_does_not_have_cannot_be_pinned(retailer: Retailer) -> None:
    before = retailer.log.end()
    response = await retailer.pin("nb-2.9-999999")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "/v1/problems/unknown-model-version"
    assert retailer.log.end() == before


async def test_a_tenant_sees_and_pins_nothing_of_another(
    retailer: Retailer, client: httpx.AsyncClient, feature_stack: Stack, redis_client: Redis
) -> None:
    other = Retailer(client, ModelLog(feature_stack.settings.kafka_bootstrap), redis_client)
    updates = lineage(other.log.tenant_id, 2)
    other.learned(*updates)
    assert (await retailer.get()).json() == []
    assert (await retailer.get(f"{URL}/{updates[0]['model_version']}")).status_code == 404
    assert (await retailer.pin(updates[0]["model_version"])).status_code == 404
    # another's place in a walk leads nowhere
    link = (await other.get(f"{URL}?limit=1")).headers["Link"]
    assert (await retailer.get(link.partition("<")[2].partition(">")[0])).json() == []


async def test_an_answer_that_the_client_has_is_not_sent_again(retailer: Retailer) -> None:
    retailer.learned(*lineage(retailer.log.tenant_id, 2))
    for url in (URL, f"{URL}/nb-2.1-000001"):
        first = await retailer.get(url)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = await retailer.get(url, **{"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    await retailer.pin("nb-2.1-000001")
    retailer.stored()
    assert (await retailer.get(url, **{"If-None-Match": first.headers["ETag"]})).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "type"),
    [
        (b"", 400, "bad-pin"),
        (b"[]", 400, "bad-pin"),
        (b'{"model_version": 7}', 400, "bad-pin"),
        (b'{"model_version": ""}', 400, "bad-pin"),
        (b'{"model_version": "a", "tenant_id": "b"}', 400, "bad-pin"),
        (b'{"model_version": "\xff"}', 400, "bad-pin"),
        (b'{"model_version": "%s"}' % (b"a" * 5_000), 413, "too-large"),
    ],
)
async def test_a_body_that_is_no_pin_is_refused(
    retailer: Retailer, body: bytes, status: int, type: str
) -> None:
    response = await retailer.call(
        "PUT", f"{URL}/pin", "models:write", content=body, headers={"Content-Type": "application/json"}
    )
    assert (response.status_code, response.json()["type"]) == (status, f"/v1/problems/{type}")


async def test_a_pin_in_another_media_type_is_refused(retailer: Retailer) -> None:
    response = await retailer.call("PUT", f"{URL}/pin", "models:write", data={"model_version": "a"})
    assert (response.status_code, response.headers["Accept"]) == (415, "application/json")


async def test_a_bad_parameter_is_a_problem_that_names_it(retailer: Retailer) -> None:
    response = await retailer.get(f"{URL}?limit=101&cursor=x")
    assert response.status_code == 400
    assert [error["parameter"] for error in response.json()["errors"]] == ["limit", "cursor"]


@pytest.mark.parametrize(
    ("method", "url", "scope"),
    [
        ("GET", URL, "models:write"),
        ("GET", f"{URL}/a", "models:write"),
        ("GET", f"{URL}/pin", "models:write"),
        ("PUT", f"{URL}/pin", "models:read"),
        ("DELETE", f"{URL}/pin", "models:read"),
    ],
)
async def test_reading_and_choosing_are_scopes_of_their_own(
    retailer: Retailer, method: str, url: str, scope: str
) -> None:
    assert (await retailer.call(method, url, scope)).status_code == 403


async def test_a_method_that_is_not_there_is_told_those_that_are(retailer: Retailer) -> None:
    response = await retailer.call("PATCH", f"{URL}/pin")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "PUT", "DELETE"}
    assert (await retailer.call("HEAD", f"{URL}/pin")).status_code == 404


async def test_a_store_that_is_being_filled_is_unavailable_rather_than_empty(
    retailer: Retailer, online_writer: WriterProcess, redis_client: Redis
) -> None:
    retailer.learned(*lineage(retailer.log.tenant_id, 1))
    online_writer.kill()
    redis_client.delete(keys.COMPLETE)
    for url in (URL, f"{URL}/nb-2.1-000001", f"{URL}/pin"):
        response = await retailer.get(url)
        assert (response.status_code, response.headers["Retry-After"]) == (503, "2")
    assert (await retailer.pin("nb-2.1-000001")).status_code == 503


async def test_a_kafka_that_does_not_answer_leaves_the_pin_unconfirmed(
    settings: Settings,
) -> None:
    (port,) = free_ports(1)
    away = settings.model_copy(
        update={"kafka_bootstrap": f"127.0.0.1:{port}", "kafka_timeout": timedelta(seconds=1)}
    )
    store = VersionStore(away)
    await store.open()
    try:
        with pytest.raises(Problem) as problem:
            await store.unpin(uuid4())
    finally:
        await store.close()
    assert problem.value.status == 503
