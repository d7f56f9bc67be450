"""How fast the risk job drains a backlog, beside the simplest program that does a simpler job.

::

    python bench/job_drain.py [--events 2000000] [--skus 20000] [--window 5] [--json FILE]

The job is the real one: exactly-once checkpoints, the Python risk model, predictions and alerts to Kafka, one slot. The
baseline is a loop of confluent-kafka, fastavro and a dict that keeps stock and a decayed velocity, without durability.
Both read the same topic on the same machine, one after the other; start-up is not counted. Machines are shared, so
compare events per CPU second.
"""

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy
import psutil
from confluent_kafka import Consumer, Producer, TopicPartition
from fastavro import schemaless_reader
from rich.console import Console
from rich.table import Table

from jobs.kafka_tables import GROUP_ID
from ops import topics as kafka_topics
from ops.flink_rest import FlinkRest
from ops.job_keeper import submission
from ops.parts import flink
from ops.stack import Stack, StackSettings
from schemas import avro_files, topics
from schemas.encoding import HEADER_BYTES, encoder

ZIPF_EXPONENT = 0.8
HALF_LIFE_MS = 14 * 86_400_000
WARM_UP_SHARE = 0.1
"""Of the backlog, drained before the clock starts: the JVM compiles while it reads it."""
console = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Drained:
    """One program over the backlog behind its warm-up."""

    program: str
    events: int
    seconds: float
    cpu_seconds: float
    peak_mib: float

    @property
    def per_cpu_second(self) -> float:
        return self.events / self.cpu_seconds


def fill(kafka: str, topic: topics.Topic, tenant_id: UUID, events: int, skus: int) -> None:
    """A count of each SKU, then sales of Zipf-distributed SKUs, all just now."""
    encode, now_ms = encoder(topic.schema), time.time_ns() // 1_000_000

    def message(event_type: str, sku: str, qty: int, occurred_ms: int) -> bytes:
        return encode(
            {
                "event_id": str(uuid4()),
                "event_type": event_type,
                "tenant_id": str(tenant_id),
                "sku": sku,
                "warehouse": "W1",
                "qty": qty,
                "occurred_at": occurred_ms,
                "received_at": now_ms,
            }
        )

    names = [f"SKU-{number:06d}" for number in range(skus)]
    sales = [message("order.created", name, 1 + number % 3, now_ms) for number, name in enumerate(names)]
    producer = Producer({"bootstrap.servers": kafka, "linger.ms": 50, "compression.type": "lz4"})

    def send(name: str, value: bytes) -> None:
        while True:
            try:
                return producer.produce(topic.name, value, f"{name}|W1")
            except BufferError:
                producer.poll(0.05)

    for number, name in enumerate(names):
        send(name, message("stock.counted", name, 100 + number % 1_000, now_ms - 60_000))
    weights = numpy.arange(1, skus + 1) ** -ZIPF_EXPONENT
    for number in numpy.random.default_rng(1).choice(skus, events - skus, p=weights / weights.sum()):
        send(names[number], sales[number])
        producer.poll(0)
    assert producer.flush(120) == 0


def drain_with_job(stack: Stack, topic: topics.Topic, events: int, window_s: float) -> Drained:
    """The risk job, from its first tenth on, by the offsets that its checkpoints commit."""
    settings = stack.settings
    stack.up({"flink-taskmanager-1"})
    subprocess.run(
        [*submission(settings, None), "--window", str(window_s)],
        env=flink.environment(settings, "bench"),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    process = psutil.Process(stack.status()["flink-taskmanager-1"].process.pid)
    began = cpu = peak = 0.0
    first = 0
    with Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": GROUP_ID}) as consumer:
        partitions = [TopicPartition(topic.name, number) for number in range(topic.partitions)]
        while True:
            done = sum(max(0, each.offset) for each in consumer.committed(partitions, timeout=10))
            peak = max(peak, process.memory_info().rss / 2**20)
            if not began and done >= WARM_UP_SHARE * events:
                began, cpu, first = time.monotonic(), _cpu_seconds(process), done
            if done >= events:
                break
            time.sleep(0.5)
    seconds, spent = time.monotonic() - began, _cpu_seconds(process) - cpu
    for job in FlinkRest(settings.flink_url).jobs():
        console.log(f"job {job.name}: {job.state}")
    return Drained("risk job, 1 slot", events - first, seconds, spent, peak)


def drain_with_loop(kafka: str, topic: topics.Topic, events: int) -> Drained:
    """confluent-kafka, fastavro, a dict."""
    schema, process = avro_files.current(topic.schema), psutil.Process()
    shelves: dict[str, tuple[int, float, int]] = {}
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "loop", "fetch.queue.backoff.ms": 10})
    consumer.assign([TopicPartition(topic.name, number, 0) for number in range(topic.partitions)])
    done, began, cpu, first = 0, 0.0, 0.0, 0
    while done < events:
        for message in consumer.consume(10_000, 1.0):
            body = BytesIO(message.value() or b"")
            body.seek(HEADER_BYTES)
            event: Any = schemaless_reader(body, schema)
            key, qty = f"{event['sku']}|{event['warehouse']}", event["qty"]
            at_ms = int(event["occurred_at"].timestamp() * 1000)
            stock, velocity, since_ms = shelves.get(key, (0, 0.0, at_ms))
            faded = velocity * 0.5 ** ((at_ms - since_ms) / HALF_LIFE_MS)
            counted = event["event_type"] == "stock.counted"
            shelves[key] = (qty, faded, at_ms) if counted else (stock - qty, faded + qty, at_ms)
            done += 1
        if not began and done >= WARM_UP_SHARE * events:
            began, cpu, first = time.monotonic(), _cpu_seconds(process), done
    consumer.close()
    peak = process.memory_info().rss / 2**20
    return Drained(
        "loop with a dict", events - first, time.monotonic() - began, _cpu_seconds(process) - cpu, peak
    )


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _table(runs: list[Drained]) -> Table:
    table = Table(
        "program", "events", "s", "events/s", "CPU s", "events/CPU s", "ratio", "peak MiB", title="drain"
    )
    for run in runs:
        table.add_row(
            run.program,
            f"{run.events:,}",
            f"{run.seconds:.1f}",
            f"{run.events / run.seconds:,.0f}",
            f"{run.cpu_seconds:.1f}",
            f"{run.per_cpu_second:,.0f}",
            f"{run.per_cpu_second / runs[-1].per_cpu_second:.2f}",
            f"{run.peak_mib:,.0f}",
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--skus", type=int, default=20_000)
    parser.add_argument("--window", type=float, default=5.0, help="seconds")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aurora-bench-") as folder:
        stack = Stack(StackSettings.for_tests(Path(folder)))
        try:
            stack.up({"kafka"})
            kafka, tenant_id = stack.settings.kafka_bootstrap, uuid4()
            topic = topics.orders(tenant_id)
            kafka_topics.ensure(kafka, [*topics.SHARED, topic])
            with console.status("filling the topic"):
                fill(kafka, topic, tenant_id, arguments.events, arguments.skus)
            with console.status("draining with the loop"):
                loop = drain_with_loop(kafka, topic, arguments.events)
            with console.status("draining with the job"):
                job = drain_with_job(stack, topic, arguments.events, arguments.window)
        finally:
            stack.down()
    Console().print(_table([job, loop]))
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(run) for run in (job, loop)], indent=2) + "\n")


if __name__ == "__main__":
    main()
