"""The offline writer's loop over a Kafka that takes partitions away, and does not always take commits."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast

import pyarrow.parquet as pq
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from model_records import lineage
from prediction_records import NOON_MS, TENANT, prediction

from feature_writer.consuming import Received
from feature_writer.model_changes import read
from feature_writer.model_history import ModelHistory
from feature_writer.offline import OfflineWriter
from feature_writer.settings import Settings
from schemas import topics
from schemas.encoding import Record, encoder
from schemas.model_keys import newest_key, pinned_key


class Crash(Exception):
    """The process is killed."""


class ScriptedKafka:
    """A consumer to which happens what a test says, a step at each call; then it crashes."""

    def __init__(self, *steps: Sequence[Message] | Callable[["ScriptedKafka"], None], is_away: bool) -> None:
        self._steps = [*steps]
        self._is_away = is_away
        self.committed: list[TopicPartition] = []

    def subscribe(self, _: list[str], **callbacks: Callable[..., None]) -> None:
        self.callbacks = callbacks

    def consume(self, *_: object) -> Sequence[Message]:
        if not self._steps:
            raise Crash
        step = self._steps.pop(0)
        if not callable(step):
            return step
        step(self)
        return []

    def commit(self, offsets: list[TopicPartition], asynchronous: bool) -> None:
        if self._is_away:
            raise KafkaException(KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE))
        self.committed += offsets

    def close(self) -> None:
        pass


def run(folder: Path, *steps: Any, is_away: bool = False) -> ScriptedKafka:
    """A writer that puts what it gets in files at once, until it is killed after these steps."""
    settings = Settings(
        feature_history=folder / "history",
        model_history=folder / "models",
        offline_file_age=timedelta(0),
    )
    kafka = ScriptedKafka(*steps, is_away=is_away)
    with pytest.raises(Crash):
        OfflineWriter(cast(Consumer, kafka), settings, Event()).run()
    return kafka


def predicted(*offsets: int) -> list[Message]:
    encode = encoder("prediction")
    values = {offset: encode(prediction(stock=offset)) for offset in offsets}
    return [
        Message(
            topic=topics.PREDICTIONS.name, partition=0, offset=offset, value=value, timestamp=(1, NOON_MS)
        )
        for offset, value in values.items()
    ]


def model(offset: int, key: bytes, update: Record) -> Message:
    value = encoder("model_update")(update)
    return Message(
        topic=topics.MODELS.name, partition=0, offset=offset, key=key, value=value, timestamp=(1, NOON_MS)
    )


def rows(folder: Path) -> list[Record]:
    return [row for file in folder.glob("day=*/*.parquet") for row in pq.read_table(file).to_pylist()]


def test_files_written_while_no_commit_is_taken_are_replaced_after_a_crash(tmp_path: Path) -> None:
    run(tmp_path, predicted(0, 1), predicted(2, 3), predicted(4), is_away=True)
    again = run(tmp_path, predicted(0, 1, 2, 3, 4))
    assert sorted(row["stock"] for row in rows(tmp_path / "history")) == [0, 1, 2, 3, 4]
    assert [one.offset for one in again.committed] == [5]


@pytest.mark.parametrize("callback", ["on_lost", "on_revoke"])
def test_what_is_current_is_read_again_after_another_had_the_partition(tmp_path: Path, callback: str) -> None:
    first, second = lineage(TENANT, 2)
    pin = model(1, pinned_key(TENANT), first)

    def taken_away(kafka: ScriptedKafka) -> None:
        kafka.callbacks[callback]()
        change = read(Received(topics.MODELS.name, 0, 1, pin.value(), pin.key(), NOON_MS))
        ModelHistory(tmp_path / "models").write(0, {1: change})

    run(
        tmp_path,
        [model(0, newest_key(TENANT), first)],
        taken_away,
        [model(2, newest_key(TENANT), second)],
    )
    states = {row["offset"]: row for row in rows(tmp_path / "models" / "current")}
    assert states[2]["newest_version"] == second["model_version"]
    assert states[2]["pinned_version"] == first["model_version"]
