"""An online store that a test fills by itself, as the writer does, without Kafka."""

import time
from collections.abc import Iterable

from redis import Redis

from feature_writer.batches import Batch
from feature_writer.consuming import Position
from feature_writer.deletion_changes import DeletionChange
from feature_writer.model_changes import ModelChange
from feature_writer.online_store import OnlineStore, Standing
from feature_writer.predictions import Key
from feature_writer.settings import Settings
from schemas.encoding import Record

POSITION: Position = ("predictions", 0)


class FilledStore:
    """A store of one partition, complete from its first write on."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redis: Redis = Redis.from_url(settings.redis_url, decode_responses=True)
        self._store = OnlineStore(settings, needed={POSITION})

    def put(self, records: Iterable[Record]) -> None:
        """Store predictions, the last word on their keys."""
        stored = self._store.positions({POSITION: 0})
        batch = Batch(predictions=[(0, record) for record in records])
        batch.next_offsets[POSITION] = stored[POSITION] + len(batch.predictions)
        now_ms = time.time_ns() // 1_000_000
        self._store.write(batch, Standing(stored, caught_up={POSITION}, fresh_at={0: now_ms}))

    def delete(self, *changes: DeletionChange) -> None:
        """Take deletions as they are now."""
        self._write(Batch(deletion_changes=[*changes]))

    def take_away(self, *gone: Key) -> None:
        """As by messages without a value."""
        self._write(Batch(taken_away={*gone}))

    def _write(self, batch: Batch) -> None:
        stored = self._store.positions({POSITION: 0})
        self._store.write(batch, Standing(stored, {POSITION}, {}))

    def put_models(self, changes: Iterable[ModelChange]) -> None:
        """Store changes of models, in this order."""
        self._write(Batch(model_changes=[*changes]))

    def close(self) -> None:
        self._store.close()
        self.redis.close()
