"""Where the job begins: every tenant's topic, read and combined in the JVM before Python sees a row of it."""

from datetime import timedelta
from typing import Any, NamedTuple

from pyflink.common import Types, WatermarkStrategy
from pyflink.common.typeinfo import _from_java_type
from pyflink.datastream import DataStream, KeyedStream, StreamExecutionEnvironment
from pyflink.datastream.connectors import Source
from pyflink.datastream.connectors.kafka import KafkaSource
from pyflink.java_gateway import get_gateway

from jobs.arguments import Arguments
from jobs.kafka_tables import GROUP_ID
from jobs.operator_ids import name_operator
from jobs.sku_risk_function import KEY_TYPE
from schemas.topics import ORDERS_PATTERN


class OrderEvents(NamedTuple):
    """What comes of the messages of all tenants."""

    combined: KeyedStream
    """One row (sku_key, book) for each key and window of arrivals."""
    orders: DataStream
    """Orders less cancellations (tenant_id, hour_since_1970, orders), of each hour any number of rows to be summed."""
    letters: DataStream
    """Dead letters (letter_key, letter)."""


def order_events(environment: StreamExecutionEnvironment, arguments: Arguments) -> OrderEvents:
    """Messages of the topics that exist and of those made later, each from its beginning.

    One operator behind the source decodes and combines. It has a class of its own because PyFlink, like SQL, would send
    each event to the subtask of its key before it is combined.
    """
    functions = get_gateway().jvm.aurora
    source = environment.from_source(
        _source(arguments.kafka, arguments.discovery), WatermarkStrategy.no_watermarks(), "orders"
    ).uid("orders")
    window_ms = arguments.window // timedelta(milliseconds=1)
    rows = source._j_data_stream.transform(
        "CombineEvents", functions.CombineEvents.BOOKS, functions.CombineEvents(window_ms)
    )
    name_operator(rows.getTransformation(), "combine-events")
    return OrderEvents(
        _keyed(rows),
        DataStream(rows.getSideOutput(functions.CombineEvents.ORDERS)),
        DataStream(rows.getSideOutput(functions.CombineEvents.LETTERS)),
    )


def _source(kafka: str, discovery: timedelta) -> Source:
    """Deserializer and beginning are set below PyFlink's own builder.

    That only knows schemas that see a message's value: a dead letter needs its topic, partition and offset, and a bad
    message must not stop the job as Flink's formats do. And it only knows beginnings with which a job cannot be restored
    once a topic is gone.
    """
    builder = (
        KafkaSource.builder()
        .set_bootstrap_servers(kafka)
        .set_topic_pattern(ORDERS_PATTERN)
        .set_group_id(GROUP_ID)
        .set_property("isolation.level", "read_committed")
        # the broker answers when there is something worth its while, or after a fifth of a second
        .set_property("fetch.min.bytes", str(256 * 1024))
        .set_property("fetch.max.wait.ms", "200")
        .set_property("partition.discovery.interval.ms", f"{discovery / timedelta(milliseconds=1):.0f}")
    )
    functions = get_gateway().jvm.aurora
    builder._j_builder.setStartingOffsets(functions.FromTheBeginning())
    builder._j_builder.setDeserializer(functions.RawMessages())
    # windows follow the clock and stock follows event minutes, so no watermark, and no tenant waits for another's clock
    return Source(functions.NumberedSource(builder.build().get_java_function()))


def _keyed(rows: Any) -> KeyedStream:
    """Rows (key, row) by their key. They are laid out as `DataStream.key_by` does it, which calls Python for each."""
    selector, key_type = get_gateway().jvm.KeyByKeySelector(), Types.ROW([KEY_TYPE]).get_java_type_info()
    _, row_type = _from_java_type(rows.getType()).get_field_types()
    return KeyedStream(rows.keyBy(selector, key_type), row_type, DataStream(rows))
