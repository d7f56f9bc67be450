"""Questions for the alerts of a SKU over HTTP, in an open loop, asked of Feast's own method and as the API asks.

::

    python -m bench.alert_query [--seconds 5] [--rates 500 1000 2000 3000] [--skus 200000] [--json FILE]

The whole API, set up as in production, in one process pinned to one core; the load and Redis have the other ones. Requests
are sent at fixed times, and latencies count from those. The baseline answers through ``get_online_features`` in a pool of
threads, as a service that must not block its event loop would. Machines are shared, so compare with the baseline: both are
asked at 400 a second, and only there is the CPU of the one divided by that of the other.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import UUID

import httpx
import psutil
from redis import Redis
from rich.console import Console
from rich.table import Table

import feature_repo
from api import app
from api.access.tenants import Region, Tier
from api.alerts.alert_paths import PATH
from api.alerts.predictions import Prediction, Reading
from api.alerts.risk_store import RiskStore
from api.logs import configure_logs
from api.server import server
from api.settings import Settings
from bench.http_load import Load, open_loop
from bench.served_api import core_of_api, cpu_seconds, on_other_cores, served
from feature_writer.batches import Batch
from feature_writer.online_store import OnlineStore, Standing
from feature_writer.settings import Settings as WriterSettings
from ops import feature_registry
from ops.demo.replay import fetch_token
from ops.preparation import prepare_files, prepare_topics
from ops.stack import Stack, StackSettings
from ops.tenants import open_tenant
from schemas import online_store as keys

CONNECTIONS = 128
WARM_UP_S = 2.0
ROWS_AT_ONCE = 2_000
GOOD_P99_MS = 20
FEATURES = [
    f"{feature_repo.FEATURE_VIEW}:{name}"
    for name in ("probability", "predicted_oos_at", "oos_earliest_at", "oos_latest_at", "alert_since")
]
BASELINE = "get_online_features"
VARIANTS = (BASELINE, "RiskStore")
COMMON_RATE = 400
BASELINE_RATES = (50, 100, 200, COMMON_RATE)
console = Console(stderr=True)


class PlainFeast(RiskStore):
    """The baseline: a look at the index for the warehouses, then Feast's own method, in the default pool of threads."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        config = feature_repo.config(settings.feature_repo, settings.redis_url, settings.feast_registry)
        self._plain, _ = feature_repo.open_store(config)
        self._redis = Redis.from_url(settings.redis_url, decode_responses=True)

    async def of_sku(self, tenant_id: UUID, sku: str) -> Reading:
        return await asyncio.to_thread(self._read, tenant_id, sku)

    def _read(self, tenant_id: UUID, sku: str) -> Reading:
        warehouses = sorted(self._redis.smembers(keys.warehouses(str(tenant_id), sku)))  # type: ignore[arg-type]  # not awaitable
        rows = [{"tenant_id": str(tenant_id), "sku": sku, "warehouse": name} for name in warehouses]
        found = self._plain.get_online_features(features=FEATURES, entity_rows=rows).to_dict()
        columns = [found[name.partition(":")[2]] for name in FEATURES]
        rows_found = zip(warehouses, *columns, strict=True)
        now = datetime.now(UTC)
        return Reading(
            tuple(
                Prediction(sku, warehouse, 0, 0.0, probability, oos, earliest, latest, since, "", now)
                for warehouse, probability, oos, earliest, latest, since in rows_found
            ),
            None,
        )


