"""Batches go into the log, in order, whole or not at all, and without personal data."""

import asyncio
import gzip
from collections import defaultdict
from typing import Any
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient
from service.api.ingest.gateway_app import Client, running, settings_for
from service.api.ingest.tenant_topic import TenantTopic, committed

from api.ingest.event_log import EventLog
from api.ingest.transactions import Batch, NotWritten, OutcomeUnknown, TopicMissing
from schemas import topics
from schemas.encoding import decoder

pytestmark = pytest.mark.service


async def test_a_batch_is_in_the_log_as_it_was_sent(client: Client, tenant: TenantTopic) -> None:
    lines = [
        tenant.line(sku=f"S-{number}", order_id=str(number), price="4.95", currency="EUR")
        for number in range(50)
    ]
    answer = await client.post(tenant.tenant_id, *lines)
    assert (answer.status_code, answer.json().get("accepted")) == (202, 50), answer.text
    messages = committed(tenant.kafka, topics.orders(tenant.tenant_id))
    decode = decoder("order_event", times="ms")
    records = [decode(message.value()) for message in messages]
    assert {record["order_id"] for record in records} == {str(number) for number in range(50)}
    for message, record in zip(messages, records, strict=True):
        assert message.key() == f"{record['sku']}|north".encode()
        assert message.timestamp()[1] == record["received_at"]
    assert {message.partition() for message in messages} == {0, 1, 2, 3}


async def test_events_of_one_key_keep_their_order(client: Client, tenant: TenantTopic) -> None:
    for first in range(0, 60, 6):
        lines = [tenant.line(sku=f"S-{number % 3}", qty=number + 1) for number in range(first, first + 6)]
        assert (await client.post(tenant.tenant_id, *lines)).status_code == 202
    quantities: dict[str, list[int]] = defaultdict(list)
    for event in tenant.events():
        quantities[event["sku"]].append(event["qty"])
    assert quantities == {f"S-{rest}": list(range(rest + 1, 61, 3)) for rest in range(3)}


async def test_requests_at_once_are_all_taken_once(client: Client, tenant: TenantTopic) -> None:
    answers = await asyncio.gather(
        *(
            client.post(tenant.tenant_id, *(tenant.line(order_id=f"{batch:02}-{line}") for line in range(5)))
            for batch in range(40)
        )
    )
    assert {answer.status_code for answer in answers} == {202}
    assert tenant.order_ids() == [f"{batch:02}-{line}" for batch in range(40) for line in range(5)]


async def test_one_bad_line_keeps_all_out(client: Client, tenant: TenantTopic) -> None:
    answer = await client.post(
        tenant.tenant_id, tenant.line(order_id="a"), b"", tenant.line(qty=0), tenant.line()
    )
    assert answer.status_code == 400
    assert [error["line"] for error in answer.json()["errors"]] == [3]
    assert (await client.post(tenant.tenant_id, tenant.line(order_id="b"))).status_code == 202
    assert tenant.order_ids() == ["b"]


async def test_a_compressed_batch(client: Client, tenant: TenantTopic) -> None:
    body = gzip.compress(b"\n".join(tenant.line(order_id=f"{number:03}") for number in range(500)))
    answer = await client.post(tenant.tenant_id, body, content_encoding="gzip")
    assert answer.json()["accepted"] == 500
    assert len(tenant.events()) == 500


async def test_bodies_have_limits(shared_topics: str, tenant: TenantTopic, instance: str) -> None:
    settings = settings_for(
        shared_topics, f"{instance}-small", max_body_bytes=2000, max_line_bytes=500, max_events=5
    )
    async with running(settings) as small:
        bomb = gzip.compress(b" " * 5_000_000)
        for body, headers in (
            (tenant.line(note="x" * 500), {}),
            (b"\n".join([tenant.line()] * 6), {}),
            (tenant.line() + b" " * 2000, {}),
            (bomb, {"content_encoding": "gzip"}),
        ):
            assert (await small.post(tenant.tenant_id, body, **headers)).status_code == 413
        assert (await small.post(tenant.tenant_id, *[tenant.line()] * 5)).status_code == 202
    assert len(tenant.events()) == 5


async def test_another_tenants_events_are_refused(client: Client, tenant: TenantTopic) -> None:
    other = TenantTopic(tenant.kafka)
    for stranger in (other.tenant_id, uuid4()):
        answer = await client.post(stranger, tenant.line())
        assert answer.status_code == 400
        assert str(tenant.tenant_id) not in answer.text
    assert tenant.events() == other.events() == []


async def test_personal_data_is_not_in_the_log(client: Client, tenant: TenantTopic) -> None:
    line = tenant.line(customer_email="ann@example.com", nested=[{"PHONE": "+49 30 123456"}])
    assert (await client.post(tenant.tenant_id, line)).status_code == 202
    (message,) = committed(tenant.kafka, topics.orders(tenant.tenant_id))
    value = message.value()
    assert value is not None
    assert b"hmac-sha256:" in value and b"nested" in value
    assert not any(secret in value for secret in (b"ann", b"example", b"123456"))


