"""With an Idempotency-Key a batch is written once, however often and wherever it is sent."""

import asyncio
import gzip
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from confluent_kafka import Producer
from service.api.ingest.gateway_app import Client, running, settings_for
from service.api.ingest.tenant_topic import TenantTopic

from api.ingest.receipt_book import Receipt
from schemas.topics import INGEST_RECEIPTS

pytestmark = pytest.mark.service


async def test_a_repetition_is_answered_but_not_written(client: Client, tenant: TenantTopic) -> None:
    lines = [tenant.line(order_id="a"), tenant.line(order_id="b")]
    first = await client.post(tenant.tenant_id, *lines, idempotency_key="k")
    assert (first.status_code, first.json()["accepted"]) == (202, 2)
    assert "idempotent-replayed" not in first.headers
    for key in ("k", '"k"'):
        again = await client.post(tenant.tenant_id, *lines, idempotency_key=key)
        assert (again.status_code, again.json()["accepted"]) == (202, 2)
        assert again.headers["idempotent-replayed"] == "true"
    assert tenant.order_ids() == ["a", "b"]


async def test_the_same_batch_in_another_coding_is_a_repetition(client: Client, tenant: TenantTopic) -> None:
    line = tenant.line(order_id="a")
    for time in (1, 2):
        body = gzip.compress(line, mtime=time)
        answer = await client.post(tenant.tenant_id, body, content_encoding="gzip", idempotency_key="k")
        assert answer.status_code == 202
    assert (await client.post(tenant.tenant_id, line, idempotency_key="k")).headers["idempotent-replayed"]
    assert tenant.order_ids() == ["a"]


async def test_a_key_is_not_taken_for_another_batch(client: Client, tenant: TenantTopic) -> None:
    assert (
        await client.post(tenant.tenant_id, tenant.line(order_id="a"), idempotency_key="k")
    ).status_code == 202
    answer = await client.post(tenant.tenant_id, tenant.line(order_id="b"), idempotency_key="k")
    assert (answer.status_code, answer.json()["type"]) == (422, "/v1/problems/idempotency-key-reused")
    assert tenant.order_ids() == ["a"]


async def test_a_refused_batch_does_not_use_up_its_key(client: Client, tenant: TenantTopic) -> None:
    assert (await client.post(tenant.tenant_id, tenant.line(qty=0), idempotency_key="k")).status_code == 400
    answer = await client.post(tenant.tenant_id, tenant.line(order_id="a"), idempotency_key="k")
    assert answer.status_code == 202 and "idempotent-replayed" not in answer.headers


async def test_tenants_do_not_share_keys(client: Client, tenant: TenantTopic) -> None:
    other = TenantTopic(tenant.kafka)
    for each in (tenant, other):
        answer = await client.post(each.tenant_id, each.line(order_id="a"), idempotency_key="k")
        assert answer.status_code == 202 and "idempotent-replayed" not in answer.headers
    assert tenant.order_ids() == other.order_ids() == ["a"]


async def test_repetitions_at_once_are_written_once(client: Client, tenant: TenantTopic) -> None:
    answers = await asyncio.gather(
        *(client.post(tenant.tenant_id, tenant.line(order_id="a"), idempotency_key="k") for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert tenant.order_ids() == ["a"]


async def test_many_keys_at_once(client: Client, tenant: TenantTopic) -> None:
    async def twice(key: str) -> list[bool]:
        answers = [
            await client.post(tenant.tenant_id, tenant.line(order_id=key), idempotency_key=key) for _ in "12"
        ]
        assert {answer.status_code for answer in answers} == {202}
        return ["idempotent-replayed" in answer.headers for answer in answers]

    keys = [f"k{number:02}" for number in range(50)]
    assert await asyncio.gather(*map(twice, keys)) == [[False, True]] * 50
    assert tenant.order_ids() == keys


async def test_other_processes_and_later_ones_know_the_key(
    client: Client, tenant: TenantTopic, instance: str
) -> None:
    line = tenant.line(order_id="a")
    assert (await client.post(tenant.tenant_id, line, idempotency_key="k")).status_code == 202
    async with running(settings_for(tenant.kafka, f"{instance}-2")) as other:
        assert (await other.post(tenant.tenant_id, line, idempotency_key="k")).headers["idempotent-replayed"]
    assert tenant.order_ids() == ["a"]


class OpenTransaction:
    """Another process that has written a receipt and not yet decided."""

    def __init__(self, kafka: str) -> None:
        self._producer = Producer({"bootstrap.servers": kafka, "transactional.id": f"test-{uuid4()}"})
        self._producer.init_transactions()
        self._producer.begin_transaction()
        self.commit = self._producer.commit_transaction
        self.abort = self._producer.abort_transaction

    def write(self, tenant: TenantTopic, key: str, digest: bytes) -> None:
        message_key, value = Receipt(digest, 1, 1_795_521_600_000).message(tenant.tenant_id, key)
        self._producer.produce(INGEST_RECEIPTS.name, value, message_key)
        assert self._producer.flush(10) == 0


@pytest.fixture
def transaction(tenant: TenantTopic) -> Iterator[OpenTransaction]:
    """Holds a receipt under the key "k"."""
    transaction = OpenTransaction(tenant.kafka)
    transaction.write(tenant, "k", bytes(32))
    yield transaction


async def test_an_open_transaction_is_waited_for_and_its_receipt_counts(
    client: Client, tenant: TenantTopic, transaction: OpenTransaction
) -> None:
    posting = asyncio.create_task(client.post(tenant.tenant_id, tenant.line(), idempotency_key="k"))
    await asyncio.sleep(0.5)
    assert not posting.done()
    transaction.commit()
    assert (await posting).status_code == 422
    assert tenant.events() == []


async def test_an_aborted_transaction_leaves_no_receipt(
    client: Client, tenant: TenantTopic, transaction: OpenTransaction
) -> None:
    posting = asyncio.create_task(
        client.post(tenant.tenant_id, tenant.line(order_id="a"), idempotency_key="k")
    )
    await asyncio.sleep(0.5)
    assert not posting.done()
    transaction.abort()
    assert (await posting).status_code == 202
    assert tenant.order_ids() == ["a"]


async def test_a_transaction_that_stays_open_is_not_waited_for_too_long(
    tenant: TenantTopic, transaction: OpenTransaction, instance: str
) -> None:
    async with running(
        settings_for(tenant.kafka, f"{instance}-hasty", kafka_timeout=timedelta(seconds=1))
    ) as hasty:
        answer = await hasty.post(tenant.tenant_id, tenant.line(), idempotency_key="k")
        assert (answer.status_code, answer.json()["type"]) == (503, "/v1/problems/unavailable")
        assert (await hasty.post(tenant.tenant_id, tenant.line(order_id="a"))).status_code == 202
    transaction.abort()
    assert tenant.order_ids() == ["a"]


async def test_a_receipt_that_cannot_be_read_stops_nothing(client: Client, tenant: TenantTopic) -> None:
    producer = Producer({"bootstrap.servers": tenant.kafka})
    for value in (b"garbage", None):
        producer.produce(INGEST_RECEIPTS.name, value, b"k")
    assert producer.flush(10) == 0
    assert (
        await client.post(tenant.tenant_id, tenant.line(order_id="a"), idempotency_key="k")
    ).status_code == 202
    assert (
        await client.post(tenant.tenant_id, tenant.line(order_id="a"), idempotency_key="k")
    ).status_code == 202
    assert tenant.order_ids() == ["a"]
