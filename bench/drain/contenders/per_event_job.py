"""PyFlink with everything in Python for each event: decoding, key, and a keyed state, in thread mode.

Submitted to a cluster by ``flink run``. Progress is the counter ``events_total`` of its keyed operator.
"""

import sys
from typing import Any

import cloudpickle
from pyflink.common import Configuration, Types, WatermarkStrategy
from pyflink.common.serialization import ByteArraySchema
from pyflink.datastream import KeyedProcessFunction, RuntimeContext, StreamExecutionEnvironment
from pyflink.datastream.connectors.kafka import KafkaOffsetsInitializer, KafkaSource
from pyflink.datastream.state import ValueStateDescriptor

from bench.drain.contenders import shelf
from bench.drain.contenders.shelf import Change, Shelf, after

# the cluster does not have this package: its functions travel with the job
cloudpickle.register_pickle_by_value(shelf)

CHANGE = Types.TUPLE([Types.STRING(), Types.BOOLEAN(), Types.LONG(), Types.LONG()])
SHELF = Types.TUPLE([Types.LONG(), Types.DOUBLE(), Types.LONG()])


class Shelves(KeyedProcessFunction):  # type: ignore[misc]  # PyFlink has no types
    """Keeps the shelf of each key."""

    def open(self, context: RuntimeContext) -> None:
        self._shelf = context.get_state(ValueStateDescriptor("shelf", SHELF))
        self._done = context.get_metrics_group().counter("events_total")

    def process_element(self, value: Any, context: Any) -> None:
        found = self._shelf.value()
        self._shelf.update(tuple(after(Shelf(*found) if found else None, Change(*value))))
        self._done.inc()


def main(kafka: str, topic: str) -> None:
    """Submit it."""
    configuration = Configuration()
    configuration.set_string("python.execution-mode", "thread")
    environment = StreamExecutionEnvironment.get_execution_environment(configuration)
    source = (
        KafkaSource.builder()
        .set_bootstrap_servers(kafka)
        .set_topics(topic)
        .set_group_id("per-event")
        .set_starting_offsets(KafkaOffsetsInitializer.earliest())
        .set_value_only_deserializer(ByteArraySchema())
        .build()
    )
    read = shelf.reader()
    messages = environment.from_source(source, WatermarkStrategy.no_watermarks(), "orders")
    changes = messages.map(lambda message: tuple(read(bytes(message))), output_type=CHANGE)
    changes.key_by(lambda change: change[0], key_type=Types.STRING()).process(Shelves())
    environment.execute("per_event")


if __name__ == "__main__":
    main(*sys.argv[1:])
