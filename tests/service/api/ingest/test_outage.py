"""Kafka goes and comes back; nothing that was answered with 202 is lost, and nothing needs a hand."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import httpx
import pytest
from service.api.ingest.gateway_app import Client, running, settings_for
from service.api.ingest.tenant_topic import TenantTopic, committed

from api.ingest import event_log
from api.ingest.transactions import TRANSACTION_LIMIT, Batch, NotWritten, OutcomeUnknown, Unwritten
from ops.stack import Stack, StackSettings
from ops.topics import ensure
from schemas.topics import SHARED, orders

pytestmark = pytest.mark.service

PATIENCE = timedelta(seconds=2)
RECOVERY_S = 90.0


class Kafka:
    """A Kafka that a test may hurt."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.bootstrap = stack.settings.kafka_bootstrap

    @property
    def pid(self) -> int:
        return self._stack.status()["kafka"].process.pid

    def stop(self) -> None:
        """It neither answers nor closes its connections."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """It is gone at once; the supervisor starts it again."""
        os.kill(self.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def own_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka of this module's own."""
    stack = Stack(StackSettings.for_tests(tmp_path_factory.mktemp("outage")))
    try:
        stack.up({"kafka"})
        ensure(stack.settings.kafka_bootstrap, SHARED)
        yield Kafka(stack)
    finally:
        stack.down()


@pytest.fixture
def kafka_to_hurt(own_kafka: Kafka) -> Iterator[Kafka]:
    yield own_kafka
    own_kafka.go_on()


@pytest.fixture
def hurt_tenant(kafka_to_hurt: Kafka) -> TenantTopic:
    return TenantTopic(kafka_to_hurt.bootstrap)


@pytest.fixture
async def hasty(kafka_to_hurt: Kafka, instance: str) -> AsyncIterator[Client]:
    """A gateway that waits for Kafka for one second, connected."""
    async with running(settings_for(kafka_to_hurt.bootstrap, instance, kafka_timeout=PATIENCE)) as client:
        await _until(client, healthy=True)
        yield client


async def _until(client: Client, *, healthy: bool, within_s: float = RECOVERY_S) -> None:
    deadline = time.monotonic() + within_s
    while client.gateway.healthy != healthy:
        assert time.monotonic() < deadline, f"healthy did not become {healthy}"
        await asyncio.sleep(0.05)


class Poster:
    """Posts one event after the other, and notes what it was told of each."""

    def __init__(self, client: Client, tenant: TenantTopic) -> None:
        self._client = client
        self._tenant = tenant
        self.answers: dict[str, httpx.Response] = {}

    async def post(self, times: int = 1, *, keyed: bool = False) -> httpx.Response:
        """Post so many events, each with an Idempotency-Key of its own or without; the last answer."""
        for _ in range(times):
            order_id = f"{len(self.answers):03}"
            headers = {"idempotency_key": order_id} if keyed else {}
            line = self._tenant.line(order_id=order_id)
            answer = await self._client.post(self._tenant.tenant_id, line, **headers)
            self.answers[order_id] = answer
        return answer

    async def until_taken(self, *, keyed: bool = False) -> None:
        """Post until Kafka takes it."""
        deadline = time.monotonic() + RECOVERY_S
        while (await self.post(keyed=keyed)).status_code != 202:
            assert time.monotonic() < deadline, "it did not recover"
            await asyncio.sleep(0.2)

    def check(self) -> None:
        """What was taken is there, what was not taken is not, and of the rest each is there at most once."""
        kinds = {order_id: answer.json().get("type", "taken") for order_id, answer in self.answers.items()}
        found = self._tenant.order_ids()
        assert len(found) == len(set(found))
        assert {order_id for order_id, kind in kinds.items() if kind == "taken"} <= set(found)
        assert not {order_id for order_id, kind in kinds.items() if kind == "/v1/problems/unavailable"} & set(
            found
        )


async def test_a_kafka_that_hangs(kafka_to_hurt: Kafka, hasty: Client, hurt_tenant: TenantTopic) -> None:
    poster = Poster(hasty, hurt_tenant)
    await poster.until_taken()
    kafka_to_hurt.stop()
    for _ in range(4):
        began = time.monotonic()
        answer = await poster.post()
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
        assert time.monotonic() - began < 2 * PATIENCE.total_seconds()
    assert not hasty.gateway.healthy
    kafka_to_hurt.go_on()
    await poster.until_taken()
    poster.check()


async def test_a_kafka_that_hangs_longer_than_a_transaction_may_last(
    kafka_to_hurt: Kafka, hasty: Client, hurt_tenant: TenantTopic
) -> None:
    poster = Poster(hasty, hurt_tenant)
    await poster.until_taken()
    kafka_to_hurt.stop()
    await poster.post()
    await asyncio.sleep(TRANSACTION_LIMIT.total_seconds() + 2)
    await poster.post()
    kafka_to_hurt.go_on()
    await poster.until_taken()
    poster.check()


