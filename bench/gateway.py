"""Events a second and a core through the gateway, acknowledged by Kafka, beside an idempotent producer with callbacks.

::

    python -m bench.gateway [--seconds 5] [--rounds 2] [--all] [--json FILE]

Each variant is the whole API in a process of its own, set up as in production: its server, its middleware, access tokens,
rate limit, usage counts, access log (to /dev/null) and metrics, with Kafka and Redis on this machine. Only the way into Kafka
differs. The baseline answers 202 once every event of a request is acknowledged, but a failure in the middle leaves a part of
the batch in the log. ``--all`` adds variants of the transactions. Variants run forth and back, ``--rounds`` times, and the
table shows medians. Machines are shared, so compare with the baseline of the same table, and events by CPU second: that
of the API's process, all its threads.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from api.access.tenants import Region, Tier
from api.ingest import events, gateway
from api.ingest.event_log import EventLog
from api.logs import configure_logs
from api.server import server
from api.settings import Settings
from bench.event_logs import DeliveryCallbacks, TwoProducers, WithoutCounts
from bench.http_load import Load, closed_loop
from bench.served_api import cpu_seconds, served
from ops.demo.replay import fetch_token
from ops.preparation import prepare_files, prepare_topics
from ops.stack import Stack, StackSettings
from ops.tenants import open_tenant

LOADS = ((1, 1), (128, 1), (16, 100), (8, 500))
"""Connections, and events in each request."""
WARM_UP_S = 2.0
BASELINE = "delivery callbacks"
REQUESTS = 16
"""Different ones of each size."""
console = Console(stderr=True)


VARIANTS: dict[str, tuple[type[EventLog], float]] = {
    BASELINE: (DeliveryCallbacks, 0),
    "transactions": (EventLog, 10),
}
FURTHER_VARIANTS: dict[str, tuple[type[EventLog], float]] = {
    "transactions, one after the other": (EventLog, 0),
    "transactions, two producers": (TwoProducers, 10),
    "transactions, events not counted": (WithoutCounts, 10),
}


def serve(variant: str) -> None:
    """Run one variant until it is told to end."""
    kind, interval_ms = {**VARIANTS, **FURTHER_VARIANTS}[variant]
    gateway.EventLog = kind  # type: ignore[attr-defined]  # the variant is all that differs
    settings = Settings(commit_interval=timedelta(milliseconds=interval_ms))
    configure_logs(settings.log_level)
    server(settings).run()


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant under one load."""

    events_per_second: float
    events_per_cpu_second: float
    """Of the API's process."""
    p50_ms: float
    p99_ms: float
    kafka_us: float
    """CPU time of an event in Kafka's process."""
    load_us: float
    """CPU time of an event in the process that makes the load."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--all", action="store_true", help="with all variants of the transactions")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    variants = [*VARIANTS, *(FURTHER_VARIANTS if options.all else ())]
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(StackSettings.for_tests(Path(folder)))
        try:
            console.print("starting Kafka and Redis")
            stack.up(stack.parts["api"].needs)
            measured = _measure_all(stack, variants, options.seconds, options.rounds)
        finally:
            stack.down()
    _print(variants, measured)
    if options.json:
        options.json.write_text(json.dumps(_figures(measured), indent=2) + "\n")


Key = tuple[tuple[int, int], str]


def _measure_all(stack: Stack, variants: Sequence[str], seconds: float, rounds: int) -> dict[Key, Measured]:
    prepare_files(stack.settings)
    prepare_topics(stack.settings)
    tenant = open_tenant(stack.settings, "Bench", Region.EU_CENTRAL_1, Tier.STANDARD)
    kafka = psutil.Process(stack.status()["kafka"].process.pid)
    runs: dict[Key, list[Measured]] = {}
    for number in range(rounds):
        # forth and back, since Kafka gets quicker while it runs
        for variant in variants if number % 2 == 0 else reversed(variants):
            console.print(f"round {number + 1} of {rounds}: {variant}")
            with served("bench.gateway", variant, stack) as (port, api):
                with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                    token = fetch_token(client, tenant.client_id, tenant.secret)
                for connections, size in LOADS:
                    requests = [
                        _request(str(tenant.tenant.tenant_id), token, size, number * size)
                        for number in range(REQUESTS)
                    ]

                    def load(for_s: float) -> Load:
                        return closed_loop(port, requests, 202, connections, for_s)

                    load(WARM_UP_S)
                    run = _timed(lambda: load(seconds), size, api, kafka)
                    runs.setdefault(((connections, size), variant), []).append(run)
    return {key: _median(several) for key, several in runs.items()}


def _timed(load: Callable[[], Load], size: int, api: psutil.Process, kafka: psutil.Process) -> Measured:
    api_before, kafka_before = cpu_seconds(api), cpu_seconds(kafka)
    done = load()
    count = len(done.latencies) * size
    return Measured(
        count / done.seconds,
        count / (cpu_seconds(api) - api_before),
        done.centile_ms(50),
        done.centile_ms(99),
        (cpu_seconds(kafka) - kafka_before) / count * 1e6,
        done.cpu_seconds / count * 1e6,
    )


def _request(tenant: str, token: str, size: int, first: int) -> bytes:
    body = b"\n".join(_event(tenant, number) for number in range(first, first + size))
    head = (
        f"POST {events.PATH} HTTP/1.1\r\nHost: aurora\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _event(tenant: str, number: int) -> bytes:
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
    return json.dumps({"tenant_id": tenant, "event_type": "order.created", "payload": payload}).encode()


def _median(runs: list[Measured]) -> Measured:
    return Measured(*(statistics.median(getattr(run, name) for run in runs) for name in Measured.__slots__))


def _ratio(measured: dict[Key, Measured], key: Key) -> float:
    """Events by CPU second, to those of the baseline."""
    return measured[key].events_per_cpu_second / measured[key[0], BASELINE].events_per_cpu_second


def _figures(measured: dict[Key, Measured]) -> dict[str, object]:
    return {
        "load_average": os.getloadavg(),
        "runs": [
            {
                "connections": key[0][0],
                "events_a_request": key[0][1],
                "variant": key[1],
                **asdict(run),
                "of_baseline": _ratio(measured, key),
            }
            for key, run in measured.items()
        ],
    }


def _print(variants: Sequence[str], measured: dict[Key, Measured]) -> None:
    table = Table(
        *("load", "variant", "events/s", "events/CPU s", "of baseline", "p50 ms", "p99 ms"),
        *("Kafka us/event", "load us/event"),
        caption=f"load average {os.getloadavg()[0]:.1f}",
    )
    for connections, size in LOADS:
        for variant in variants:
            key = (connections, size), variant
            run = measured[key]
            table.add_row(
                f"{connections} x {size}" if variant == BASELINE else "",
                variant,
                f"{run.events_per_second:,.0f}",
                f"{run.events_per_cpu_second:,.0f}",
                f"{_ratio(measured, key):.2f}",
                f"{run.p50_ms:.1f}",
                f"{run.p99_ms:.1f}",
                f"{run.kafka_us:.1f}",
                f"{run.load_us:.1f}",
            )
        table.add_section()
    Console(width=130).print(table)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
