"""A customer is erased once no event from before is left, by a real Kafka and each kind of database."""

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from service.api.ingest.tenant_topic import TenantTopic
from service.api.running import Account, Running
from sqlalchemy import select

from api.audit.tables import AuditRow
from api.clock import utc_now
from api.database import Database
from api.erasures import erasure_watch
from api.erasures.erasure_watch import MARGIN, ErasureWatch
from api.erasures.event_age import TopicsUnread, holds_from_before
from schemas import topics

pytestmark = pytest.mark.service

JANE = {"customer_email": " Jane@Example.com"}


def ask(api: Running, account: Account, body: object) -> httpx.Response:
    return api.http.post("/v1/erasures", json=body, headers=headers(api, account))


def headers(api: Running, account: Account) -> dict[str, str]:
    return {"Authorization": f"Bearer {api.token(account)}"}


def get(api: Running, account: Account, erasure_id: str) -> dict[str, Any]:
    found: dict[str, Any] = api.http.get(f"/v1/erasures/{erasure_id}", headers=headers(api, account)).json()
    return found


def looked(api: Running, after: timedelta) -> None:
    """The watch looks so long after now."""

    async def look(database: Database) -> int:
        return await ErasureWatch(database, api.settings).look(utc_now() + after)

    api.on_database(look)


def write_at(topic: TenantTopic, at_ms: int) -> None:
    """A record in each partition, of this time."""
    producer = Producer({"bootstrap.servers": topic.kafka})
    for partition in range(topics.orders(topic.tenant_id).partitions):
        producer.produce(topic.name, b"x", partition=partition, timestamp=at_ms)
    assert producer.flush(30) == 0


def forget_before(topic: TenantTopic, offset: int) -> None:
    """As Kafka does by age."""
    admin = AdminClient({"bootstrap.servers": topic.kafka})
    partitions = range(topics.orders(topic.tenant_id).partitions)
    for future in admin.delete_records(
        [TopicPartition(topic.name, each, offset) for each in partitions]
    ).values():
        future.result(30)


def test_the_hash_is_the_one_that_stands_in_the_events(api: Running) -> None:
    account = api.tenant()
    topic = TenantTopic(api.settings.kafka_bootstrap, account.tenant_id)
    line = topic.line(customer_email="jane@example.com")
    content = {"Content-Type": "application/x-ndjson"}
    sent = api.http.post("/v1/ingest/events", content=line, headers={**headers(api, account), **content})
    assert sent.status_code == 202
    answer = ask(api, account, JANE)
    assert answer.status_code == 202
    told = answer.json()
    (event,) = topic.events()
    assert told["customer_hash"] in event["attributes"]
    assert ask(api, account, {"customer_hash": told["customer_hash"]}).json()["customer_hash"] == (
        told["customer_hash"]
    )
    other = ask(api, api.tenant(), JANE).json()
    assert other["customer_hash"] != told["customer_hash"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"customer_email": "a@b.c", "phone": "1"},
        {"customer_hash": "jane"},
        {"customer_email": " "},
        {"name": "Jane"},
    ],
)
def test_who_is_not_named_once_is_nobody(api: Running, body: object) -> None:
    answer = ask(api, api.tenant(), body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/v1/problems/bad-json-body")


def test_an_erasure_waits_until_nothing_from_before_is_left(
    api: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    # other tests may leave dead letters
    own = replace(topics.DEAD_LETTERS, name=f"dead-letters-{uuid4()}")
    monkeypatch.setattr(erasure_watch, "DEAD_LETTERS", own)
    account = api.tenant()
    topic = TenantTopic(api.settings.kafka_bootstrap, account.tenant_id)
    now_ms = int(time.time() * 1000)
    write_at(topic, now_ms - 1_000)
    told = ask(api, account, JANE).json()
    assert told["state"] == "waiting"
    later = MARGIN + timedelta(minutes=5)
    looked(api, later)
    assert get(api, account, told["erasure_id"])["state"] == "waiting"
    write_at(topic, now_ms + later // timedelta(milliseconds=1))
    looked(api, later)
    assert get(api, account, told["erasure_id"])["state"] == "waiting", "the old events are still there"
    forget_before(topic, 1)
    looked(api, later)
    erased = get(api, account, told["erasure_id"])
    assert (erased["state"], erased["customer_hash"]) == ("erased", None)
    assert audited(api, account) == ["customer.erasure_asked", "customer.erased"]


def test_another_tenants_erasure_does_not_exist(api: Running) -> None:
    mine, other = api.tenant(), api.tenant()
    erasure = ask(api, mine, JANE).json()
    answer = api.http.get(f"/v1/erasures/{erasure['erasure_id']}", headers=headers(api, other))
    assert (answer.status_code, answer.json()["type"]) == (404, "/v1/problems/unknown-erasure")
    assert api.http.get("/v1/erasures", headers=headers(api, other)).json() == []
    assert api.http.get("/v1/erasures", headers=headers(api, mine)).json() == [erasure]


def test_a_kafka_that_is_away_is_no_proof() -> None:
    with pytest.raises(TopicsUnread):
        holds_from_before("127.0.0.1:9", ["orders"], utc_now())


def audited(api: Running, account: Account) -> list[str]:
    async def work(database: Database) -> list[str]:
        async with database.transaction() as session:
            of_customers = AuditRow.action.startswith("customer.")
            entries = select(AuditRow).where(AuditRow.tenant_id == account.tenant_id, of_customers)
            rows = await session.scalars(entries.order_by(AuditRow.number))
            return [row.action for row in rows]

    return api.on_database(work)
