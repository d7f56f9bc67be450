"""How fast predictions get into the online store, by each of Feast's ways to write and by the feature writer's own.

::

    python bench/online_writes.py [--rows 20000] [--paced 20] [--json FILE]

All write the same predictions to the same Redis on this machine, in batches of the writer's size. The last rows are the
writer's process itself: a backlog drained from Kafka, and then 500 predictions a second for ``--paced`` seconds, of which
the table tells the time from the sender to the store. Machines are shared, so compare rows per CPU second.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, cast
from uuid import uuid4

import pandas as pd
import psutil
from confluent_kafka import Producer
from feast import FeatureStore, FeatureView
from redis import Redis
from rich.console import Console
from rich.table import Table

import feature_repo
from feature_writer.batches import Batch
from feature_writer.feast_rows import feast_row
from feature_writer.online_store import OnlineStore, Standing
from feature_writer.risk_rows import RiskRows
from feature_writer.settings import Settings
from ops import feature_registry
from ops import topics as kafka_topics
from ops.stack import Stack, StackSettings
from schemas import online_store as keys
from schemas import topics
from schemas.encoding import Record, encoder

TENANT = str(uuid4())
SKUS = 20_000
PACE = 500
console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Written:
    """One way to write, over so many rows."""

    way: str
    rows: int
    seconds: float
    cpu_seconds: float

    @property
    def per_cpu_second(self) -> float:
        return self.rows / self.cpu_seconds


@dataclass(frozen=True, slots=True)
class RedisCost:
    """What Redis has spent since it began, and what it holds."""

    cpu_seconds: float
    used_bytes: int

    @classmethod
    def of(cls, redis: Redis) -> Self:
        """As it is now."""
        told = cast(dict[str, Any], redis.info())
        return cls(told["used_cpu_sys"] + told["used_cpu_user"], told["used_memory_dataset"])

    def since(self, earlier: Self) -> "RedisCost":
        return RedisCost(self.cpu_seconds - earlier.cpu_seconds, self.used_bytes - earlier.used_bytes)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--paced", type=int, default=20, help="seconds")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, stack_in(Path(folder)) as stack:
        settings = Settings(
            kafka_bootstrap=stack.settings.kafka_bootstrap,
            redis_url=stack.settings.redis_url,
            feature_repo=feature_registry.REPO,
            feast_registry=str(stack.settings.feature_registry),
        )
        found = [*ways_of_feast(settings, options.rows), *own_way(settings, options.rows)]
        with Redis.from_url(settings.redis_url, decode_responses=True) as redis:
            redis.flushall()
            before = RedisCost.of(redis)
            found.append(drained(stack, redis, options.rows * 5))
            store = RedisCost.of(redis).since(before)
            latencies = paced(stack, redis, options.paced)
    show(found, latencies)
    a_row, a_sku = store.cpu_seconds / found[-1].rows * 1e6, store.used_bytes / SKUS
    console.print(f"Redis: {a_row:.1f} us of CPU a row, {a_sku:,.0f} bytes a SKU")
    if options.json:
        of_redis = {"cpu_us_a_row": a_row, "bytes_a_sku": a_sku}
        figures = {"ways": [asdict(one) for one in found], "paced": latencies, "redis": of_redis}
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


@contextmanager
def stack_in(folder: Path) -> Iterator[Stack]:
    """A Kafka with topics, a Redis, and the feature repo applied."""
    stack = Stack(StackSettings.for_tests(folder))
    try:
        stack.up({"kafka", "redis"})
        kafka_topics.ensure(stack.settings.kafka_bootstrap, topics.SHARED)
        feature_registry.apply(stack.settings)
        yield stack
    finally:
        stack.down()


def made(rows: int) -> list[Record]:
    """New predictions, each newer than any made before."""
    now_ms = time.time_ns() // 1_000_000
    return [
        {
            "tenant_id": TENANT,
            "sku": f"SKU-{number % SKUS}",
            "warehouse": "berlin",
            "stock": number,
            "velocity": 24.0,
            "probability": 0.5 + number % 2 * 0.4,
            "predicted_oos_at": now_ms + 3_600_000,
            "oos_earliest_at": now_ms + 1_800_000,
            "oos_latest_at": now_ms + 7_200_000,
            "model_version": "bench",
            "updated_at": now_ms + number // SKUS,
            "alert_since": now_ms if number % 2 else None,
            "received_at": now_ms,
        }
        for number in range(rows)
    ]


def ways_of_feast(settings: Settings, rows: int) -> Iterator[Written]:
    """The ways that Feast offers, the slowest with fewer rows."""
    config = feature_repo.config(settings.feature_repo, settings.redis_url, settings.feast_registry)
    store, view = feature_repo.open_store(config)
    size = settings.online_batch_rows
    yield timed(
        "write_to_online_store, row by row", made(rows // 100), 1, lambda batch: by_frame(store, batch)
    )
    yield timed("write_to_online_store", made(rows), size, lambda batch: by_frame(store, batch))
    yield timed("online_write_batch", made(rows), size, lambda batch: by_provider(store, view, batch))
    gc.collect()
    gc.freeze()
    yield timed("the same, after gc.freeze", made(rows), size, lambda batch: by_provider(store, view, batch))


def by_frame(store: FeatureStore, batch: Sequence[Record]) -> None:
    """What `push` does as well, once it has looked up the view of a push source."""
    frame = pd.DataFrame.from_records(batch).drop(columns="received_at")
    for name in ("predicted_oos_at", "oos_earliest_at", "oos_latest_at", "alert_since", "updated_at"):
        frame[name] = pd.to_datetime(frame[name], unit="ms", utc=True)
    frame["event_timestamp"] = frame["updated_at"]
    store.write_to_online_store(feature_repo.FEATURE_VIEW, frame)


def by_provider(store: FeatureStore, view: FeatureView, batch: Sequence[Record]) -> None:
    rows = [feast_row(record) for record in batch]
    store._get_provider().online_write_batch(store.config, view, rows, None)


def own_way(settings: Settings, rows: int) -> Iterator[Written]:
    """The writer's rows alone, and its store with the index and the offsets."""
    position, offset = ("predictions", 0), 0
    store = OnlineStore(settings, {position})
    stored = store.positions({position: 0})

    def write(batch: Sequence[Record]) -> None:
        nonlocal offset, stored
        offset += len(batch)
        of_batch = Batch(predictions=[(0, record) for record in batch], next_offsets={position: offset})
        store.write(of_batch, Standing(stored, {position}, {0: 0}))
        stored = {position: offset}

    config = feature_repo.config(settings.feature_repo, settings.redis_url, settings.feast_registry)
    with Redis.from_url(settings.redis_url) as redis:
        write_rows = RiskRows(redis, config.project).write
        yield timed("rows in Feast's layout", made(rows), settings.online_batch_rows, write_rows)
    yield timed("the same, with index and offsets", made(rows), settings.online_batch_rows, write)
    store.close()


