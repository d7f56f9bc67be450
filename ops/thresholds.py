"""A tenant's alert thresholds, as records on the settings topic, where the risk job reads them."""

from datetime import UTC, datetime
from uuid import UUID

from confluent_kafka import KafkaException, Producer

from ops.topics import TopicsUnavailable
from schemas import topics
from schemas.encoding import encoder

TIMEOUT_S = 10.0


class ThresholdError(ValueError):
    """A threshold that cannot be; the message is one readable line."""


def publish_threshold(
    bootstrap: str, tenant_id: UUID, threshold: float, sku: str | None = None, warehouse: str | None = None
) -> None:
    """Set the probability, 0 to 1, at which alerts are raised, for all of the tenant or for what is named.

    Returns once Kafka has it. Raises `ThresholdError` or `TopicsUnavailable`.
    """
    if not 0 <= threshold <= 1:
        raise ThresholdError(f"a threshold is a probability from 0 to 1, not {threshold}")
    record = {
        "tenant_id": str(tenant_id),
        "sku": sku,
        "warehouse": warehouse,
        "threshold": threshold,
        "updated_at": datetime.now(UTC),
    }
    key = f"{tenant_id}|{sku or ''}|{warehouse or ''}"
    _send(bootstrap, key.encode(), encoder(topics.SETTINGS.schema)(record))


def _send(bootstrap: str, key: bytes, value: bytes) -> None:
    failures: list[str] = []
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "log_level": 0,
            "message.timeout.ms": TIMEOUT_S * 1000,
        }
    )
    try:
        producer.produce(
            topics.SETTINGS.name,
            value,
            key,
            on_delivery=lambda error, _: failures.append(error.str()) if error else None,
        )
    except KafkaException as error:
        raise TopicsUnavailable(error.args[0].str()) from error
    if producer.flush(TIMEOUT_S + 1):
        failures.append("no acknowledgement in time")
    if failures:
        raise TopicsUnavailable(failures[0])
