"""Rate limits over a real Redis and several processes of the API, and what is counted of it."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from redis.asyncio import Redis
from service.api.running import Account, Running
from service.api.test_process import process, settings_of
from sqlalchemy import select

from api.access.clients import create_client
from api.access.operators import OPERATOR, OPERATOR_SCOPES
from api.audit.tables import AuditRow
from api.database import Database
from api.limits.limit import Limit
from api.limits.shared_buckets import SharedBuckets
from ops.ports import free_ports
from ops.stack import Stack

pytestmark = pytest.mark.service

PATIENCE_S = 20.0
ON_POSTGRESQL = pytest.mark.parametrize("api", ["postgresql"], indirect=True)


def operator_token(api: Running) -> str:
    """A token of the operator's."""
    new = api.on_database(lambda database: create_client(database, OPERATOR, OPERATOR_SCOPES.keys()))
    return api.token(Account(OPERATOR, new.client.client_id, new.secret))


def with_token(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def set_limits(api: Running, account: Account, **limits: object) -> httpx.Response:
    """The operator sets what the tenant may send."""
    path = f"/v1/tenants/{account.tenant_id}/limits"
    return api.http.put(path, json=limits, headers=with_token(operator_token(api)))


def usage(api: Running, account: Account, token: str) -> httpx.Response:
    return api.http.get("/v1/usage", headers=with_token(token))


class TestSharedBuckets:
    """The script in a real Redis, which goes by its own clock."""

    async def test_processes_get_no_more_than_there_is(self, redis: str) -> None:
        limit, tenant = Limit(1_000, 500), uuid4()
        several = [SharedBuckets.at(redis, timedelta(seconds=5)) for _ in range(4)]
        began = time.monotonic()

        async def take_for_a_while(buckets: SharedBuckets) -> int:
            taken = 0
            while time.monotonic() - began < 0.5:
                taken += (await buckets.take(tenant, limit, 7)).tokens
            return taken

        taken = sum(await asyncio.gather(*map(take_for_a_while, several)))
        elapsed = time.monotonic() - began
        assert 500 + 1_000 * 0.4 <= taken <= 500 + 1_000 * elapsed + 1
        for each in several:
            await each.close()

    async def test_an_empty_bucket_tells_when_it_has_a_token(self, redis: str) -> None:
        buckets = SharedBuckets.at(redis, timedelta(seconds=5))
        tenant, limit = uuid4(), Limit(20, 3)
        assert (await buckets.take(tenant, limit, 10)).tokens == 3
        grant = await buckets.take(tenant, limit, 1)
        assert grant.tokens == 0
        assert 0 < grant.wait_s <= 0.05
        await asyncio.sleep(grant.wait_s + 0.002)
        assert (await buckets.take(tenant, limit, 1)).tokens == 1
        await buckets.close()

    async def test_a_bucket_that_is_full_again_takes_no_room(self, redis: str) -> None:
        buckets = SharedBuckets.at(redis, timedelta(seconds=5))
        tenant = uuid4()
        await buckets.take(tenant, Limit(1_000, 500), 100)
        async with Redis.from_url(redis) as client:
            (name,) = [key async for key in client.scan_iter(f"*{tenant}*")]
            assert 1_000 <= await client.pttl(name) <= 1_100
        await buckets.close()


class TestTheOperator:
    def test_sets_and_resets_a_limit(self, api: Running) -> None:
        account = api.tenant()
        token = api.token(account)
        path = f"/v1/tenants/{account.tenant_id}/limits"
        operator = with_token(operator_token(api))
        usual = {"requests_per_second": 15_000, "burst": 30_000, "set_for_tenant": False}
        assert api.http.get(path, headers=operator).json() == usual
        changed = api.http.put(path, json={"burst": 60_000}, headers=operator)
        assert changed.json() == {"requests_per_second": 15_000, "burst": 60_000, "set_for_tenant": True}
        assert api.http.get(path, headers=operator).json() == changed.json()
        assert usage(api, account, token).json()["limits"] == {"requests_per_second": 15_000, "burst": 60_000}
        assert api.http.delete(path, headers=operator).status_code == 204
        assert api.http.get(path, headers=operator).json() == usual
        assert self.audited(api, account) == [
            (None, '{"burst":60000,"requests_per_second":15000}'),
            ('{"burst":60000,"requests_per_second":15000}', None),
        ]

    def test_no_tenant_sets_its_own(self, api: Running) -> None:
        account = api.tenant()
        answer = api.http.put(
            f"/v1/tenants/{account.tenant_id}/limits",
            json={"burst": 1_000_000},
            headers=with_token(api.token(account)),
        )
        assert answer.status_code == 403
        assert 'scope="tenants:write"' in answer.headers["www-authenticate"]

    @pytest.mark.parametrize("tenant", [str(UUID(int=7)), str(OPERATOR), "nonsense"])
    def test_an_unknown_tenant(self, api: Running, tenant: str) -> None:
        answer = api.http.get(f"/v1/tenants/{tenant}/limits", headers=with_token(operator_token(api)))
        assert (answer.status_code, answer.json()["type"]) == (404, "/v1/problems/unknown-tenant")

    @pytest.mark.parametrize("body", [{}, {"burst": 0}, {"burst": 1.5}, {"burst": 9, "rate": 1}, []])
    def test_what_is_no_limit_is_refused(self, api: Running, body: object) -> None:
        answer = api.http.put(
            f"/v1/tenants/{api.tenant().tenant_id}/limits",
            json=body,
            headers=with_token(operator_token(api)),
        )
        assert (answer.status_code, answer.json()["type"]) == (400, "/v1/problems/bad-json-body")

    def audited(self, api: Running, account: Account) -> Sequence[tuple[str | None, str | None]]:
        """Before and after of each change of the tenant's limits."""

        async def work(database: Database) -> Sequence[tuple[str | None, str | None]]:
            entries = select(AuditRow).where(
                AuditRow.tenant_id == account.tenant_id, AuditRow.action == "limits.changed"
            )
            async with database.transaction() as session:
                rows = await session.scalars(entries.order_by(AuditRow.number))
                return [(row.before, row.after) for row in rows]

        return api.on_database(work)


class TestTheLimit:
    def test_one_too_many_is_told_when_to_come_back(self, api: Running) -> None:
        account = api.tenant()
        token = api.token(account)
        set_limits(api, account, burst=3, requests_per_second=1)
        answers = [usage(api, account, token) for _ in range(6)]
        assert [answer.status_code for answer in answers[:3]] == [200] * 3
        refused = answers[-1]
        assert (refused.status_code, refused.json()["type"]) == (429, "/v1/problems/rate-limited")
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["ratelimit-policy"] == '"requests";q=3;w=3'
        assert refused.headers["ratelimit"] == '"requests";r=0;t=1'

    @ON_POSTGRESQL
    def test_holds_over_processes_and_by_shares_while_redis_is_away(self, api: Running, stack: Stack) -> None:
        account = api.tenant()
        token = api.token(account)
        set_limits(api, account, burst=60, requests_per_second=30)
        (port,) = free_ports(1)
        with process(settings_of(api.settings, port)):
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as other:
                processes = (api.http, other)
                for each in processes:
                    eventually_told(each, {"status": "ok", "processes": 2})
                passed, allowed = burst_of(processes, token)
                assert 60 <= passed <= allowed
                with redis_stopped(stack):
                    for each in processes:
                        passes(each, token)
                    for each in processes:
                        told = eventually_told(each, {"status": "behind", "processes": 2})
                        assert "share" in told["reason"]
                    # what came meanwhile is what their shares hold together
                    passed, allowed = burst_of(processes, token)
                    assert 50 <= passed <= allowed
                for each in processes:
                    passes(each, token)
                for each in processes:
                    eventually_told(each, {"status": "ok", "processes": 2})


def passes(http: httpx.Client, token: str) -> bool:
    """Whether a request is let in."""
    return http.get("/v1/usage", headers=with_token(token)).status_code != 429


def burst_of(processes: Sequence[httpx.Client], token: str) -> tuple[int, float]:
    """How many of many requests in turn to all of them pass, and the most that may."""
    limit = Limit(30, 60)
    began = time.monotonic()
    passed = sum(passes(each, token) for _ in range(120) for each in processes)
    elapsed = time.monotonic() - began
    return passed, limit.burst + limit.requests_per_second * elapsed + len(processes) * limit.lease


@contextmanager
def redis_stopped(stack: Stack) -> Iterator[None]:
    """While it stands still, as when its machine is gone."""
    pid = stack.status()["redis"].process.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def eventually_told(http: httpx.Client, expected: Mapping[str, object]) -> Mapping[str, Any]:
    """What the status says of the rate limit, once it is as expected."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        told: Mapping[str, Any] = http.get("/v1/status").json()["dependencies"]["rate_limit"]
        if expected.items() <= told.items():
            return told
        assert time.monotonic() < deadline, told
        time.sleep(0.2)