async def test_a_tenant_without_a_topic_is_told_so(client: Client, shared_topics: str) -> None:
    tenant_id = uuid4()
    line = TenantTopic(shared_topics).line().replace(b"tenant", b"tenant")
    answer = await client.post(tenant_id, line.replace(line.split(b'"')[3], str(tenant_id).encode()))
    assert (answer.status_code, answer.json()["type"]) == (503, "/v1/problems/tenant-not-ready")
    assert answer.headers["retry-after"]


async def test_a_topic_that_is_made_later_is_found(client: Client, shared_topics: str) -> None:
    tenant_id = uuid4()
    batch = Batch(topics.orders(tenant_id).name, [(b"k", b"v")], 1)
    log = _log_of(client)
    with pytest.raises(TopicMissing):
        await log.written(log.submit(batch))
    TenantTopic(shared_topics, tenant_id)
    await asyncio.sleep(1.1)
    await log.written(log.submit(batch))


async def test_a_batch_without_a_topic_harms_no_other(client: Client, tenant: TenantTopic) -> None:
    log = _log_of(client)
    good = [log.submit(Batch(tenant.name, [(b"k", bytes([number]))], 1)) for number in range(3)]
    lost = log.submit(Batch(topics.orders(uuid4()).name, [(b"k", b"v")], 1))
    good.append(log.submit(Batch(tenant.name, [(b"k", b"\x03")], 1)))
    with pytest.raises(TopicMissing):
        await log.written(lost)
    for entry in good:
        await log.written(entry)
    assert [message.value() for message in committed(tenant.kafka, topics.orders(tenant.tenant_id))] == [
        bytes([number]) for number in range(4)
    ]


async def test_a_message_that_cannot_be_written_takes_only_its_own_batch_with_it(
    client: Client, tenant: TenantTopic
) -> None:
    log = _log_of(client)
    before = log.submit(Batch(tenant.name, [(b"k", b"before")], 1))
    spoilt = log.submit(Batch(tenant.name, [(b"k", b"half"), (b"k", bytes(2_000_000)), (b"k", b"half")], 1))
    after = log.submit(Batch(tenant.name, [(b"k", b"after")], 1))
    with pytest.raises(NotWritten):
        await log.written(spoilt)
    await log.written(before)
    await log.written(after)
    values = [message.value() for message in committed(tenant.kafka, topics.orders(tenant.tenant_id))]
    assert values == [b"before", b"after"]


async def test_a_topic_that_goes_holds_the_others_up_only_once(client: Client, tenant: TenantTopic) -> None:
    log = _log_of(client)
    going = TenantTopic(tenant.kafka)
    await log.written(log.submit(Batch(going.name, [(b"k", b"v")], 1)))
    admin = AdminClient({"bootstrap.servers": tenant.kafka})
    for deleted in admin.delete_topics([going.name]).values():
        deleted.result(10)
    lost = log.submit(Batch(going.name, [(b"k", b"v")], 1))
    assert isinstance(await lost.outcome, NotWritten)
    lost = log.submit(Batch(going.name, [(b"k", b"v")], 1))
    kept = log.submit(Batch(tenant.name, [(b"k", b"v")], 1))
    assert isinstance(await lost.outcome, TopicMissing)
    assert await kept.outcome is None
    assert len(committed(tenant.kafka, topics.orders(tenant.tenant_id))) == 1


async def test_a_mistake_of_ours_does_not_stop_the_log(client: Client, tenant: TenantTopic) -> None:
    log = _log_of(client)
    no_bytes: Any = object()
    with pytest.raises(OutcomeUnknown):
        await log.written(log.submit(Batch(tenant.name, [(b"k", b"half"), (no_bytes, b"")], 1)))
    while not log.healthy:
        await asyncio.sleep(0.05)
    await log.written(log.submit(Batch(tenant.name, [(b"k", b"v")], 1)))
    assert [message.value() for message in committed(tenant.kafka, topics.orders(tenant.tenant_id))] == [b"v"]


async def test_two_gateways_write_to_one_topic(client: Client, tenant: TenantTopic) -> None:
    log = EventLog(settings_for(tenant.kafka, f"test-{uuid4()}"))
    await log.open()
    try:
        entry = log.submit(Batch(tenant.name, [(b"k", b"v")], 1))
        await log.written(entry)
    finally:
        await log.close()
    assert (await client.post(tenant.tenant_id, tenant.line())).status_code == 202
    assert len(committed(tenant.kafka, topics.orders(tenant.tenant_id))) == 2


async def test_what_waits_is_written_before_the_end(shared_topics: str, tenant: TenantTopic) -> None:
    log = EventLog(settings_for(shared_topics, f"test-{uuid4()}"))
    await log.open()
    entries = [log.submit(Batch(tenant.name, [(b"k", bytes([number]))], 1)) for number in range(100)]
    await log.close()
    assert [await entry.outcome for entry in entries] == [None] * 100
    with pytest.raises(NotWritten):
        log.submit(Batch(tenant.name, [(b"k", b"late")], 1))
    assert len(committed(tenant.kafka, topics.orders(tenant.tenant_id))) == 100


def _log_of(client: Client) -> EventLog:
    return client.gateway.event_log
