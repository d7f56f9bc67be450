"""Groups of batches to Kafka, one transaction a group.

A batch is whole or absent for every read_committed consumer. What the caller learns is never better than the truth: a
batch counts as written only after Kafka has confirmed the commit.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from confluent_kafka import KafkaException, Producer

from schemas.encoding import encoder
from schemas.topics import INGEST_COUNTS, INGEST_RECEIPTS, MEBIBYTE

TRANSACTION_LIMIT = timedelta(seconds=10)
"""Kafka aborts a transaction of a producer that died or hangs after this long; until then it holds readers back."""
SLICE_S = 0.5
"""How long one call into the client blocks before we look whether we are to stop."""
LOOKUP_S = 2.0
MISSING_TOPIC_S = 1.0
"""For this long a topic that does not exist is not looked for again."""


class Unwritten(Exception):
    """A batch is not known to be in the log.

    The message is one sentence for an operator; it may name other tenants' topics, so no client may see it.
    """


class NotWritten(Unwritten):
    """The batch is not in the log, and this attempt will not bring it there."""


class TopicMissing(NotWritten):
    """The batch's topic does not exist."""


class OutcomeUnknown(Unwritten):
    """The batch is in the log as a whole or not at all; we do not know which."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What must become visible together: messages (key, value) for one topic, and the receipt for them, if any.

    Events are counted for their tenant, in the topic of counts.
    """

    topic: str
    messages: Sequence[tuple[bytes | None, bytes | None]]
    timestamp_ms: int
    receipt: tuple[bytes, bytes] | None = None
    counted_for: UUID | None = None

    @property
    def bytes(self) -> int:
        """Size of the values."""
        return sum(len(value or b"") for _, value in self.messages)


