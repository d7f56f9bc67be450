"""Bytewax: its Kafka connector and a stateful step, one worker, recovery off. Run by ``python -m bytewax.run``."""

from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSource
from bytewax.connectors.stdio import StdOutSink
from bytewax.dataflow import Dataflow

from bench.drain.contenders.shelf import Change, Shelf, Tally, after, reader

BATCH = 10_000


def get_flow(kafka: str, topic: str) -> Dataflow:
    """The topic's events by SKU. No shelf is put out, so what a sink would cost is not in the figure."""
    read, tally = reader(), Tally()

    def keyed(message: Any) -> tuple[str, Change]:
        change = read(message.value)
        return change.key, change

    def step(shelf: Shelf | None, change: Change) -> tuple[Shelf, None]:
        tally.add(1)
        return after(shelf, change), None

    flow = Dataflow("drain")
    source = KafkaSource([kafka], [topic], batch_size=BATCH, add_config={"fetch.queue.backoff.ms": "10"})
    changes = op.map("read", op.input("orders", flow, source), keyed)
    shelves = op.stateful_map("shelves", changes, step)
    op.output("out", op.filter("nothing", shelves, lambda _: False), StdOutSink())
    return flow
