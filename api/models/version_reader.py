"""Blocking reads of the models' versions from the online store. Imports Feast, which takes seconds."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from feast import FeatureView
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from redis import Redis

import feature_repo
from api.alerts.predictions import Incomplete
from api.models.model_versions import Current, Lineage, ModelVersion
from schemas import online_store as keys


class VersionReader:
    """Reads for one tenant at a time. Its methods raise `Incomplete`, or ``redis.RedisError`` where Redis is away."""

    def __init__(self, redis_url: str, repo: Path, registry: str, timeout: timedelta) -> None:
        """``timeout``: of one Redis call. Takes seconds.

        Raises ``feast.errors.FeatureViewNotFoundException`` where ``feast apply`` has not run.
        """
        limits = {name: timeout.total_seconds() for name in ("socket_timeout", "socket_connect_timeout")}
        self._config = feature_repo.config(repo, redis_url, registry, **limits)
        store, _ = feature_repo.open_store(self._config)
        self._versions, self._current = feature_repo.model_views(store)
        self._provider = store._get_provider()
        self._redis: Redis = Redis.from_url(redis_url, **limits)

    def close(self) -> None:
        self._redis.close()

    def current(self, tenant_id: UUID) -> Current:
        """What is newest and what is pinned; neither for a tenant of whom nothing was learned."""
        if not self._redis.exists(keys.COMPLETE):
            raise Incomplete
        _, row = self._row(self._current, {"tenant_id": str(tenant_id)})
        return (
            Current() if row is None else Current(_read(row["newest_version"]), _read(row["pinned_version"]))
        )

    def version(self, tenant_id: UUID, name: str) -> ModelVersion | None:
        """The version of this name, if the tenant has it."""
        if not self._redis.exists(keys.COMPLETE):
            raise Incomplete
        return self._version(tenant_id, name)

    def lineage(self, tenant_id: UUID, begin: str | None, limit: int) -> Lineage:
        """Up to ``limit`` versions, from ``begin`` or else the newest on, each followed by its parent."""
        current = self.current(tenant_id)
        name = current.newest if begin is None else begin
        version = None if name is None else self._version(tenant_id, name)
        if version is None and begin is None and name is not None:
            # it is written before it is named, so it has been wiped since
            raise Incomplete
        found: list[ModelVersion] = []
        while version is not None and len(found) < limit:
            found.append(version)
            version = self._parent(tenant_id, version)
        return Lineage(tuple(found), current, None if version is None else version.model_version)

    def _parent(self, tenant_id: UUID, version: ModelVersion) -> ModelVersion | None:
        if version.parent is None:
            return None
        parent = self._version(tenant_id, version.parent)
        # always back in time, so that no walk goes round in a circle
        return parent if parent is not None and parent.created_at < version.created_at else None

    def _version(self, tenant_id: UUID, name: str) -> ModelVersion | None:
        at, row = self._row(self._versions, {"model_version": name, "tenant_id": str(tenant_id)})
        values = {} if row is None else {feature: _read(value) for feature, value in row.items()}
        # Feast gives a row of nothing for a key that it does not have
        if at is None or values.get("parameters") is None:
            return None
        return ModelVersion(
            model_version=name,
            parent=values["parent"],
            created_at=at,
            data_from=datetime.fromtimestamp(values["data_from"], UTC),
            data_to=datetime.fromtimestamp(values["data_to"], UTC),
            parameters=values["parameters"],
            parameters_digest=values["parameters_digest"],
            scores=values["scores"],
            reason=values["reason"],
            labels=values["labels"],
        )

    def _row(
        self, view: FeatureView, key: Mapping[str, str]
    ) -> tuple[datetime | None, Mapping[str, Any] | None]:
        entity = EntityKey(join_keys=[*key], entity_values=[Value(string_val=part) for part in key.values()])
        ((at, row),) = self._provider.online_read(self._config, view, [entity])
        return at, row


def _read(value: Any) -> Any:
    kind = value.WhichOneof("val")
    return None if kind is None else getattr(value, kind)