class TransactionWriter:
    """One transactional producer. Every method blocks; one thread owns it.

    A message that Kafka does not take within ``patience`` fails its transaction. ``abandoned`` tells whether to give up
    on a Kafka that does not answer, because the process ends.
    """

    def __init__(
        self, bootstrap: str, transactional_id: str, patience: timedelta, abandoned: Callable[[], bool]
    ) -> None:
        self._bootstrap = bootstrap
        self._transactional_id = transactional_id
        self._patience = patience
        self._abandoned = abandoned
        self._producer: Producer | None = None
        self._known_topics: set[str] = set()
        self._missing_until: dict[str, float] = {}

    @property
    def connected(self) -> bool:
        return self._producer is not None

    def connect(self) -> None:
        """Take the transactional id over from whoever had it; what that one left open is aborted.

        Raises `KafkaException` where Kafka is away.
        """
        producer = Producer(
            {
                "bootstrap.servers": self._bootstrap,
                "transactional.id": self._transactional_id,
                "transaction.timeout.ms": _milliseconds(TRANSACTION_LIMIT),
                "message.timeout.ms": _milliseconds(min(self._patience, TRANSACTION_LIMIT / 2)),
                "acks": "all",
                "enable.idempotence": True,
                # as Java's producers do, so that every writer puts a SKU into the same partition
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "message.max.bytes": MEBIBYTE,
                "queue.buffering.max.messages": 1_000_000,
                # successes need no report of their own: the commit says it for all
                "delivery.report.only.error": True,
                "reconnect.backoff.max.ms": 1000,
            },
            logger=logging.getLogger(__name__),
        )
        self._until_known(producer.init_transactions)
        self._producer = producer

    def disconnect(self) -> None:
        """Let go of the producer, whatever it is doing; the next `connect` aborts what it left open."""
        self._producer = None

    def answers(self) -> bool:
        """Whether Kafka answers now."""
        # here is time for what the client has to log
        self._live.poll(0)
        try:
            self._live.list_topics(INGEST_RECEIPTS.name, timeout=LOOKUP_S)
        except KafkaException:
            return False
        return True

    def write(self, group: Sequence[Batch]) -> list[Unwritten | None]:
        """Write a group. For each batch ``None`` once it is committed, or else why not.

        After an error of the producer itself, ``connected`` is false.
        """
        outcomes = [self._objection(batch) for batch in group]
        fit = [index for index, objection in enumerate(outcomes) if objection is None]
        if not fit:
            return outcomes
        deadline = time.monotonic() + self._patience.total_seconds()
        failure = self._write_together([group[index] for index in fit])
        if failure is not None:
            # a topic may be gone, which looks like a Kafka that does not answer
            self._known_topics.clear()
        for index in fit:
            outcomes[index] = failure
            if (
                len(fit) > 1
                and isinstance(failure, NotWritten)
                and self.connected
                and time.monotonic() < deadline
            ):
                # one of them may have spoilt it for all: each by itself, so that only that one fails
                outcomes[index] = self.write([group[index]])[0]
        return outcomes

    def _objection(self, batch: Batch) -> Unwritten | None:
        """Why not even to try: a message for a topic that does not exist would fail the whole transaction."""
        topics = [batch.topic]
        if batch.receipt is not None:
            topics.append(INGEST_RECEIPTS.name)
        if batch.counted_for is not None:
            topics.append(INGEST_COUNTS.name)
        try:
            missing = [topic for topic in topics if not self._exists(topic)]
        except KafkaException as error:
            return NotWritten(f"Kafka does not answer: {_reason(error)}.")
        return TopicMissing(f"The topic {missing[0]} does not exist.") if missing else None

    def _exists(self, topic: str) -> bool:
        if topic in self._known_topics:
            return True
        if time.monotonic() < self._missing_until.get(topic, 0.0):
            return False
        found = self._live.list_topics(topic, timeout=LOOKUP_S).topics[topic]
        if found.error is None:
            self._known_topics.add(topic)
            self._missing_until.pop(topic, None)
            return True
        self._missing_until[topic] = time.monotonic() + MISSING_TOPIC_S
        return False

    def _write_together(self, batches: Sequence[Batch]) -> Unwritten | None:
        producer = self._live
        try:
            producer.begin_transaction()
            for batch in batches:
                _produce(producer, batch)
            _count(producer, batches)
        except KafkaException as error:
            return self._aborted(error)
        try:
            self._until_known(producer.commit_transaction)
        except KafkaException as error:
            if error.args[0].txn_requires_abort():
                return self._aborted(error)
            self.disconnect()
            return OutcomeUnknown(f"Kafka did not confirm the commit: {_reason(error)}.")
        return None

    def _aborted(self, cause: KafkaException) -> NotWritten:
        """Abort the transaction, whose commit has not been asked of Kafka yet."""
        try:
            self._until_known(self._live.abort_transaction)
        except KafkaException:
            self.disconnect()
        return NotWritten(f"The transaction was aborted: {_reason(cause)}.")

    def _until_known(self, call: Callable[[float], object]) -> None:
        """Call again until there is an outcome, for hours if need be: the client resumes where it was."""
        while True:
            try:
                call(SLICE_S)
                return
            except KafkaException as error:
                if not error.args[0].retriable() or self._abandoned():
                    raise

    @property
    def _live(self) -> Producer:
        assert self._producer is not None, "connect() comes first"
        return self._producer


def _produce(producer: Producer, batch: Batch) -> None:
    produce, topic, timestamp = producer.produce, batch.topic, batch.timestamp_ms
    for key, value in batch.messages:
        produce(topic, value, key, timestamp=timestamp)
    if batch.receipt is not None:
        key, value = batch.receipt
        produce(INGEST_RECEIPTS.name, value, key, timestamp=timestamp)


def _count(producer: Producer, batches: Sequence[Batch]) -> None:
    """Tell how many events of each tenant the transaction holds: so the count is as exact as the log itself."""
    counts: dict[UUID, tuple[int, int]] = {}
    for batch in batches:
        if batch.counted_for is not None:
            events, first_ms = counts.get(batch.counted_for, (0, batch.timestamp_ms))
            counts[batch.counted_for] = (events + len(batch.messages), first_ms)
    for tenant_id, (events, first_ms) in counts.items():
        record = {"tenant_id": str(tenant_id), "events": events, "accepted_at": first_ms}
        value = encoder(INGEST_COUNTS.schema)(record)
        producer.produce(INGEST_COUNTS.name, value, str(tenant_id), timestamp=first_ms)


def _milliseconds(span: timedelta) -> int:
    return span // timedelta(milliseconds=1)


def _reason(error: KafkaException) -> str:
    return str(error.args[0].str())
