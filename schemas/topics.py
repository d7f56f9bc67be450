"""Every Kafka topic of Aurora in one place: its name, what it holds, and how long."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

MEBIBYTE = 1024 * 1024
LONGEST_SEGMENT = timedelta(days=1)


@dataclass(frozen=True)
class Topic:
    """A topic and the settings that Aurora relies on. ``retention`` of ``None`` keeps the newest record of each key."""

    name: str
    schema: str
    key: str
    partitions: int
    retention: timedelta | None
    max_message_bytes: int = MEBIBYTE
    compacted_after: timedelta = timedelta(0)
    """How long a record without retention is surely kept although a newer one of its key is there."""

    @property
    def config(self) -> dict[str, str]:
        """The settings by Kafka's own names."""
        return {**self._kept, "max.message.bytes": str(self.max_message_bytes)}

    @property
    def _kept(self) -> dict[str, str]:
        if self.retention is not None:
            # Kafka removes whole segments: a record is gone at most a segment's span after its time
            return {
                "cleanup.policy": "delete",
                "retention.ms": _milliseconds(self.retention),
                "segment.ms": _milliseconds(LONGEST_SEGMENT),
            }
        compacted = {"cleanup.policy": "compact", "min.cleanable.dirty.ratio": "0.1", "segment.ms": "3600000"}
        if not self.compacted_after:
            return compacted
        return {**compacted, "min.compaction.lag.ms": _milliseconds(self.compacted_after)}


def _milliseconds(span: timedelta) -> str:
    return str(span // timedelta(milliseconds=1))


PREDICTIONS = Topic("predictions", "prediction", "tenant_id|sku|warehouse", 4, None)
ALERTS = Topic("alerts", "alert", "tenant_id|sku|warehouse", 4, timedelta(days=30))
# a dead letter carries the whole message that failed, and its frame
DEAD_LETTERS = Topic(
    "dead-letters", "dead_letter", "topic-partition-offset", 1, timedelta(days=30), 2 * MEBIBYTE
)
SETTINGS = Topic("settings", "tenant_settings", "tenant_id|sku|warehouse or tenant_id|||category", 1, None)
# those who keep the history of versions may be away for a week and miss none
MODELS = Topic(
    "models",
    "model_update",
    "tenant_id or tenant_id|pinned",
    1,
    None,
    compacted_after=timedelta(days=7),
)
# 1,024 messages a tenant at most, each of a thousandth of the list
SUPPRESSIONS = Topic("suppressions", "suppression_bucket", "tenant_id|bucket", 1, None)
INGEST_RECEIPTS = Topic(
    "ingest-receipts", "ingest_receipt", "tenant_id|idempotency_key", 1, timedelta(days=1)
)
# a deletion is for ever: whoever reads the predictions again must know what not to show
PREDICTION_DELETIONS = Topic("prediction-deletions", "prediction_deletion", "tenant_id|deletion_id", 1, None)
# whoever counts may be away for a week and miss none
INGEST_COUNTS = Topic("ingest-counts", "ingest_count", "tenant_id", 1, timedelta(days=7))

SHARED = (
    *(PREDICTIONS, ALERTS, DEAD_LETTERS, SETTINGS, MODELS, SUPPRESSIONS),
    *(INGEST_RECEIPTS, PREDICTION_DELETIONS, INGEST_COUNTS),
)

TENANT_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
ORDERS_PATTERN = f"{TENANT_PATTERN}-orders"
"""What a tenant topic is named; the risk job subscribes by it. Valid in Python and in Java."""


def orders(tenant_id: UUID, retention: timedelta = timedelta(days=7)) -> Topic:
    """The topic of a tenant's own events. ``retention`` is a tenant setting of 7 to 30 days."""
    return Topic(f"{tenant_id}-orders", "order_event", "sku|warehouse", 4, retention)


def tenant_of(topic: str) -> UUID | None:
    """Whose events a topic holds; ``None`` where it is not a tenant topic."""
    return UUID(topic.removesuffix("-orders")) if re.fullmatch(ORDERS_PATTERN, topic) else None
