"""What a question for the alerts of a SKU costs, asked as Feast offers it and as the API asks.

::

    python bench/alert_query.py [--questions 3000] [--warehouses 1]

One process asks one Redis on this machine. ``get_online_features`` is asked in a pool of threads, as a service that must
not block its event loop would. Machines are shared, so compare questions per CPU second.
"""

import argparse
import asyncio
import gc
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import uvloop
from redis import Redis
from rich.console import Console
from rich.table import Table

import feature_repo
from api.alerts.risk_store import RiskStore
from api.settings import Settings
from feature_writer.batches import Batch
from feature_writer.online_store import OnlineStore, Standing
from feature_writer.settings import Settings as WriterSettings
from ops import feature_registry
from ops.stack import Stack, StackSettings
from schemas import online_store as keys

TENANT = uuid4()
SKUS = 2_000
FEATURES = [f"stock_risk:{name}" for name in ("probability", "predicted_oos_at", "alert_since", "updated_at")]
console = Console(stderr=True)

Ask = Callable[[str], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One way to ask, by so many at once."""

    way: str
    at_once: int
    latencies_ms: Sequence[float]
    seconds: float
    cpu_seconds: float

    @property
    def per_cpu_second(self) -> float:
        return len(self.latencies_ms) / self.cpu_seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--questions", type=int, default=3_000)
    parser.add_argument("--warehouses", type=int, default=1, help="of each SKU")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(StackSettings.for_tests(Path(folder)))
        try:
            stack.up({"redis"})
            feature_registry.apply(stack.settings)
            fill(stack, options.warehouses)
            show(uvloop.run(ask_all(stack, options.questions)))
        finally:
            stack.down()


def fill(stack: Stack, warehouses: int) -> None:
    """A prediction for each SKU and warehouse."""
    settings = WriterSettings(
        redis_url=stack.settings.redis_url,
        feature_repo=feature_registry.REPO,
        feast_registry=str(stack.settings.feature_registry),
    )
    position = ("predictions", 0)
    store, now_ms = OnlineStore(settings, {position}), time.time_ns() // 1_000_000
    batch = Batch(next_offsets={position: 1})
    batch.predictions.extend(
        (
            0,
            {
                "tenant_id": str(TENANT),
                "sku": f"SKU-{sku}",
                "warehouse": f"W{warehouse}",
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
            },
        )
        for sku in range(SKUS)
        for warehouse in range(warehouses)
    )
    store.write(batch, Standing(store.positions({position: 0}), {position}, {0: now_ms}))
    store.close()


async def ask_all(stack: Stack, questions: int) -> list[Asked]:
    """Each way by one, by 16 and by 64 at once."""
    settings = Settings(
        redis_url=stack.settings.redis_url,
        feature_repo=feature_registry.REPO,
        feast_registry=str(stack.settings.feature_registry),
        encryption_key="",
        pii_key="",
    )
    store = RiskStore(settings)
    await store.open()
    by_feast = of_feast(settings)
    gc.collect()
    gc.freeze()
    ways: list[tuple[str, Ask]] = [
        ("SMEMBERS, get_online_features", by_feast),
        ("RiskStore.of_sku", lambda sku: store.of_sku(TENANT, sku)),
    ]
    found = [await asked(way, ask, at_once, questions) for at_once in (1, 16, 64) for way, ask in ways]
    await store.close()
    return found


def of_feast(settings: Settings) -> Ask:
    """The plain way: a look at the index for the warehouses, then Feast's own method, in the default pool of threads."""
    config = feature_repo.config(settings.feature_repo, settings.redis_url, settings.feast_registry)
    feast, _ = feature_repo.open_store(config)
    redis = Redis.from_url(settings.redis_url, decode_responses=True)

    def read(sku: str) -> object:
        warehouses = redis.smembers(keys.warehouses(str(TENANT), sku))
        rows = [{"tenant_id": str(TENANT), "sku": sku, "warehouse": name} for name in sorted(warehouses)]  # type: ignore[arg-type]  # not awaitable
        return feast.get_online_features(features=FEATURES, entity_rows=rows).to_dict()

    return lambda sku: asyncio.to_thread(read, sku)


async def asked(way: str, ask: Ask, at_once: int, questions: int) -> Asked:
    console.log(way, at_once)
    numbers = iter(range(questions))
    latencies: list[float] = []

    async def client() -> None:
        for number in numbers:
            began = time.perf_counter()
            await ask(f"SKU-{number % SKUS}")
            latencies.append((time.perf_counter() - began) * 1000)

    for number in range(20):
        await ask(f"SKU-{number}")
    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client() for _ in range(at_once)))
    return Asked(way, at_once, latencies, time.perf_counter() - began, time.process_time() - cpu)


def show(found: Sequence[Asked]) -> None:
    table = Table("way", "at once", "questions/s", "per CPU s", "p50 ms", "p99 ms", "ratio")
    for one in found:
        centiles = statistics.quantiles(one.latencies_ms, n=100)
        baseline = next(other for other in found if other.at_once == one.at_once)
        table.add_row(
            one.way,
            str(one.at_once),
            f"{len(one.latencies_ms) / one.seconds:,.0f}",
            f"{one.per_cpu_second:,.0f}",
            f"{centiles[49]:.2f}",
            f"{centiles[98]:.2f}",
            f"{one.per_cpu_second / baseline.per_cpu_second:.1f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
