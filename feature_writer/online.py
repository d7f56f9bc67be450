"""The loop that takes predictions, their deletions, and the versions of models, from Kafka to the online store."""

import time
from collections.abc import Collection
from threading import Event

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from redis import RedisError

from feature_writer.batches import SERVED, Batch, fresh_times
from feature_writer.consuming import KAFKA_ANSWERS_WITHIN_S, Position, Received, gather
from feature_writer.dead_letters import DeadLetters, DeadLettersLost
from feature_writer.online_store import OnlineStore, Standing, StoreMoved
from feature_writer.settings import Settings
from schemas import topics

log = structlog.get_logger()

GROUP = "feature-writer-online"
HEARTBEAT_S = 1.0
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 5.0

TOPICS = [*SERVED, topics.ALERTS.name]


class OnlineWriter:
    """Reads its share of the partitions and stores what comes, for as long as it is not told to stop.

    Where to read on is what the store says, not what was committed to Kafka: on every assignment, and whenever the
    store turns out to be elsewhere than where this writer left it, it reads from there again. Commits only show the
    progress to those who watch the group.
    """

    def __init__(
        self,
        consumer: Consumer,
        store: OnlineStore,
        dead_letters: DeadLetters,
        settings: Settings,
        stop: Event,
    ) -> None:
        self._consumer = consumer
        self._store = store
        self._dead_letters = dead_letters
        self._rows = settings.online_batch_rows
        self._linger_s = settings.online_linger.total_seconds()
        self._stop = stop
        self._failures = 0
        self._heartbeat_at = 0.0
        self._forget()
        self._committed: dict[Position, int] = {}

    def run(self) -> None:
        """Returns after ``stop``, with the batch in hand stored."""
        self._consumer.subscribe(
            TOPICS,
            on_assign=lambda _, given: self._place([(one.topic, one.partition) for one in given]),
            on_revoke=lambda *_: self._forget(),
            on_lost=lambda *_: self._forget(),
        )
        try:
            while not self._stop.is_set():
                self._step()
        finally:
            self._commit(asynchronous=False)
            self._consumer.close()

    def _forget(self) -> None:
        self._stored: dict[Position, int] = {}
        self._ends: dict[Position, int] = {}
        self._last_ends: dict[Position, int] = {}
        self._fresh_at: dict[int, int] = {}

    def _step(self) -> None:
        found = gather(self._consumer, self._rows, self._linger_s)
        if not self._stored:
            return
        if time.monotonic() >= self._heartbeat_at:
            self._heartbeat_at = time.monotonic() + HEARTBEAT_S
            self._look_for_ends()
        elif not found:
            return
        self._write(Batch.of(found))

    def _write(self, batch: Batch) -> None:
        self._ends.update(batch.ends)
        for partition, at in fresh_times(batch).items():
            self._fresh_at[partition] = max(at, self._fresh_at.get(partition, 0))
        try:
            self._dead_letters.send([one for one in batch.unreadable if self._is_new(one.message)])
            self._store.write(batch, Standing(self._stored, self._ends, self._fresh_at))
        except StoreMoved:
            log.warning("the store is elsewhere, reading on from there")
            self._place(list(self._stored))
        except (RedisError, DeadLettersLost) as error:
            self._wait(error)
            self._place(list(self._stored))
        else:
            self._failures = 0
            self._stored.update(batch.next_offsets)
            self._commit(asynchronous=True)

    def _place(self, positions: Collection[Position]) -> None:
        """Read each of the positions on from where the store is, as soon as the store can say so."""
        self._forget()
        while positions and not self._stop.is_set():
            try:
                self._committed = self._commits(positions)
                stored = self._store.positions({position: self._first(position) for position in positions})
                if any(self._lacks_versions(position, at) for position, at in stored.items()):
                    self._store.restore_versions()
                self._consumer.assign([TopicPartition(*position, at) for position, at in stored.items()])
            except (RedisError, KafkaException) as error:
                self._wait(error)
            else:
                log.info(
                    "reading on", positions={f"{topic}-{part}": at for (topic, part), at in stored.items()}
                )
                self._stored = stored
                return

    def _commits(self, positions: Collection[Position]) -> dict[Position, int]:
        asked = [TopicPartition(topic, partition) for topic, partition in positions]
        found = self._consumer.committed(asked, timeout=KAFKA_ANSWERS_WITHIN_S)
        return {(one.topic, one.partition): one.offset for one in found if one.offset >= 0}

    def _first(self, position: Position) -> int:
        """Where to begin with an empty store: all that is served is wanted, but nothing is to be counted again."""
        topic, _ = position
        return self._committed.get(position, 0) if topic == topics.ALERTS.name else 0

    def _lacks_versions(self, position: Position, at: int) -> bool:
        """Whether the store was emptied, or is older than it was: Kafka need not have again what it had in between."""
        topic, _ = position
        return topic == topics.MODELS.name and (at == 0 or at < self._committed.get(position, 0))

    def _is_new(self, message: Received) -> bool:
        """Whether it was never handled before: what is read again after the store was emptied has its dead letter."""
        return message.offset >= self._committed.get((message.topic, message.partition), 0)

    def _look_for_ends(self) -> None:
        """Ask Kafka where the partitions end.

        Whatever was published before now is stored where one still ends at the offset to read next. One that is never
        seen ending, because there is always more, has caught up once what it held at the last look is stored.
        """
        for position, stored in self._stored.items():
            topic, partition = position
            is_behind = topic in SERVED and position not in self._ends
            if not is_behind and topic != topics.PREDICTIONS.name:
                continue
            now = time.time_ns() // 1_000_000
            try:
                end = self._end_of(position)
            except KafkaException as error:
                log.warning("Kafka does not tell where a partition ends", error=str(error))
                return
            if is_behind and stored >= self._last_ends.get(position, end + 1):
                self._ends[position] = stored
            elif not is_behind and end == self._ends.get(position):
                self._fresh_at[partition] = now
            self._last_ends[position] = end

    def _end_of(self, position: Position) -> int:
        """The offset of its next message. Raises ``KafkaException``."""
        found = self._consumer.get_watermark_offsets(
            TopicPartition(*position), timeout=KAFKA_ANSWERS_WITHIN_S, cached=False
        )
        if found is None:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        _, end = found
        return end

    def _commit(self, asynchronous: bool) -> None:
        done = [
            TopicPartition(topic, partition, at)
            for (topic, partition), at in self._stored.items()
            if at > self._committed.get((topic, partition), -1)
        ]
        if not done:
            return
        try:
            if asynchronous:
                self._consumer.commit(offsets=done, asynchronous=True)
            else:
                self._consumer.commit(offsets=done, asynchronous=False)
        except KafkaException as error:
            # the store knows better anyway
            log.warning("offsets not committed", error=str(error))
        else:
            self._committed.update({(one.topic, one.partition): one.offset for one in done})

    def _wait(self, error: Exception) -> None:
        delay = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**self._failures)
        self._failures += 1
        log.warning("not stored, trying again", error=str(error), wait_s=delay)
        self._stop.wait(delay)
