"""Messages that cannot be read are kept whole, with the place they came from, in the topic dead-letters."""

import time
from collections.abc import Sequence

import structlog
from confluent_kafka import KafkaError
from confluent_kafka import Message as Delivered
from confluent_kafka import Producer

from feature_writer.batches import Unreadable
from feature_writer.settings import Settings
from schemas import topics
from schemas.encoding import encoder

log = structlog.get_logger()

ACKNOWLEDGED_WITHIN_S = 10.0


class DeadLettersLost(Exception):
    """Kafka did not acknowledge every dead letter: the messages must be read again."""


class DeadLetters:
    """The way to the topic dead-letters."""

    def __init__(self, settings: Settings) -> None:
        self._producer = Producer(
            {
                "bootstrap.servers": settings.kafka_bootstrap,
                "enable.idempotence": True,
                "message.timeout.ms": int(ACKNOWLEDGED_WITHIN_S * 1000),
                "message.max.bytes": topics.DEAD_LETTERS.max_message_bytes,
            }
        )

    def send(self, unreadable: Sequence[Unreadable]) -> None:
        """Returns when Kafka has them all; raises `DeadLettersLost`."""
        failures: list[KafkaError] = []

        def delivered(error: KafkaError | None, _: Delivered) -> None:
            if error is not None:
                failures.append(error)

        for one in unreadable:
            message, error = one.message, one.error
            place = f"{message.topic}-{message.partition}-{message.offset}"
            log.warning("unreadable message", place=place, reason=error.reason, detail=error.detail)
            self._producer.produce(
                topics.DEAD_LETTERS.name, _letter(one), key=place.encode(), on_delivery=delivered
            )
        left = self._producer.flush(ACKNOWLEDGED_WITHIN_S) if unreadable else 0
        if left or failures:
            raise DeadLettersLost(str(failures[0]) if failures else f"{left} not acknowledged")


def _letter(unreadable: Unreadable) -> bytes:
    message, error = unreadable.message, unreadable.error
    return encoder("dead_letter")(
        {
            "topic": message.topic,
            "partition": message.partition,
            "offset": message.offset,
            "reason": error.reason,
            "detail": error.detail,
            "value": message.value,
            "failed_at": time.time_ns() // 1_000_000,
        }
    )
