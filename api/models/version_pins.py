"""Pins of versions, as records of the topic models."""

import logging
from datetime import timedelta
from uuid import UUID

import msgspec
from confluent_kafka import KafkaException, Producer

from api.models.model_versions import ModelVersion, update_of
from schemas import topics
from schemas.encoding import encoder
from schemas.model_keys import pinned_key


class Unconfirmed(Exception):
    """Kafka did not confirm in time that it has the record; it may have it or not. One line, for an operator."""


class VersionPins:
    """Writes pins. Its methods return once every replica of Kafka has the record, and raise `Unconfirmed`."""

    def __init__(self, bootstrap: str, timeout: timedelta) -> None:
        self._timeout_s = timeout.total_seconds()
        self._producer = Producer(
            {
                "bootstrap.servers": bootstrap,
                "acks": "all",
                "enable.idempotence": True,
                "message.timeout.ms": int(self._timeout_s * 1000),
                "message.max.bytes": topics.MODELS.max_message_bytes,
            },
            logger=logging.getLogger(__name__),
        )

    def pin(self, tenant_id: UUID, version: ModelVersion) -> None:
        """From soon on predictions for the tenant are made by this version. Blocks."""
        record = update_of(
            str(tenant_id), version, msgspec.json.decode(version.scores, type=dict[str, float])
        )
        self._send(tenant_id, encoder(topics.MODELS.schema)(record))

    def unpin(self, tenant_id: UUID) -> None:
        """From soon on predictions for the tenant are made by its newest version. Blocks."""
        self._send(tenant_id, None)

    def _send(self, tenant_id: UUID, value: bytes | None) -> None:
        outcomes: list[str] = []
        try:
            self._producer.produce(
                topics.MODELS.name,
                value,
                pinned_key(str(tenant_id)),
                on_delivery=lambda error, _: outcomes.append(error.str() if error else ""),
            )
        except KafkaException as error:
            raise Unconfirmed(error.args[0].str()) from error
        self._producer.flush(self._timeout_s + 1)
        if outcomes != [""]:
            raise Unconfirmed(outcomes[0] if outcomes else "no acknowledgement in time")
