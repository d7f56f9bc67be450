"""Where the job begins: every tenant's topic, decoded in the JVM into ledger events and dead letters."""

from datetime import timedelta

from pyflink.common import WatermarkStrategy
from pyflink.datastream import DataStream, StreamExecutionEnvironment
from pyflink.datastream.connectors import Source
from pyflink.datastream.connectors.kafka import KafkaSource
from pyflink.java_gateway import get_gateway

from jobs.kafka_tables import GROUP_ID
from schemas.topics import ORDERS_PATTERN


def order_events(environment: StreamExecutionEnvironment, kafka: str, discovery: timedelta) -> DataStream:
    """One row a message, of the topics that exist and of those made later, each from its beginning.

    Deserializer and beginning are set below PyFlink's own builder. That only knows schemas that see a message's value: a
    dead letter needs its topic, partition and offset, and a bad message must not stop the job as Flink's formats do. And
    it only knows beginnings with which a job cannot be restored once a topic is gone.
    """
    builder = (
        KafkaSource.builder()
        .set_bootstrap_servers(kafka)
        .set_topic_pattern(ORDERS_PATTERN)
        .set_group_id(GROUP_ID)
        .set_property("isolation.level", "read_committed")
        .set_property("partition.discovery.interval.ms", f"{discovery / timedelta(milliseconds=1):.0f}")
    )
    functions = get_gateway().jvm.aurora
    builder._j_builder.setStartingOffsets(functions.FromTheBeginning())
    builder._j_builder.setDeserializer(functions.OrderEventDeserializer())
    source = Source(functions.NumberedSource(builder.build().get_java_function()))
    # windows follow the clock and stock follows event minutes, so no watermark, and no tenant waits for another's clock
    return environment.from_source(source, WatermarkStrategy.no_watermarks(), "orders").uid("orders")
