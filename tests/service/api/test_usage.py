"""What tenants use, counted in a real database from real requests and a real Kafka."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import Producer
from service.api.ingest.tenant_topic import TenantTopic
from service.api.running import Account, Running
from service.api.test_process import process, settings_of

from api.database import Database
from api.usage import stored_usage
from api.usage.stored_usage import Elsewhere, Usage
from ops.ports import free_ports
from schemas import topics
from schemas.encoding import encoder

pytestmark = pytest.mark.service

PATIENCE_S = 40.0
HOUR = datetime(2026, 11, 24, 12, tzinfo=UTC)


def with_token(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def used(http: httpx.Client, token: str, **query: str) -> Mapping[str, Any]:
    answer = http.get("/v1/usage", params=query, headers=with_token(token))
    assert answer.status_code == 200, answer.text
    found: Mapping[str, Any] = answer.json()
    return found


def send(http: httpx.Client, token: str, lines: list[bytes], **headers: str) -> httpx.Response:
    return http.post(
        "/v1/ingest/events",
        content=b"\n".join(lines),
        headers={**with_token(token), "Content-Type": "application/x-ndjson", **headers},
    )


def eventually(total: Callable[[], Mapping[str, int]], **expected: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        found = total()
        if expected.items() <= found.items():
            return
        assert time.monotonic() < deadline, found
        time.sleep(0.3)


def raise_alerts(kafka: str, account: Account, changes: list[str]) -> None:
    producer = Producer({"bootstrap.servers": kafka})
    now_ms = int(time.time() * 1000)
    for change in changes:
        record = {
            **{"alert_id": str(uuid4()), "change": change, "tenant_id": str(account.tenant_id)},
            **{"sku": "SKU-1", "warehouse": "berlin", "raised_at": now_ms, "changed_at": now_ms, "stock": 1},
            **{"threshold": 0.7, "probability": 0.9, "model_version": "test-1"},
        }
        producer.produce(topics.ALERTS.name, encoder("alert")(record), str(account.tenant_id))
    assert producer.flush(30) == 0


def test_requests_events_and_alerts_are_counted(api: Running) -> None:
    account = api.tenant()
    token = api.token(account)
    topic = TenantTopic(api.settings.kafka_bootstrap, account.tenant_id)
    batch = [topic.line(order_id=str(number)) for number in range(7)]
    assert send(api.http, token, batch).status_code == 202
    # the same again by its key is no new event, and what is refused is none
    for _ in range(2):
        assert send(api.http, token, batch, **{"Idempotency-Key": "once"}).status_code == 202
    assert send(api.http, token, [*batch, b"{}"]).status_code == 400
    raise_alerts(api.settings.kafka_bootstrap, account, ["raised", "updated", "raised", "resolved"])
    eventually(lambda: used(api.http, token)["total"], events=14, alerts=2)
    eventually(lambda: {"enough": used(api.http, token)["total"]["requests"] >= 4}, enough=True)
    by_hour = used(api.http, token, by="hour")
    assert sum(period["events"] for period in by_hour["periods"]) == 14
    assert all(period["begin"].endswith(":00:00Z") for period in by_hour["periods"])


def test_a_tenant_sees_its_own_usage_alone(api: Running) -> None:
    account, other = api.tenant(), api.tenant()
    hour = int(HOUR.timestamp()) // 3_600

    async def add(database: Database) -> None:
        for tenant, count in ((account, 5), (account, 6), (other, 100)):
            async with database.transaction() as session:
                await stored_usage.add(session, {(tenant.tenant_id, hour): Usage(count, 1, count, 0)})

    api.on_database(add)
    span = {"since": HOUR.isoformat(), "until": (HOUR + timedelta(hours=1)).isoformat()}
    found = used(api.http, api.token(account), by="hour", **span)
    assert found["total"] == {"requests": 11, "refused": 2, "events": 11, "alerts": 0}
    assert found["periods"] == [{**found["total"], "begin": "2026-11-24T12:00:00Z"}]


def test_counts_of_a_tenant_that_is_gone_are_passed_over(api: Running) -> None:
    async def add(database: Database) -> None:
        async with database.transaction() as session:
            await stored_usage.add(session, {(uuid4(), 1): Usage(1)})

    api.on_database(add)


def test_of_two_who_count_the_same_one_gives_way(api: Running) -> None:
    topic = f"topic-{uuid4().hex[:8]}"

    async def advance(database: Database) -> None:
        async with database.transaction() as session:
            assert await stored_usage.counted_until(session, topic, 0) == 0
            await stored_usage.advance(session, topic, 0, before=0, after=5)
        with pytest.raises(Elsewhere):
            async with database.transaction() as session:
                await stored_usage.advance(session, topic, 0, before=0, after=7)
        async with database.transaction() as session:
            assert await stored_usage.counted_until(session, topic, 0) == 5

    api.on_database(advance)


@pytest.mark.parametrize("api", ["postgresql"], indirect=True)
def test_a_killed_process_loses_no_event_and_counts_none_twice(api: Running) -> None:
    account = api.tenant()
    token = api.token(account)
    topic = TenantTopic(api.settings.kafka_bootstrap, account.tenant_id)
    (port,) = free_ports(1)
    taken = 0
    with process(settings_of(api.settings, port)) as other:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as http:
            for number in range(20):
                batch = [topic.line(order_id=f"{number}-{each}") for each in range(10)]
                taken += json.loads(send(http, token, batch).content)["accepted"]
        other.process.kill()
        other.process.wait()
    eventually(lambda: used(api.http, token)["total"], events=taken)
    time.sleep(2)
    assert used(api.http, token)["total"]["events"] == taken == len(topic.events())
