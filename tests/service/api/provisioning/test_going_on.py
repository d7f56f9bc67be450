"""A tenant half made or half removed: the failed step is named, and a repeat goes on where it stopped."""

import os
import signal
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID, uuid4

import httpx
import pytest
from redis.asyncio import Redis
from service.api.provisioning.operator_calls import Operator
from service.api.running import Running
from service.api.test_process import process, settings_of
from sqlalchemy import select

from api import topics as kafka_topics
from api.access.tenants import Region
from api.audit.actor import Actor
from api.database import Database
from api.provisioning import opening
from api.provisioning.operations import Incomplete, Kind
from api.provisioning.provisioning import OtherRegion, Provisioning
from api.provisioning.steps import Status
from api.provisioning.tables import OperationRow
from api.provisioning.tenant_request import TenantRequest
from api.tables import TenantRow
from ops.ports import free_ports
from ops.stack import Stack
from schemas.topics import orders

pytestmark = pytest.mark.service

Answer = TypeVar("Answer")
OPERATOR = Actor("operator", "test")


def provision(api: Running, work: Callable[[Provisioning], Awaitable[Answer]], **settings: object) -> Answer:
    """What ``work`` gives, as another process of this deployment does it, with these settings of its own."""
    changed = api.settings.model_copy(update=settings)

    async def run(database: Database) -> Answer:
        async with Redis.from_url(changed.redis_url) as redis:
            return await work(Provisioning(database, redis, changed))

    return api.on_database(run)


def request() -> TenantRequest:
    return TenantRequest(f"shop {uuid4()}", Region.EU_CENTRAL_1)


def nobody() -> str:
    return f"127.0.0.1:{free_ports(1)[0]}"


def test_the_step_that_failed_is_named_and_a_repeat_goes_on_there(
    api: Running, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_topics, "TIMEOUT_S", 0.5)
    wanted, key = request(), str(uuid4())
    with pytest.raises(Incomplete) as failure:
        provision(api, lambda each: each.open(wanted, OPERATOR, key), kafka_bootstrap=nobody())
    assert failure.value.failed.name == "topic"
    assert [state.status for state in failure.value.states] == [
        *(Status.DONE, Status.FAILED),
        *[Status.WAITING] * (len(opening.NAMES) - 2),
    ]
    monkeypatch.undo()
    found = operator.ask("GET", f"/{failure.value.tenant_id}").json()
    assert found["standing"] == "opening"

    made = provision(api, lambda each: each.open(wanted, OPERATOR, key))
    assert (made.tenant.tenant_id, made.standing) == (failure.value.tenant_id, "active")
    assert made.client is not None and made.client.secret is not None


def test_resume_finishes_a_tenant_and_tells_its_client(
    api: Running, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_topics, "TIMEOUT_S", 0.5)
    with pytest.raises(Incomplete) as failure:
        provision(api, lambda each: each.open(request(), OPERATOR), kafka_bootstrap=nobody())
    monkeypatch.undo()
    answer = operator.ask("POST", f"/{failure.value.tenant_id}/resume")
    assert (answer.status_code, answer.json()["standing"]) == (200, "active")
    client = answer.json()["client"]
    assert api.ask_for_token((client["client_id"], client["client_secret"])).status_code == 200


def test_a_removal_that_stopped_goes_on(
    api: Running, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, account = operator.created()
    tenant_id = UUID(made["tenant_id"])
    monkeypatch.setattr(kafka_topics, "TIMEOUT_S", 0.5)
    with pytest.raises(Incomplete, match="^the step topic failed: Kafka: "):
        provision(api, lambda each: each.close(tenant_id, OPERATOR), kafka_bootstrap=nobody())
    monkeypatch.undo()
    assert operator.ask("GET", f"/{tenant_id}").json()["standing"] == "closing"
    refused = operator.ask("POST", f"/{tenant_id}/resume")
    assert (refused.status_code, refused.json()["type"]) == (409, "/v1/problems/being-removed")
    assert api.ask_for_token((account.client_id, account.secret)).status_code == 401
    assert operator.ask("DELETE", f"/{tenant_id}").json()["standing"] == "deleted"


def test_a_tenant_of_another_region_is_refused(api: Running) -> None:
    with pytest.raises(
        OtherRegion, match="this deployment is in us-east-1, and no data may leave eu-central-1"
    ):
        provision(api, lambda each: each.open(request(), OPERATOR), region=Region.US_EAST_1)


def test_a_process_killed_in_the_midst_leaves_what_the_next_finishes(
    api: Running, operator: Operator, stack: Stack
) -> None:
    name, key = f"shop {uuid4()}", str(uuid4())
    (port,) = free_ports(1)
    kafka = stack.status()["kafka"].process.pid
    headers = {"Authorization": f"Bearer {api.token(operator.account)}", "Idempotency-Key": key}
    body = {"name": name, "region": "eu-central-1"}
    with process(settings_of(api.settings, port)) as dying, ThreadPoolExecutor(1) as thread:
        url = f"http://127.0.0.1:{port}/v1/tenants"
        os.kill(kafka, signal.SIGSTOP)
        try:
            asking = thread.submit(httpx.post, url, json=body, headers=headers, timeout=30)
            # it has its row, and waits for a broker that stands still
            _until(lambda: _operations(api, name) == [None])
            dying.process.kill()
            with pytest.raises(httpx.TransportError):
                asking.result()
        finally:
            os.kill(kafka, signal.SIGCONT)
    answer = operator.create(name, key)
    assert answer.status_code == 201, answer.text
    assert answer.json()["standing"] == "active"
    (finished,) = _operations(api, name)
    assert finished is not None
    topic = orders(UUID(answer.json()["tenant_id"]))
    assert topic.name in kafka_topics.states(api.settings.kafka_bootstrap, [topic.name])


def _operations(api: Running, name: str) -> list[object]:
    """When each making of a tenant of this name was finished."""

    async def run(database: Database) -> list[object]:
        of_name = select(TenantRow.tenant_id).where(TenantRow.name == name)
        wanted = select(OperationRow.finished_at).where(
            OperationRow.kind == Kind.OPENING, OperationRow.tenant_id.in_(of_name)
        )
        async with database.transaction() as session:
            return [*await session.scalars(wanted)]

    return api.on_database(run)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