async def test_a_kafka_that_is_killed(kafka_to_hurt: Kafka, hasty: Client, hurt_tenant: TenantTopic) -> None:
    poster = Poster(hasty, hurt_tenant)
    await poster.until_taken()
    kafka_to_hurt.kill()
    await poster.post(2)
    await poster.until_taken()
    await poster.until_taken(keyed=True)
    poster.check()


async def test_a_keyed_request_over_an_outage_is_written_once(
    kafka_to_hurt: Kafka, hasty: Client, hurt_tenant: TenantTopic
) -> None:
    async def post() -> httpx.Response:
        line = hurt_tenant.line(order_id="a")
        return await hasty.post(hurt_tenant.tenant_id, line, idempotency_key="k")

    kafka_to_hurt.stop()
    assert {(await post()).status_code for _ in range(3)} <= {503, 409}
    kafka_to_hurt.go_on()
    deadline = time.monotonic() + RECOVERY_S
    while (await post()).status_code != 202:
        assert time.monotonic() < deadline, "it did not recover"
        await asyncio.sleep(0.2)
    assert "idempotent-replayed" in (await post()).headers
    assert hurt_tenant.order_ids() == ["a"]


async def test_an_idle_gateway_notices(kafka_to_hurt: Kafka, hasty: Client, hurt_tenant: TenantTopic) -> None:
    kafka_to_hurt.stop()
    await _until(hasty, healthy=False)
    began = time.monotonic()
    assert (await hasty.post(hurt_tenant.tenant_id, hurt_tenant.line())).status_code == 503
    assert time.monotonic() - began < PATIENCE.total_seconds() / 2
    kafka_to_hurt.go_on()
    await Poster(hasty, hurt_tenant).until_taken()


async def test_a_start_without_kafka(kafka_to_hurt: Kafka, instance: str) -> None:
    tenant = TenantTopic(kafka_to_hurt.bootstrap)
    kafka_to_hurt.stop()
    settings = settings_for(kafka_to_hurt.bootstrap, instance, kafka_timeout=PATIENCE)
    async with running(settings) as client:
        poster = Poster(client, tenant)
        for key in ({}, {"idempotency_key": "k"}):
            assert (await client.post(tenant.tenant_id, tenant.line(), **key)).status_code == 503
        kafka_to_hurt.go_on()
        await poster.until_taken()
        poster.check()


async def test_the_end_does_not_wait_for_kafka(kafka_to_hurt: Kafka, instance: str) -> None:
    began = 0.0
    tenant = TenantTopic(kafka_to_hurt.bootstrap)
    settings = settings_for(kafka_to_hurt.bootstrap, instance, kafka_timeout=PATIENCE)
    async with running(settings) as client:
        await Poster(client, tenant).until_taken()
        kafka_to_hurt.stop()
        assert (await client.post(tenant.tenant_id, tenant.line())).status_code == 503
        began = time.monotonic()
    assert time.monotonic() - began < 5 * PATIENCE.total_seconds()


async def test_the_queue_has_a_limit(
    kafka_to_hurt: Kafka, hasty: Client, hurt_tenant: TenantTopic, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = hasty.gateway.event_log
    await Poster(hasty, hurt_tenant).until_taken()
    monkeypatch.setattr(event_log, "MAX_WAITING_BYTES", 10_000)
    kafka_to_hurt.stop()
    entries = []
    with pytest.raises(NotWritten, match="Too many events wait"):
        for number in range(100):
            entries.append(log.submit(Batch(hurt_tenant.name, [(b"k", bytes(1000))], number)))
    outcomes = await asyncio.gather(*(log.written(entry) for entry in entries), return_exceptions=True)
    assert all(isinstance(outcome, Unwritten) for outcome in outcomes)
    kafka_to_hurt.go_on()
    await Poster(hasty, hurt_tenant).until_taken()
    # those that were told "not written" are not there
    unknown = sum(isinstance(outcome, OutcomeUnknown) for outcome in outcomes)
    found = committed(kafka_to_hurt.bootstrap, orders(hurt_tenant.tenant_id))
    assert len([message for message in found if message.value() == bytes(1000)]) <= unknown


async def test_two_processes_by_one_name(kafka_to_hurt: Kafka, hasty: Client, instance: str) -> None:
    """A mistake of the operator's: each fences the other off, but neither loses or doubles anything."""
    tenant = TenantTopic(kafka_to_hurt.bootstrap)
    poster = Poster(hasty, tenant)
    await poster.until_taken()
    async with running(settings_for(kafka_to_hurt.bootstrap, instance)) as intruder:
        other = Poster(intruder, TenantTopic(kafka_to_hurt.bootstrap))
        for _ in range(3):
            await other.until_taken()
            await poster.until_taken()
    poster.check()
    other.check()
