"""What a load needs of machines, from what one event, one row and one SKU cost.

::

    python -m bench.scale.needs [--rate 300000] [--skus 10000000] [--windows 2 30]

Pure arithmetic over the figures in `MEASURED`; ``docs/scaling.md`` tells where they are from, and holds this table.
"""

import argparse
import math
from dataclasses import dataclass

import numpy
from rich.console import Console
from rich.table import Table

from ops.settings import PROJECT

PAGE = PROJECT / "docs" / "scaling.md"
ZIPF_EXPONENT = 0.8
REFRESH_S = 900
"""How often every SKU is looked at, whether or not something happened to it."""
BUSY = 0.7
"""Of a core, that a part may be busy in the mean: the rest is for bursts, collection of garbage, and catching up."""
MEASURED_EVENTS_A_ROW = 7.5
"""Of the run that the costs are from: 30,000 events and some 4,000 rows a second."""
HELD = 1.125
"""For so many windows a row is held back in the mean: it leaves at the first look after its window, of four a window."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured. Times are CPU microseconds, sizes bytes."""

    event_us: float
    """Of all of the job but its Python for an event: fetch, decode, combine, Kafka's producers, and the JVM itself."""
    reading_us: float
    """Of these for what goes by events alone: source, decoding and combining."""
    row_us: float
    """Of the job's Python for a SKU and window, and of the sinks behind it."""
    state_bytes: float
    """Of a SKU in a checkpoint."""
    memory_bytes: float
    """Of a SKU in the TaskManager's memory: its place in Python's own tables and RocksDB's."""
    gateway_us: float
    """Of the API for an event in batches of 100 to 500, beyond what it takes idle."""
    writer_us: float
    """Of the feature writer for a prediction."""
    redis_us: float
    """Of Redis for a prediction."""
    redis_bytes: float
    """Of a SKU in Redis."""
    event_bytes: float
    """On the wire to Kafka, before compression."""
    prediction_bytes: float
    broker_us: float
    """Of the broker for an event, read once."""


MEASURED = Costs(
    event_us=2.3,
    reading_us=0.8,
    row_us=65,
    state_bytes=600,
    memory_bytes=800,
    gateway_us=8.9,
    writer_us=32,
    redis_us=6,
    redis_bytes=651,
    event_bytes=148,
    prediction_bytes=235,
    broker_us=4,
)
"""``docs/scaling.md`` tells where each is from; the two sizes of state are the most that a SKU can have."""


@dataclass(frozen=True, slots=True)
class Load:
    """Events a second, over so many SKUs by Zipf's law, combined for so many seconds."""

    events: float
    skus: int
    window_s: float

    @property
    def rows(self) -> float:
        """Windows that begin in a second: each with an event of its SKU while no other of that SKU is open."""
        return windows_begun(self.skus, self.events, self.window_s)

    @property
    def refreshes(self) -> float:
        """SKUs that are looked at by the clock, a second."""
        return self.skus / REFRESH_S


@dataclass(frozen=True, slots=True)
class Needs:
    """Machines for a load. Cores are those that are busy; counts have the reserve of `BUSY`."""

    rows: float
    jvm_cores: float
    """Of the job without its Python, if all of that goes with the events."""
    jvm_cores_by_rows: float
    """The same if all but reading goes with the rows: which it is, is not measured."""
    python_cores: float
    task_managers: int
    """Of one slot each: the Python of a slot has one core at most."""
    state_gib: float
    disk_gib_each: float
    memory_gib_each: float
    partitions: int
    kafka_mib_s: float
    broker_cores: float
    gateway_processes: int
    writers: int
    redis_shards: int
    redis_gib: float


def windows_begun(skus: int, events: float, window_s: float) -> float:
    """How many windows a second begin of so many independent events a second by Zipf's law.

    A SKU with ``rate`` events a second has one each ``held + 1 / rate`` seconds: the window, and the wait for the event
    that begins the next.
    """
    weights = numpy.arange(1, skus + 1, dtype=numpy.float64) ** -ZIPF_EXPONENT
    rates = events * weights / weights.sum()
    return float((rates / (1 + rates * HELD * window_s)).sum())


def needs(load: Load, costs: Costs) -> Needs:
    """What it takes."""
    predictions = load.rows + load.refreshes
    jvm, python = load.events * costs.event_us / 1e6, predictions * costs.row_us / 1e6
    a_row_us = (costs.event_us - costs.reading_us) * MEASURED_EVENTS_A_ROW
    slots = math.ceil(max(python, jvm) / BUSY)
    return Needs(
        rows=load.rows,
        jvm_cores=jvm,
        jvm_cores_by_rows=(load.events * costs.reading_us + predictions * a_row_us) / 1e6,
        python_cores=python,
        task_managers=slots,
        state_gib=load.skus * costs.state_bytes / 2**30,
        disk_gib_each=load.skus * costs.state_bytes / slots / 2**30,
        memory_gib_each=load.skus * costs.memory_bytes / slots / 2**30,
        partitions=slots,
        kafka_mib_s=(load.events * costs.event_bytes + predictions * costs.prediction_bytes) / 2**20,
        broker_cores=(load.events + predictions) * costs.broker_us / 1e6,
        gateway_processes=math.ceil(load.events * costs.gateway_us / 1e6 / BUSY),
        writers=math.ceil(predictions * costs.writer_us / 1e6 / BUSY),
        redis_shards=math.ceil(predictions * costs.redis_us / 1e6 / BUSY),
        redis_gib=load.skus * costs.redis_bytes / 2**30,
    )


def rows(found: Needs) -> dict[str, str]:
    """The lines of the table on the page, by their names."""
    return {
        "rows a second (windows of a SKU)": f"{found.rows:,.0f}",
        "job: cores for all but Python": f"{found.jvm_cores:.1f}",
        "job: cores for Python": f"{found.python_cores:.1f}",
        "TaskManagers of one slot; partitions at least": f"{found.task_managers}",
        "state in a checkpoint, GiB": f"{found.state_gib:.1f}",
        "state on the disk of each TaskManager, GiB": f"{found.disk_gib_each:.2f}",
        "its SKUs in memory, GiB": f"{found.memory_gib_each:.2f}",
        "Kafka, MiB/s written": f"{found.kafka_mib_s:,.0f}",
        "brokers' cores, each message read once": f"{found.broker_cores:.1f}",
        "API processes for ingest, batches of 100 to 500": f"{found.gateway_processes}",
        "feature writers": f"{found.writers}",
        "Redis shards, by their CPU": f"{found.redis_shards}",
        "Redis memory, GiB": f"{found.redis_gib:.1f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=300_000, help="events a second")
    parser.add_argument("--skus", type=int, default=10_000_000)
    parser.add_argument("--windows", type=float, nargs="+", default=[2.0, 30.0], help="seconds")
    options = parser.parse_args()
    found = [rows(needs(Load(options.rate, options.skus, window), MEASURED)) for window in options.windows]
    table = Table("", *(f"windows of {window:g} s" for window in options.windows))
    for name in found[0]:
        table.add_row(name, *(each[name] for each in found))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
