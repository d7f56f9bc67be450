"""The loop that takes predictions, their deletions, and the versions of models, from Kafka to the offline store's files."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import structlog
from confluent_kafka import Consumer, KafkaException, TopicPartition

from feature_writer import deletion_changes, history_files, model_changes, model_history, predictions
from feature_writer.consuming import Position, Received, gather
from feature_writer.deletion_changes import DeletionChange
from feature_writer.hidden_history import HiddenHistory
from feature_writer.model_changes import ModelChange
from feature_writer.model_history import ModelHistory
from feature_writer.settings import Settings
from schemas import topics
from schemas.encoding import Record, UnreadableMessage

log = structlog.get_logger()

GROUP = "feature-writer-offline"
LINGER_S = 0.5
"""How often to look at the clock; also how soon a stop is noticed."""
SETTLING_S = 2.0


class OfflineWriter:
    """Gathers what comes and now and then writes it to files; only then it commits how far it has read.

    Messages that cannot be read are passed over: the online writer keeps them as dead letters.
    """

    def __init__(self, consumer: Consumer, settings: Settings, stop: Event) -> None:
        self._consumer = consumer
        self._folder = settings.feature_history
        self._hidden = HiddenHistory(settings.feature_history)
        self._model_folder = settings.model_history
        self._models = ModelHistory(settings.model_history)
        self._rows_limit = settings.offline_file_rows
        self._age_limit_s = settings.offline_file_age.total_seconds()
        self._stop = stop
        self._unsettled: dict[Position, int] = {}
        """Of the deletions that the files are not settled by yet, the offset to read next."""
        self._forget()

    def run(self) -> None:
        """Returns after ``stop``, with what was gathered written. Raises ``OSError`` for a full disk."""
        history_files.ensure_readable(self._folder)
        model_history.ensure_readable(self._model_folder)
        self._consumer.subscribe(
            [topics.PREDICTIONS.name, topics.MODELS.name, topics.PREDICTION_DELETIONS.name],
            on_revoke=lambda *_: self._give_up(self._write),
            on_lost=lambda *_: self._give_up(self._forget),
        )
        try:
            while not self._stop.is_set():
                self._step()
            self._write()
        finally:
            self._consumer.close()

    def _forget(self) -> None:
        self._rows: dict[int, dict[int, Record]] = {}
        self._changes: dict[int, dict[int, ModelChange]] = {}
        self._deletions: list[DeletionChange] = []
        self._next_offsets: dict[Position, int] = {}
        self._oldest: float | None = None

    def _step(self) -> None:
        for found in gather(self._consumer, self._rows_limit, LINGER_S):
            if isinstance(found, Received):
                self._take(found)
        if self._is_due():
            self._write()
        self._settle_some()

    def _give_up(self, gathered: Callable[[], None]) -> None:
        """Partitions are another's from now on."""
        gathered()
        self._models.forget()
        self._hidden.give_up()
        self._unsettled.clear()

    def _take(self, message: Received) -> None:
        self._oldest = self._oldest or time.monotonic()
        self._next_offsets[message.topic, message.partition] = message.offset + 1
        try:
            if message.topic == topics.MODELS.name:
                change = model_changes.read(message)
                self._changes.setdefault(message.partition, {})[message.offset] = change
            elif message.topic == topics.PREDICTION_DELETIONS.name:
                self._deletions.append(deletion_changes.read(message))
            else:
                prediction = predictions.read(message.value)
                self._rows.setdefault(message.partition, {})[message.offset] = prediction
        except UnreadableMessage:
            return

    def _is_due(self) -> bool:
        if self._oldest is None:
            return False
        if self._deletions:
            return True
        gathered = sum(len(rows) for rows in self._rows.values())
        return gathered >= self._rows_limit or time.monotonic() - self._oldest >= self._age_limit_s

    def _written(self) -> Iterator[Path]:
        for partition, rows in self._rows.items():
            yield from self._hidden.write(partition, rows)
        for partition, changes in self._changes.items():
            yield from self._models.write(partition, changes)

    def _write(self) -> None:
        for file in self._written():
            log.info("history written", file=f"{file.parent.name}/{file.name}")
        if self._deletions:
            self._hidden.note(self._deletions)
            log.info("deletions noted", changes=len(self._deletions))
        if not self._hidden.is_settled:
            # to be told of them again, should this process end before that
            for position in [
                each for each in self._next_offsets if each[0] == topics.PREDICTION_DELETIONS.name
            ]:
                self._unsettled[position] = self._next_offsets.pop(position)
        self._commit()
        self._forget()

    def _settle_some(self) -> None:
        """Go on with what deletions want of the files; not for too long at a time, since Kafka misses who reads nothing."""
        if self._hidden.is_settled:
            return
        self._hidden.go_on(SETTLING_S)
        if self._hidden.is_settled:
            log.info("deletions settled")
            self._next_offsets = {**self._unsettled, **self._next_offsets}
            self._unsettled.clear()
            if self._oldest is None:
                self._commit()
                self._forget()

    def _commit(self) -> None:
        if self._next_offsets:
            done = [
                TopicPartition(topic, partition, at) for (topic, partition), at in self._next_offsets.items()
            ]
            try:
                self._consumer.commit(offsets=done, asynchronous=False)
            except KafkaException as error:
                # read again after a crash, and written in the place of the same files
                log.warning("offsets not committed", error=str(error))
