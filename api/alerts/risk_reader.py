"""Blocking reads of the online store: the index first, then Feast's rows. Imports Feast, which takes seconds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from typing import Any, cast
from uuid import UUID

from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from redis import Redis, RedisError
from redis.client import Pipeline

import feature_repo
from api.alerts.predictions import Incomplete, OfSku, Prediction, Reading
from api.settings import Settings
from api.web.cursor import Cursor
from schemas import online_store as keys
from schemas.logical import to_datetime, to_milliseconds
from schemas.prediction_deletions import Deletion, state_of

Wanted = tuple[UUID, str, str]
"""Tenant, SKU and warehouse."""


class RiskReader:
    """Reads for one tenant at a time. Its methods raise `Incomplete`, or ``redis.RedisError`` where Redis is away."""

    def __init__(self, settings: Settings) -> None:
        """Takes seconds. Raises ``feast.errors.FeatureViewNotFoundException`` where ``feast apply`` has not run."""
        timeout = settings.redis_read_timeout.total_seconds()
        self._config = feature_repo.config(
            settings.feature_repo,
            settings.redis_url,
            settings.feast_registry,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
        )
        self._feast, self._view = feature_repo.open_store(self._config)
        # below `get_online_features`, which costs three times as much for one row
        self._provider = self._feast._get_provider()
        self._redis: Redis = Redis.from_url(
            settings.redis_url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            decode_responses=True,
        )
        # the first read of a process takes a third of a second
        with suppress(RedisError):
            self._provider.online_read(self._config, self._view, [_entity_key(UUID(int=0), "-", "-")])

    def close(self) -> None:
        self._redis.close()

    def of_skus(self, questions: Sequence[OfSku]) -> list[Reading]:
        """The predictions of each question's SKU in all its warehouses, in two round trips for them all."""
        with self._redis.pipeline(transaction=False) as pipe:
            _ask_standing(pipe)
            for question in questions:
                pipe.smembers(keys.warehouses(str(question.tenant_id), question.sku))
                pipe.hvals(keys.deletions(str(question.tenant_id)))
            complete, fresh_at, *found = pipe.execute()
        fresh = _standing(complete, fresh_at)
        warehouses, deletions = found[::2], [_deletions(texts) for texts in found[1::2]]
        wanted = [
            [(question.tenant_id, question.sku, warehouse) for warehouse in sorted(names)]
            for question, names in zip(questions, warehouses, strict=True)
        ]
        rows = iter(self._rows([key for of_question in wanted for key in of_question]))
        return [
            Reading(
                tuple(row for row in _shown(islice(rows, len(of_question)), of_question, hidden) if row),
                fresh,
            )
            for of_question, hidden in zip(wanted, deletions, strict=True)
        ]

    def alerts(
        self, tenant_id: UUID, after: Cursor | None, since_ms: int, count: int
    ) -> tuple[list[Cursor], list[Prediction | None], datetime | None]:
        """Up to ``count`` members of the index of alerts, newest first, their predictions, and how fresh all this is.

        The members come after ``after`` and were raised at ``since_ms`` or later. A prediction is None where it may not
        be shown, and may say that its alert has ended just now: the index is written after it.
        """
        name, oldest = keys.alerts(str(tenant_id)), max(0, since_ms)
        # as one transaction, so that no alert slips from the one range to the other
        with self._redis.pipeline(transaction=True) as pipe:
            _ask_standing(pipe)
            if after is not None and after.raised_ms >= oldest:
                # all that were raised in the same millisecond: Redis cannot begin amid them
                pipe.zrange(name, after.raised_ms, after.raised_ms, desc=True, byscore=True, withscores=True)
            below = "+inf" if after is None else f"({after.raised_ms}"
            pipe.zrange(name, below, oldest, desc=True, byscore=True, withscores=True, offset=0, num=count)  # type: ignore[arg-type]  # a bound may be exclusive
            pipe.hvals(keys.deletions(str(tenant_id)))
            complete, fresh_at, *ranges, texts = pipe.execute()
        fresh = _standing(complete, fresh_at)
        members = [_cursor(member, score) for found in ranges for member, score in found]
        members = [member for member in members if after is None or _order(member) < _order(after)][:count]
        wanted = [(tenant_id, member.sku, member.warehouse) for member in members]
        return members, [*_shown(self._rows(wanted), wanted, _deletions(texts))], fresh

    def _rows(self, wanted: Sequence[Wanted]) -> Iterable[Prediction | None]:
        """A prediction of each, or None where none is stored."""
        if not wanted:
            return []
        entities = [_entity_key(*key) for key in wanted]
        found = self._provider.online_read(self._config, self._view, entities)
        return [
            _prediction(sku, warehouse, *row) for (_, sku, warehouse), row in zip(wanted, found, strict=True)
        ]


def _ask_standing(pipe: Pipeline) -> None:
    pipe.exists(keys.COMPLETE)
    pipe.hvals(keys.FRESH_AT)


def _standing(complete: int, fresh_at: Sequence[str]) -> datetime | None:
    if not complete:
        raise Incomplete
    return to_datetime(min(map(int, fresh_at))) if fresh_at else None


def _cursor(member: str, score: float) -> Cursor:
    sku, warehouse = keys.split_member(member)
    return Cursor(1, int(score), sku, warehouse)


def _order(cursor: Cursor) -> tuple[int, bytes]:
    """As Redis orders a ZSET."""
    return cursor.raised_ms, keys.alert_member(cursor.sku, cursor.warehouse).encode()


def _entity_key(tenant_id: UUID, sku: str, warehouse: str) -> EntityKey:
    parts = {"tenant_id": str(tenant_id), "sku": sku, "warehouse": warehouse}
    return EntityKey(
        join_keys=feature_repo.JOIN_KEYS,
        entity_values=[Value(string_val=parts[name]) for name in feature_repo.JOIN_KEYS],
    )


def _deletions(texts: Sequence[str]) -> Sequence[Deletion]:
    return [Deletion.of_text(text) for text in texts]


def _shown(
    rows: Iterable[Prediction | None], wanted: Sequence[Wanted], deletions: Sequence[Deletion]
) -> Iterator[Prediction | None]:
    """Each row, or None where a deletion hides it, whether the writer has heard of that or not."""
    for row, (_, sku, warehouse) in zip(rows, wanted, strict=True):
        if row is None:
            # rows are written before the index, so one that the index names and that is not there has been wiped since
            if not any(each.covers(sku, warehouse, each.until_ms - 1) for each in deletions):
                raise Incomplete
            yield None
        elif state_of(deletions, sku, warehouse, to_milliseconds(row.updated_at)) is not None:
            yield None
        else:
            yield row


def _prediction(
    sku: str, warehouse: str, at: datetime | None, row: Mapping[str, Any] | None
) -> Prediction | None:
    if at is None or row is None or row["updated_at"].WhichOneof("val") is None:
        return None
    return Prediction(
        sku=sku,
        warehouse=warehouse,
        stock=row["stock"].int64_val,
        velocity=row["velocity"].double_val,
        probability=row["probability"].double_val,
        predicted_oos_at=_time(row["predicted_oos_at"]),
        oos_earliest_at=_time(row["oos_earliest_at"]),
        oos_latest_at=_time(row["oos_latest_at"]),
        alert_since=_time(row["alert_since"]),
        model_version=row["model_version"].string_val,
        updated_at=at,
    )


def _time(value: Any) -> datetime | None:
    if value.WhichOneof("val") is None:
        return None
    return datetime.fromtimestamp(cast(int, value.unix_timestamp_val), UTC)
