"""Predictions that tenants deleted: taken out of the online store, and kept beside it until they are restored or purged.

Of each SKU and warehouse the newest prediction is either in Feast's rows and the index, or, where a deletion covers it, in
the hash of what is hidden, or, where that deletion was purged, nowhere. All that is done here ends the same when it is done
again, so a crash repeats it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import cast

from feast import FeatureStore, FeatureView
from redis import Redis, WatchError
from redis.client import Pipeline

from feature_writer import predictions, risk_index
from feature_writer.deletion_changes import DeletionChange
from feature_writer.feast_layout import TIME_FIELD, row_key, time_ms
from feature_writer.feast_rows import entity_key, feast_row, prediction_of
from feature_writer.predictions import Key
from schemas import online_store as keys
from schemas.encoding import Record, decoder, encoder
from schemas.prediction_deletions import Deletion, State, state_of

AT_ONCE = 500
"""Rows that are moved in one transaction, so that Redis stops nobody for long."""

Deletions = Mapping[str, Sequence[Deletion]]
"""By tenant, of those that have any."""


@dataclass(slots=True)
class Parted:
    """New predictions by what becomes of them."""

    shown: list[Record] = field(default_factory=list)
    hidden: list[Record] = field(default_factory=list)
    gone: list[Key] = field(default_factory=list)
    """Of which nothing is kept."""
    careful: bool = False
    """Whether any of their tenants has deletions."""


class HiddenRows:
    """Its methods raise ``redis.RedisError`` where Redis does not take them."""

    def __init__(self, store: FeatureStore, view: FeatureView, redis: Redis) -> None:
        self._config = store.config
        self._provider = store._get_provider()
        self._view = view
        self._redis = redis
        self._encode = encoder("prediction")
        self._decode = decoder("prediction", "ms")
        self._project = store.config.project.encode()

    def change(self, changes: Sequence[DeletionChange]) -> None:
        """Take deletions as they are now: hide what they cover, show again what none covers any more."""
        with self._redis.pipeline() as pipe:
            for each in changes:
                if each.deletion is None:
                    # with its tenant, of whom nothing is to come back
                    pipe.hdel(keys.deletions(each.tenant_id), each.deletion_id)
                    pipe.delete(keys.hidden(each.tenant_id))
                else:
                    pipe.hset(keys.deletions(each.tenant_id), each.deletion_id, each.deletion.text)
            pipe.execute()
        for tenant_id in {each.tenant_id for each in changes}:
            deletions = self.deletions({tenant_id}).get(tenant_id, ())
            self._hide(tenant_id, deletions)
            self._review(tenant_id, deletions)

    def deletions(self, tenants: Iterable[str]) -> Deletions:
        """The deletions of these tenants."""
        asked = list(tenants)
        with self._redis.pipeline(transaction=False) as pipe:
            for tenant_id in asked:
                pipe.hvals(keys.deletions(tenant_id))
            found = pipe.execute()
        return {
            tenant_id: [Deletion.of_text(text) for text in texts]
            for tenant_id, texts in zip(asked, found, strict=True)
            if texts
        }

    def part(self, newest: Collection[Record]) -> Parted:
        """What becomes of these predictions, one of each key."""
        deletions = self.deletions({prediction["tenant_id"] for prediction in newest})
        if not deletions:
            return Parted(list(newest))
        parted = Parted(careful=True)
        for prediction, known in zip(newest, self._known_times(newest), strict=True):
            if known > prediction["updated_at"]:
                # what came late is the newest of nothing
                continue
            state = _state(deletions.get(prediction["tenant_id"], ()), prediction)
            if state is None:
                parted.shown.append(prediction)
            elif state is State.HIDDEN:
                parted.hidden.append(prediction)
            else:
                parted.gone.append(predictions.key(prediction))
        return parted

    def settle(self, pipe: Pipeline, parted: Parted) -> None:
        """Put those that are shown into the index, and the others aside."""
        risk_index.put(pipe, parted.shown)
        if not parted.careful:
            return
        for key in map(predictions.key, parted.shown):
            self._forget(pipe, key)
        self._move(pipe, parted.hidden)
        self._remove(pipe, parted.gone)

    def take_away(self, gone: Collection[Key]) -> None:
        """Keep nothing of these keys, neither shown nor hidden."""
        with self._redis.pipeline() as pipe:
            self._remove(pipe, gone)
            pipe.execute()

    def _move(self, pipe: Pipeline, hidden: Iterable[Record]) -> None:
        for prediction in hidden:
            tenant_id, sku, warehouse = key = predictions.key(prediction)
            self._remove(pipe, [key])
            message = self._encode(prediction)
            pipe.hset(keys.hidden(tenant_id), keys.alert_member(sku, warehouse), message)  # type: ignore[arg-type]  # bytes are fine

    def _remove(self, pipe: Pipeline, gone: Iterable[Key]) -> None:
        for key in gone:
            pipe.delete(self._row_key(key))
            self._forget(pipe, key)
            risk_index.take_out(pipe, [key])

    def _forget(self, pipe: Pipeline, key: Key) -> None:
        tenant_id, sku, warehouse = key
        pipe.hdel(keys.hidden(tenant_id), keys.alert_member(sku, warehouse))

    def _hide(self, tenant_id: str, deletions: Sequence[Deletion]) -> None:
        """Move what is shown and covered."""
        covering = [each for each in deletions if each.state is not State.RESTORED]
        if not covering:
            return
        skus = {each.sku for each in covering if each.sku is not None}
        everything = any(each.sku is None for each in covering)
        shown = self._shown(tenant_id, None if everything else skus)
        while some := list(islice(shown, AT_ONCE)):
            self._hide_some(some, covering)

    def _hide_some(self, some: Sequence[Key], covering: Sequence[Deletion]) -> None:
        with self._redis.pipeline() as pipe:
            while True:
                try:
                    pipe.watch(*map(self._row_key, some))  # type: ignore[no-untyped-call]  # redis-py
                    covered = [each for each in self._rows(some) if _state(covering, each) is not None]
                    pipe.multi()
                    self._move(pipe, [each for each in covered if _state(covering, each) is State.HIDDEN])
                    purged = [each for each in covered if _state(covering, each) is State.PURGED]
                    self._remove(pipe, map(predictions.key, purged))
                    pipe.execute()
                except WatchError:
                    # a newer prediction of one of them came meanwhile
                    continue
                return

    def _review(self, tenant_id: str, deletions: Sequence[Deletion]) -> None:
        """Look again at what is hidden: it may be restored or purged by now."""
        found = (self._decode(message) for _, message in self._redis.hscan_iter(keys.hidden(tenant_id)))
        while some := list(islice(found, AT_ONCE)):
            free = [each for each in some if _state(deletions, each) is None]
            purged = [each for each in some if _state(deletions, each) is State.PURGED]
            self._show(free)
            with self._redis.pipeline() as pipe:
                for key in map(predictions.key, purged):
                    self._forget(pipe, key)
                pipe.execute()

    def _show(self, free: Sequence[Record]) -> None:
        """Bring hidden predictions back, unless there is a newer one by now."""
        if not free:
            return
        self._provider.online_write_batch(self._config, self._view, [*map(feast_row, free)], None)
        some = [predictions.key(each) for each in free]
        with self._redis.pipeline() as pipe:
            while True:
                try:
                    pipe.watch(*map(self._row_key, some))  # type: ignore[no-untyped-call]  # redis-py
                    times = self._row_times(some)
                    pipe.multi()
                    back = [each for each, at in zip(free, times, strict=True) if at == each["updated_at"]]
                    risk_index.put(pipe, back)
                    for key in some:
                        self._forget(pipe, key)
                    pipe.execute()
                except WatchError:
                    continue
                return

    def _shown(self, tenant_id: str, skus: Collection[str] | None) -> Iterator[Key]:
        """Keys in the index, of all SKUs where ``skus`` is None."""
        prefix = keys.warehouses(tenant_id, "")
        if skus is None:
            names = self._redis.scan_iter(f"{prefix}*", count=1_000)
            found: Iterator[str] = (cast(bytes, name).decode().removeprefix(prefix) for name in names)
        else:
            found = iter(skus)
        for sku in found:
            for warehouse in cast(set[bytes], self._redis.smembers(keys.warehouses(tenant_id, sku))):
                yield tenant_id, sku, warehouse.decode()

    def _rows(self, some: Sequence[Key]) -> list[Record]:
        """What is shown of these keys."""
        found = self._provider.online_read(self._config, self._view, [*map(entity_key, some)])
        with self._redis.pipeline(transaction=False) as pipe:
            for tenant_id, sku, warehouse in some:
                pipe.zscore(keys.alerts(tenant_id), keys.alert_member(sku, warehouse))
            since = [None if score is None else int(score) for score in pipe.execute()]
        rows = (
            prediction_of(key, at, row, alert_since)
            for key, (at, row), alert_since in zip(some, found, since, strict=True)
        )
        return [row for row in rows if row is not None]

    def _known_times(self, newest: Collection[Record]) -> list[int]:
        """For each the time in ms of what is stored of its key, shown or hidden; -1 for nothing."""
        some = [predictions.key(prediction) for prediction in newest]
        with self._redis.pipeline(transaction=False) as pipe:
            for tenant_id, sku, warehouse in some:
                pipe.hget(keys.hidden(tenant_id), keys.alert_member(sku, warehouse))
            hidden = [-1 if found is None else self._decode(found)["updated_at"] for found in pipe.execute()]
        return [max(times) for times in zip(hidden, self._row_times(some), strict=True)]

    def _row_times(self, some: Sequence[Key]) -> list[int]:
        with self._redis.pipeline(transaction=False) as pipe:
            for key in some:
                pipe.hget(self._row_key(key), TIME_FIELD)  # type: ignore[arg-type]  # bytes are fine
            return [*map(time_ms, pipe.execute())]

    def _row_key(self, key: Key) -> bytes:
        # Feast deletes whole feature views only, so its rows are found as it finds them
        return row_key(key, self._project)


def _state(deletions: Sequence[Deletion], prediction: Record) -> State | None:
    _, sku, warehouse = predictions.key(prediction)
    return state_of(deletions, sku, warehouse, prediction["updated_at"])
