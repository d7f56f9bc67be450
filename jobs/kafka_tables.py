"""Kafka topics as Flink tables of raw bytes: what the bytes mean is decided by `schemas`, not by a Flink format."""

from collections.abc import Mapping
from datetime import timedelta

from pyflink.table import DataTypes, Schema, TableDescriptor

from schemas.topics import Topic

GROUP_ID = "stock-risk"
"""Consumer group by which the job's lag can be seen; its place in the log is kept by checkpoints."""

_KEY_AND_VALUE = {
    "key.format": "raw",
    "key.fields": "key",
    "value.format": "raw",
    "value.fields-include": "EXCEPT_KEY",
}
"""Columns ``key`` and ``value`` are the record's own bytes."""


def changelog_source(kafka: str, topic: Topic) -> TableDescriptor:
    """A compacted topic from its beginning: key, value, topic, partition, offset. A null value takes the key back."""
    schema = (
        Schema.new_builder()
        .column("key", DataTypes.BYTES())
        .column("value", DataTypes.BYTES())
        .column_by_metadata("topic", DataTypes.STRING(), is_virtual=True)
        .column_by_metadata("partition", DataTypes.INT(), is_virtual=True)
        .column_by_metadata("offset", DataTypes.BIGINT(), is_virtual=True)
        .build()
    )
    return _table(
        kafka,
        schema,
        {
            "topic": topic.name,
            **_KEY_AND_VALUE,
            "scan.startup.mode": "earliest-offset",
            "properties.group.id": GROUP_ID,
            "properties.isolation.level": "read_committed",
        },
    )


def sink(kafka: str, topic: Topic) -> TableDescriptor:
    """A topic written at least once: for records that a reader can take twice, being keyed and stamped."""
    return _sink(kafka, topic, {"sink.delivery-guarantee": "at-least-once"})


def exactly_once_sink(kafka: str, topic: Topic, transaction_timeout: timedelta) -> TableDescriptor:
    """A topic written in transactions that commit with each checkpoint."""
    return _sink(
        kafka,
        topic,
        {
            "sink.delivery-guarantee": "exactly-once",
            "sink.transactional-id-prefix": f"{GROUP_ID}-{topic.name}",
            "properties.transaction.timeout.ms": f"{transaction_timeout / timedelta(milliseconds=1):.0f}",
        },
    )


def _sink(kafka: str, topic: Topic, guarantee: Mapping[str, str]) -> TableDescriptor:
    schema = Schema.new_builder().column("key", DataTypes.BYTES()).column("value", DataTypes.BYTES()).build()
    return _table(
        kafka,
        schema,
        {
            "topic": topic.name,
            **_KEY_AND_VALUE,
            "properties.max.request.size": str(topic.max_message_bytes),
            "properties.compression.type": "lz4",
            # each batch is a request to the broker and an answer to each reader: few large ones cost a tenth
            "properties.linger.ms": "50",
            "properties.batch.size": str(64 * 1024),
            **guarantee,
        },
    )


def _table(kafka: str, schema: Schema, options: Mapping[str, str]) -> TableDescriptor:
    builder = TableDescriptor.for_connector("kafka").schema(schema)
    builder.option("properties.bootstrap.servers", kafka)
    for key, value in options.items():
        builder.option(key, value)
    return builder.build()
