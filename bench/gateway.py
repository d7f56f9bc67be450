"""What the gateway's transactions cost, beside an idempotent producer with delivery callbacks.

::

    python bench/gateway.py [--seconds 5] [--rounds 4]

Each variant is the real endpoint in a process of its own (uvicorn, uvloop, httptools), over the same Kafka on this machine;
only the way into Kafka differs. The baseline answers 202 once every event of a request is acknowledged, but a failure in
the middle leaves a part of the batch in the log. Variants run forth and back, ``--rounds`` times, and the table shows medians.
Machines are shared, so compare with the baseline of the same table.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import uvicorn
import uvloop
from confluent_kafka import KafkaError, Message, Producer
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from starlette.applications import Starlette

from api.access.authentication import Principal
from api.ingest import events
from api.ingest.event_log import Entry, EventLog
from api.ingest.gateway import Gateway
from api.ingest.transactions import Batch, NotWritten
from api.settings import Settings
from api.web.problems import Problem, answer_problem
from ops.ports import free_ports, is_open
from ops.stack import Stack, StackSettings
from ops.topics import ensure
from schemas.topics import SHARED, orders

KEY = SecretStr("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
LOADS = ((1, 1), (64, 1), (8, 500))
"""Connections, and events in each request."""
WARM_UP_S = 1.0
BASELINE = "delivery callbacks"
console = Console(stderr=True)


class DeliveryCallbacks(EventLog):
    """The baseline: no transaction; a batch is written once each of its messages is acknowledged."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._kafka = settings.kafka_bootstrap

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._producer = Producer(
            {
                "bootstrap.servers": self._kafka,
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        self._polling = threading.Thread(target=self._poll, daemon=True)
        self._open = True
        self._polling.start()

    async def close(self) -> None:
        self._open = False
        await asyncio.to_thread(self._polling.join)

    @property
    def healthy(self) -> bool:
        return True

    def submit(self, batch: Batch) -> Entry:
        entry = Entry(batch, batch.bytes, self._loop.create_future(), self._loop.create_future())
        left = len(batch.messages)
        failed = False

        def delivered(error: KafkaError | None, _: Message) -> None:
            nonlocal left, failed
            left -= 1
            failed = failed or error is not None
            if not left:
                outcome = NotWritten("Not delivered.") if failed else None
                self._loop.call_soon_threadsafe(self._settle, (entry,), (outcome,))

        for key, value in batch.messages:
            self._producer.produce(
                batch.topic, value, key, timestamp=batch.timestamp_ms, on_delivery=delivered
            )
        return entry

    def _poll(self) -> None:
        while self._open:
            self._producer.poll(0.1)


class TwoProducers(EventLog):
    """Two writers in turn, so that one gathers while the other commits."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._logs = [
            EventLog(settings.model_copy(update={"instance": f"{settings.instance}-{n}"})) for n in "12"
        ]
        self._turns = itertools.cycle(self._logs)

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        for log in self._logs:
            await log.open()

    async def close(self) -> None:
        for log in self._logs:
            await log.close()

    @property
    def healthy(self) -> bool:
        return all(log.healthy for log in self._logs)

    def submit(self, batch: Batch) -> Entry:
        return next(self._turns).submit(batch)


class WithoutCounts(EventLog):
    """Transactions that do not tell how many events they hold."""

    def submit(self, batch: Batch) -> Entry:
        return super().submit(replace(batch, counted_for=None))


VARIANTS: dict[str, tuple[type[EventLog], float]] = {
    BASELINE: (DeliveryCallbacks, 0),
    "transactions, 10 ms apart": (EventLog, 10),
    "transactions, one after the other": (EventLog, 0),
    "transactions, two producers": (TwoProducers, 10),
    "transactions, events not counted": (WithoutCounts, 10),
}


class OneTenant:
    """Takes the tenant's id for its token."""

    async def authenticate(self, token: str) -> Principal:
        return Principal(UUID(token), "bench", frozenset({"events:write"}))


def serve(variant: str, port: int, kafka: str) -> None:
    """Run one variant until it is told to end."""
    kind, interval_ms = VARIANTS[variant]
    settings = Settings(
        kafka_bootstrap=kafka,
        encryption_key=KEY,
        pii_key=KEY,
        commit_interval=timedelta(milliseconds=interval_ms),
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        gateway = Gateway(settings)
        gateway.event_log = kind(settings)
        await gateway.open()
        yield {"settings": settings, "gateway": gateway, "authenticator": OneTenant()}
        await gateway.close()

    app = Starlette(routes=events.routes, lifespan=lifespan, exception_handlers={Problem: answer_problem})
    uvicorn.run(app, port=port, loop="uvloop", http="httptools", log_config=None, access_log=False)


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant under one load."""

    events_per_second: float
    p50_ms: float
    p99_ms: float
    api_us: float
    kafka_us: float
    """CPU time of an event, in the API's process and in Kafka's."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(StackSettings.for_tests(Path(folder)))
        try:
            console.print("starting Kafka")
            stack.up({"kafka"})
            measured = _measure_all(stack, options.seconds, options.rounds)
        finally:
            stack.down()
    _print(measured)


def _measure_all(stack: Stack, seconds: float, rounds: int) -> dict[tuple[tuple[int, int], str], Measured]:
    kafka = stack.settings.kafka_bootstrap
    kafka_process = psutil.Process(stack.status()["kafka"].process.pid)
    tenant = uuid4()
    ensure(kafka, [*SHARED, orders(tenant)])
    runs: dict[tuple[tuple[int, int], str], list[Measured]] = {}
    for number in range(rounds):
        # forth and back, since Kafka gets quicker while it runs
        for variant in VARIANTS if number % 2 == 0 else reversed(VARIANTS):
            console.print(f"round {number + 1} of {rounds}: {variant}")
            with _server(variant, kafka) as (port, api_process):
                for connections, size in LOADS:
                    load = partial(_post_for, port, tenant, connections, size)
                    uvloop.run(load(WARM_UP_S))
                    run = _timed(load, seconds, size, api_process, kafka_process)
                    runs.setdefault(((connections, size), variant), []).append(run)
    return {key: _median(several) for key, several in runs.items()}


@contextmanager
def _server(variant: str, kafka: str) -> Iterator[tuple[int, psutil.Process]]:
    (port,) = free_ports(1)
    command = [sys.executable, __file__, "--serve", variant, str(port), kafka]
    running = subprocess.Popen(command)
    try:
        while not is_open(port):
            assert running.poll() is None, "the server did not start"
            time.sleep(0.1)
        yield port, psutil.Process(running.pid)
    finally:
        running.terminate()
        running.wait()


def _timed(
    load: Callable[[float], Any], seconds: float, size: int, api: psutil.Process, kafka: psutil.Process
) -> Measured:
    api_before, kafka_before, began = _cpu(api), _cpu(kafka), time.perf_counter()
    latencies = sorted(uvloop.run(load(seconds)))
    elapsed = time.perf_counter() - began
    count = len(latencies) * size
    return Measured(
        count / elapsed,
        latencies[len(latencies) // 2] * 1e3,
        latencies[len(latencies) * 99 // 100] * 1e3,
        (_cpu(api) - api_before) / count * 1e6,
        (_cpu(kafka) - kafka_before) / count * 1e6,
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


async def _post_for(port: int, tenant: UUID, connections: int, size: int, seconds: float) -> list[float]:
    """Latencies in seconds of requests that so many clients made one after the other."""
    until = time.perf_counter() + seconds
    of_each = await asyncio.gather(
        *(_client(port, _request(tenant, size), until) for _ in range(connections))
    )
    return [latency for latencies in of_each for latency in latencies]


async def _client(port: int, request: bytes, until: float) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    latencies = []
    while (began := time.perf_counter()) < until:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 202"), head
        await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]))
        latencies.append(time.perf_counter() - began)
    writer.close()
    return latencies


def _request(tenant: UUID, size: int) -> bytes:
    body = b"\n".join(_event(tenant, number) for number in range(size))
    head = (
        f"POST {events.PATH} HTTP/1.1\r\nHost: aurora\r\nAuthorization: Bearer {tenant}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _event(tenant: UUID, number: int) -> bytes:
    payload = {
        "sku": f"SKU-{number * 7919 % 20_000:05}",
        "warehouse": f"WH-{number % 7}",
        "qty": 1 + number % 5,
        "order_id": f"order-{number:08}",
        "event_id": f"till-7-{number:08}",
        "price": f"{1 + number % 90}.95",
        "currency": "EUR",
        "occurred_at": f"2026-11-24T09:30:{number % 60:02}.125Z",
    }
    return json.dumps({"tenant_id": str(tenant), "event_type": "order.created", "payload": payload}).encode()


def _median(runs: list[Measured]) -> Measured:
    return Measured(*(statistics.median(getattr(run, name) for run in runs) for name in Measured.__slots__))


def _print(measured: dict[tuple[tuple[int, int], str], Measured]) -> None:
    table = Table(
        "load", "variant", "events/s", "of baseline", "p50 ms", "p99 ms", "API us/event", "Kafka us/event"
    )
    for connections, size in LOADS:
        for variant in VARIANTS:
            run = measured[(connections, size), variant]
            ratio = run.events_per_second / measured[(connections, size), BASELINE].events_per_second
            table.add_row(
                f"{connections} x {size}" if variant == BASELINE else "",
                variant,
                f"{run.events_per_second:,.0f}",
                f"{ratio:.2f}",
                f"{run.p50_ms:.1f}",
                f"{run.p99_ms:.1f}",
                f"{run.api_us:.1f}",
                f"{run.kafka_us:.1f}",
            )
        table.add_section()
    Console(width=120).print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main()