def serve(variant: str) -> None:
    """Run one variant, on the first core that there is, until it is told to end."""
    os.sched_setaffinity(0, {core_of_api()})
    if variant == BASELINE:
        app.RiskStore = PlainFeast  # type: ignore[attr-defined]  # the variant is all that differs
    settings = Settings()
    configure_logs(settings.log_level)
    server(settings).run()


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant at one rate. The CPU times are of a request."""

    variant: str
    rate: int
    answered_per_second: float
    p50_ms: float
    p99_ms: float
    api_us: float
    redis_us: float
    load_us: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rates", type=int, nargs="+", default=[500, 1_000, 2_000, 3_000])
    parser.add_argument("--skus", type=int, default=200_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(StackSettings.for_tests(Path(folder)))
        try:
            console.print("starting Kafka and Redis")
            stack.up(stack.parts["api"].needs)
            measured = measure(stack, options.skus, options.rates, options.seconds)
        finally:
            stack.down()
    show(measured)
    if options.json:
        figures = {
            "skus": options.skus,
            "load_average": os.getloadavg(),
            "highest_good_rate": {variant: highest_good(measured, variant) for variant in VARIANTS},
            "runs": [asdict(one) for one in measured],
        }
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def measure(stack: Stack, skus: int, rates: Sequence[int], seconds: float) -> list[Measured]:
    """Each variant at each of its rates."""
    prepare_files(stack.settings)
    prepare_topics(stack.settings)
    tenant = open_tenant(stack.settings, "Bench", Region.EU_CENTRAL_1, Tier.STANDARD)
    console.print(f"storing {skus:,} SKUs")
    fill(stack, tenant.tenant.tenant_id, skus)
    redis = psutil.Process(stack.status()["redis"].process.pid)
    found = []
    for variant in VARIANTS:
        with served("bench.alert_query", variant, stack) as (port, api), on_other_cores(redis):
            with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
                token = fetch_token(client, tenant.client_id, tenant.secret)
            requests = [_request(token, number * 7919 % skus) for number in range(10_007)]
            for rate in rates_of(variant, rates):
                console.print(f"{variant}, {rate}/s")
                open_loop(port, requests, 200, CONNECTIONS, rate, WARM_UP_S)
                load = partial(open_loop, port, requests, 200, CONNECTIONS, rate, seconds)
                found.append(_timed(variant, rate, load, api, redis))
    return found


def rates_of(variant: str, rates: Sequence[int]) -> Sequence[int]:
    """Those that a variant is asked at: the baseline bears less, so they have only one in common."""
    return BASELINE_RATES if variant == BASELINE else sorted({COMMON_RATE, *rates})


def _timed(
    variant: str, rate: int, load: Callable[[], Load], api: psutil.Process, redis: psutil.Process
) -> Measured:
    api_before, redis_before = cpu_seconds(api), cpu_seconds(redis)
    done = load()
    count = len(done.latencies)
    return Measured(
        variant,
        rate,
        count / done.seconds,
        done.centile_ms(50),
        done.centile_ms(99),
        (cpu_seconds(api) - api_before) / count * 1e6,
        (cpu_seconds(redis) - redis_before) / count * 1e6,
        done.cpu_seconds / count * 1e6,
    )


def fill(stack: Stack, tenant_id: UUID, skus: int) -> None:
    """A prediction with an alert in force for each SKU, in one warehouse."""
    settings = WriterSettings(
        redis_url=stack.settings.redis_url,
        feature_repo=feature_registry.REPO,
        feast_registry=str(stack.settings.feature_registry),
    )
    position = ("predictions", 0)
    store, now_ms = OnlineStore(settings, {position}), time.time_ns() // 1_000_000
    at = 0
    for first in range(0, skus, ROWS_AT_ONCE):
        batch = Batch(next_offsets={position: first + 1})
        batch.predictions.extend(
            (0, _prediction(str(tenant_id), number, now_ms)) for number in range(first, first + ROWS_AT_ONCE)
        )
        store.write(batch, Standing(store.positions({position: at}), {position}, {0: now_ms}))
        at = first + 1
    store.close()


def _prediction(tenant_id: str, number: int, now_ms: int) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "sku": f"SKU-{number}",
        "warehouse": f"W{number % 7}",
        "stock": 3,
        "velocity": 24.0,
        "probability": 0.9,
        "predicted_oos_at": now_ms,
        "oos_earliest_at": now_ms,
        "oos_latest_at": now_ms,
        "model_version": "bench",
        "updated_at": now_ms,
        "alert_since": now_ms,
        "received_at": None,
    }


def _request(token: str, number: int) -> bytes:
    return (
        f"GET {PATH}?sku=SKU-{number} HTTP/1.1\r\nHost: aurora\r\nAuthorization: Bearer {token}\r\n\r\n"
    ).encode()


def highest_good(measured: Sequence[Measured], variant: str) -> int:
    """The highest rate at which 99 of 100 answers came in time; nought if there was none."""
    good = (one.rate for one in measured if one.variant == variant and one.p99_ms < GOOD_P99_MS)
    return max(good, default=0)


def of_baseline(measured: Sequence[Measured], one: Measured) -> float | None:
    """The API's CPU for a request, to that of the baseline; None at any rate but the one that both were asked at."""
    same = [each for each in measured if each.variant == BASELINE and each.rate == one.rate == COMMON_RATE]
    return one.api_us / same[0].api_us if same else None


def show(measured: Sequence[Measured]) -> None:
    table = Table(
        *("way", "asked/s", "answered/s", "p50 ms", "p99 ms", "API us", "of baseline", "Redis us", "load us"),
        caption=f"load average {os.getloadavg()[0]:.1f}",
    )
    for one in measured:
        ratio = of_baseline(measured, one)
        table.add_row(
            one.variant,
            f"{one.rate:,}",
            f"{one.answered_per_second:,.0f}",
            f"{one.p50_ms:.2f}",
            f"{one.p99_ms:.2f}",
            f"{one.api_us:,.0f}",
            "-" if ratio is None else f"{ratio:.2f}",
            f"{one.redis_us:,.0f}",
            f"{one.load_us:,.0f}",
        )
    out = Console(width=120)
    out.print(table)
    for variant in VARIANTS:
        out.print(f"{variant}: p99 under {GOOD_P99_MS} ms up to {highest_good(measured, variant):,}/s")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2])
    else:
        main()