def timed(way: str, rows: Sequence[Record], size: int, write: Callable[[Sequence[Record]], None]) -> Written:
    console.log(way)
    began, cpu = time.perf_counter(), time.process_time()
    for start in range(0, len(rows), size):
        write(rows[start : start + size])
    return Written(way, len(rows), time.perf_counter() - began, time.process_time() - cpu)


def drained(stack: Stack, redis: Redis, rows: int) -> Written:
    """The writer's process over a backlog, from its first row in the store to its last."""
    console.log("a backlog from Kafka")
    send(stack, made(rows))
    with writer(stack) as process:
        while not (first := stored(redis)):
            time.sleep(0.01)
        began, cpu = time.perf_counter(), sum(process.cpu_times()[:2])
        while stored(redis) < rows:
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        return Written(
            "python -m feature_writer online", rows - first, seconds, sum(process.cpu_times()[:2]) - cpu
        )


def paced(stack: Stack, redis: Redis, seconds: int) -> dict[str, float]:
    """The share of predictions that were in the store within each bound in ms, at a steady pace."""
    console.log("a steady pace")
    with writer(stack):
        while not is_fresh(redis):
            time.sleep(0.1)
        redis.delete(keys.PREDICTION_LATENCY)
        for _ in range(seconds * 10):
            began = time.perf_counter()
            send(stack, made(PACE // 10))
            time.sleep(max(0.0, 0.1 - (time.perf_counter() - began)))
        time.sleep(2)
        found = cast(dict[str, str], redis.hgetall(keys.PREDICTION_LATENCY))
    count = int(found["count"])
    shares = {f"within {bound} ms": int(found[f"le_{bound}"]) / count for bound in keys.LATENCY_BOUNDS_MS[:4]}
    return {**shares, "mean, ms": int(found["sum"]) / count}


def send(stack: Stack, records: Sequence[Record]) -> None:
    encode = encoder("prediction")
    producer = Producer(
        {
            "bootstrap.servers": stack.settings.kafka_bootstrap,
            "log_level": 0,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for record in records:
        producer.produce(topics.PREDICTIONS.name, encode(record), f"{TENANT}|{record['sku']}|berlin")
    assert producer.flush(60) == 0


def stored(redis: Redis) -> int:
    return sum(int(offset) for offset in cast(list[str], redis.hvals(keys.OFFSETS)))


def is_fresh(redis: Redis) -> bool:
    """Whether a writer runs and has nothing left to store."""
    fresh_at = [int(at) for at in cast(list[str], redis.hvals(keys.FRESH_AT))]
    return bool(fresh_at) and min(fresh_at) > time.time() * 1000 - 2_000


@contextmanager
def writer(stack: Stack) -> Iterator[psutil.Process]:
    command = (sys.executable, "-m", "feature_writer", "online")
    process = subprocess.Popen(command, env={**os.environ, **stack.env}, stdout=subprocess.DEVNULL)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def show(found: Sequence[Written], latencies: dict[str, float]) -> None:
    table = Table("way", "rows", "rows/s", "rows/CPU s", "ratio")
    baseline = found[0].per_cpu_second
    for one in found:
        table.add_row(
            one.way,
            f"{one.rows:,}",
            f"{one.rows / one.seconds:,.0f}",
            f"{one.per_cpu_second:,.0f}",
            f"{one.per_cpu_second / baseline:.1f}",
        )
    Console().print(table)
    shares = Table(f"sender to store, {PACE} a second", "")
    for name, value in latencies.items():
        shares.add_row(name, f"{value:.0f}" if "mean" in name else f"{value:.1%}")
    Console().print(shares)


if __name__ == "__main__":
    main()
