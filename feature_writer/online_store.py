"""The online store as the writer sees it: Feast's rows, and the index beside them, kept in step with Kafka's offsets.

How far the store has come is written in the store itself, in one transaction with the index. So a crash repeats only
what changes nothing, and an emptied or restored Redis is noticed by its offsets and filled again from where it stands.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis, WatchError
from redis.client import Pipeline

import feature_repo
from feature_writer import predictions
from feature_writer.batches import Batch
from feature_writer.consuming import Position
from feature_writer.hidden_rows import HiddenRows, Parted
from feature_writer.latency import histogram
from feature_writer.model_store import ModelStore
from feature_writer.risk_rows import RiskRows
from feature_writer.settings import Settings
from schemas import online_store as keys
from schemas import topics
from schemas.encoding import Record


class StoreMoved(Exception):
    """The store is not where this writer left it: it was emptied or restored, or another writer took over."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the writer believes the store to be; ``stored`` has the next offset to store of every position of its."""

    stored: Mapping[Position, int]
    caught_up: Collection[Position]
    fresh_at: Mapping[int, int]
    """By partition of predictions."""


class OnlineStore:
    """Feast's online store and its index. Its methods raise ``redis.RedisError`` where Redis does not take them."""

    def __init__(self, settings: Settings, needed: Collection[Position]) -> None:
        """``needed``: all that must be caught up before anything is served.

        Takes seconds. Raises ``feast.errors.FeatureViewNotFoundException`` where ``feast apply`` has not run.
        """
        timeout = settings.redis_timeout.total_seconds()
        config = feature_repo.config(
            settings.feature_repo,
            settings.redis_url,
            settings.feast_registry,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
        )
        feast, view = feature_repo.open_store(config)
        self._models = ModelStore(feast, settings.model_history)
        self._redis: Redis = Redis.from_url(
            settings.redis_url, socket_timeout=timeout, socket_connect_timeout=timeout
        )
        self._rows = RiskRows(self._redis, config.project)
        self._hidden = HiddenRows(feast, view, self._redis)
        self._needed = {_name(position) for position in needed}

    def close(self) -> None:
        self._redis.close()

    def positions(self, otherwise: Mapping[Position, int]) -> dict[Position, int]:
        """The next offset to store of each; for those that the store does not know it is set to what is given."""
        with self._redis.pipeline() as pipe:
            for position, at in otherwise.items():
                # so that the store knows all and an emptied one none, even before anything is in it
                pipe.hsetnx(keys.OFFSETS, _name(position), str(at))
                pipe.hget(keys.OFFSETS, _name(position))
            return dict(zip(otherwise, map(int, pipe.execute()[1::2]), strict=True))

    def restore_versions(self) -> None:
        """Put in every version of a model that the offline store has."""
        self._models.restore()

    def write(self, batch: Batch, standing: Standing) -> None:
        """Store a batch that follows on ``standing``; an empty one only tells that the store is where it should be.

        Raises `StoreMoved` where it does not follow; the index and the counts are then as they were.
        """
        if batch.deletion_changes:
            self._hidden.change(batch.deletion_changes)
        if batch.taken_away:
            self._hidden.take_away(batch.taken_away)
        newest = predictions.newest(prediction for _, prediction in batch.predictions)
        shown = self._hidden.part(newest).shown if newest else []
        if shown:
            # rows that are not newer than the stored ones are passed over, so this may go ahead of the index
            self._rows.write(shown)
        if batch.model_changes:
            self._models.write(batch.model_changes)
        with self._redis.pipeline() as pipe:
            while True:
                try:
                    self._follow(pipe, batch, newest, standing)
                except WatchError:
                    # another writer stored something of its own partitions meanwhile
                    continue
                return

    def _follow(self, pipe: Pipeline, batch: Batch, newest: Collection[Record], standing: Standing) -> None:
        pipe.watch(keys.OFFSETS)  # type: ignore[no-untyped-call]  # redis-py
        # a pipeline answers at once between watch and multi
        names = [_name(position) for position in standing.stored]
        found = cast(list[bytes | None], pipe.hmget(keys.OFFSETS, names))
        if [None if at is None else int(at) for at in found] != [*standing.stored.values()]:
            raise StoreMoved
        caught_up = {name.decode() for name in cast(set[bytes], pipe.smembers(keys.CAUGHT_UP))}
        # once more: another writer may have heard of a deletion meanwhile, and if it does from here on, we begin again
        parted = self._hidden.part(newest) if newest else Parted()
        pipe.multi()
        self._hidden.settle(pipe, parted)
        _count(pipe, batch, caught_up)
        self._advance(pipe, batch, standing, caught_up)
        pipe.execute()

    def _advance(self, pipe: Pipeline, batch: Batch, standing: Standing, caught_up: set[str]) -> None:
        if batch.next_offsets:
            pipe.hset(
                keys.OFFSETS, mapping={_name(position): at for position, at in batch.next_offsets.items()}
            )
        if standing.fresh_at:
            pipe.hset(keys.FRESH_AT, mapping={str(part): at for part, at in standing.fresh_at.items()})
        newly = {_name(position) for position in standing.caught_up} - caught_up
        if newly:
            pipe.sadd(keys.CAUGHT_UP, *newly)
        if self._needed <= caught_up | newly:
            pipe.set(keys.COMPLETE, "1")


def _count(pipe: Pipeline, batch: Batch, caught_up: set[str]) -> None:
    for change, number in batch.alert_changes.items():
        pipe.hincrby(keys.ALERTS_GENERATED, change, number)
    now = time.time_ns() // 1_000_000
    # what is read again to fill an emptied store was stored in time once; its age now says nothing
    in_time = {
        partition
        for partition in {partition for partition, _ in batch.predictions}
        if _name((topics.PREDICTIONS.name, partition)) in caught_up
    }
    latencies = [
        max(0, now - prediction["received_at"])
        for partition, prediction in batch.predictions
        if prediction["received_at"] is not None and partition in in_time
    ]
    for name, increment in histogram(latencies).items():
        pipe.hincrby(keys.PREDICTION_LATENCY, name, increment)
    if max(latencies, default=0) > keys.LATE_MS:
        pipe.set(keys.LATE, max(latencies), px=keys.LATE_KEPT_MS)


def _name(position: Position) -> str:
    topic, partition = position
    return f"{topic}-{partition}"
