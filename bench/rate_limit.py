"""What a rate limit over all processes costs a request, beside a bucket in the process alone.

::

    python -m bench.rate_limit [--seconds 4] [--rounds 4]

Each variant is an endpoint that does nothing behind the real guard, in a process of its own (uvicorn, uvloop, httptools), so
that the limit weighs as much as it ever can. Variants run forth and back, ``--rounds`` times, and the table shows medians.
Machines are shared, so compare with the baseline of the same table.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID, uuid4

import psutil
import uvicorn
import uvloop
from redis import Redis
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.access.authentication import Principal, requires
from api.limits.admission import Admission, AdmittedTokens
from api.limits.limit import Grant, Limit
from api.limits.local_shares import LocalShares
from api.limits.rate_limit import RateLimit
from api.limits.shared_buckets import SharedBuckets
from api.settings import Settings
from api.usage.request_counts import RequestCounts
from bench.served_api import cpu_seconds, served
from ops.stack import Stack, StackSettings

CONNECTIONS = 32
WARM_UP_S = 1.0
LIMIT = Limit(1e6, 1e6)
LEASE_OF_LIMIT = 750
"""Tokens of a lease at the usual limit of 15,000 requests a second."""
BASELINE = "bucket in the process"
console = Console(stderr=True)


class OneTenant:
    """Takes the tenant's id for its token."""

    async def authenticate(self, token: str) -> Principal:
        return Principal(UUID(token), "bench", frozenset({"bench"}))


class Limiter(Protocol):
    """What a request passes."""

    async def take(self, tenant_id: UUID) -> float: ...

    def limit_of(self, tenant_id: UUID) -> Limit: ...


class InProcess:
    """The baseline: a bucket that no other process knows."""

    def __init__(self) -> None:
        self._buckets = LocalShares(since=0.0)

    def limit_of(self, tenant_id: UUID) -> Limit:
        return LIMIT

    async def take(self, tenant_id: UUID) -> float:
        grant = self._buckets.take(tenant_id, LIMIT, 1, time.monotonic())
        return 0.0 if grant.tokens else grant.wait_s


class InRedis:
    """Redis is asked for each request."""

    def __init__(self, buckets: SharedBuckets) -> None:
        self._buckets = buckets

    def limit_of(self, tenant_id: UUID) -> Limit:
        return LIMIT

    async def take(self, tenant_id: UUID) -> float:
        grant = await self._buckets.take(tenant_id, LIMIT, 1)
        return 0.0 if grant.tokens else grant.wait_s


class SmallLeases:
    """Buckets that are asked for leases as at the usual limit, and are never empty."""

    def __init__(self, buckets: SharedBuckets) -> None:
        self._buckets = buckets

    async def take(self, tenant_id: UUID, limit: Limit, wanted: int) -> Grant:
        return await self._buckets.take(tenant_id, LIMIT, wanted)


def _limiter(variant: str, redis_url: str) -> Limiter:
    buckets = SharedBuckets.at(redis_url, timedelta(seconds=1))
    usual = Limit(LEASE_OF_LIMIT * 20, LEASE_OF_LIMIT * 40)
    match variant:
        case "leases from Redis":
            return RateLimit(SmallLeases(buckets), lambda _: usual, lambda: 1)
        case "Redis for each request":
            return InRedis(buckets)
        case _:
            return InProcess()


VARIANTS = ("no limit", BASELINE, "leases from Redis", "Redis for each request")


@requires("bench")
async def nothing(_request: Request, _principal: Principal) -> Response:
    return Response(status_code=204)


def serve(variant: str) -> None:
    """Run one variant until it is told to end."""
    settings = Settings()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        limiter: Any = _limiter(variant, settings.redis_url)
        admission = Admission(limiter, RequestCounts())
        plain = OneTenant()
        yield {"authenticator": plain if variant == "no limit" else AdmittedTokens(plain, admission)}

    app = Starlette(routes=[Route("/", nothing)], lifespan=lifespan)
    uvicorn.run(app, port=settings.port, loop="uvloop", http="httptools", log_config=None, access_log=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant."""

    requests_per_second: float
    api_us: float
    """CPU time of a request in the API's process."""
    redis_calls: float
    """For each request."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(StackSettings.for_tests(Path(folder)))
        try:
            stack.up({"redis"})
            measured = _measure_all(stack, options.seconds, options.rounds)
        finally:
            stack.down()
    _print(measured)
    if options.json:
        figures = {variant: asdict(run) for variant, run in measured.items()}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def _measure_all(stack: Stack, seconds: float, rounds: int) -> dict[str, Measured]:
    runs: dict[str, list[Measured]] = {}
    for number in range(rounds):
        for variant in VARIANTS if number % 2 == 0 else reversed(VARIANTS):
            console.print(f"round {number + 1} of {rounds}: {variant}")
            with served("bench.rate_limit", variant, stack) as (port, process):
                uvloop.run(_ask_for(port, WARM_UP_S))
                runs.setdefault(variant, []).append(_timed(port, seconds, process, stack.settings.redis_url))
    return {
        variant: Measured(
            *(statistics.median(getattr(run, name) for run in several) for name in Measured.__slots__)
        )
        for variant, several in runs.items()
    }


def _timed(port: int, seconds: float, process: psutil.Process, redis_url: str) -> Measured:
    with Redis.from_url(redis_url) as redis:
        calls, cpu, began = _calls(redis), cpu_seconds(process), time.perf_counter()
        count = uvloop.run(_ask_for(port, seconds))
        elapsed = time.perf_counter() - began
        return Measured(
            count / elapsed, (cpu_seconds(process) - cpu) / count * 1e6, (_calls(redis) - calls) / count
        )


def _calls(redis: Redis) -> int:
    stats = redis.info("commandstats")
    assert isinstance(stats, dict)
    return int(stats.get("cmdstat_evalsha", {}).get("calls", 0))


async def _ask_for(port: int, seconds: float) -> int:
    """How many requests so many clients made, each one after the other."""
    until = time.perf_counter() + seconds
    request = f"GET / HTTP/1.1\r\nHost: aurora\r\nAuthorization: Bearer {uuid4()}\r\n\r\n".encode()
    return sum(await asyncio.gather(*(_client(port, request, until) for _ in range(CONNECTIONS))))


async def _client(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    count = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 204"), head
        count += 1
    writer.close()
    return count


def _print(measured: dict[str, Measured]) -> None:
    table = Table("variant", "requests/s", "API us/request", "of baseline", "Redis calls/request")
    for variant in VARIANTS:
        run = measured[variant]
        table.add_row(
            variant,
            f"{run.requests_per_second:,.0f}",
            f"{run.api_us:.1f}",
            f"{run.api_us / measured[BASELINE].api_us:.3f}",
            f"{run.redis_calls:.4f}",
        )
    Console(width=110).print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
