"""The versions of models in the online store, and what is current of them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import structlog
from feast import FeatureStore, FeatureView

import feature_repo
from feature_writer import model_history
from feature_writer.current_models import CurrentModel, after
from feature_writer.feast_rows import FeastRow
from feature_writer.model_changes import ModelChange
from feature_writer.model_rows import current_key, current_of, current_row, version_row

log = structlog.get_logger()

AT_ONCE = 500
"""Versions that are restored in one call, so that Redis stops nobody for long."""


class ModelStore:
    """Writes two feature views. Its methods raise ``redis.RedisError`` where Redis does not take them."""

    def __init__(self, store: FeatureStore, history: Path) -> None:
        """Raises ``feast.errors.FeatureViewNotFoundException`` where ``feast apply`` has not run."""
        self._config = store.config
        self._provider = store._get_provider()
        self._versions, self._current = feature_repo.model_views(store)
        self._history = history

    def restore(self) -> None:
        """Put every version of the offline store into the online one: Kafka has only the newest ones."""
        count = 0
        versions = chain.from_iterable(model_history.versions(self._history))
        # most files hold one, and a call of Redis takes as long for many
        while some := list(islice(versions, AT_ONCE)):
            self._write(self._versions, map(version_row, some))
            count += len(some)
        log.info("versions restored from the history", versions=count)

    def write(self, changes: Sequence[ModelChange]) -> None:
        """Take changes, in their order. Taken twice, they end the same."""
        # first, so that what is current is there when it is named
        self._write(
            self._versions, (version_row(change.version) for change in changes if change.version is not None)
        )
        currents = {
            current.tenant_id: current for current in self._read({each.tenant_id for each in changes})
        }
        for change in changes:
            currents[change.tenant_id] = after(currents[change.tenant_id], change)
        self._write(self._current, map(current_row, currents.values()))

    def _read(self, tenants: Iterable[str]) -> Iterator[CurrentModel]:
        wanted = sorted(tenants)
        found = self._provider.online_read(self._config, self._current, [*map(current_key, wanted)])
        for tenant_id, (at, row) in zip(wanted, found, strict=True):
            yield current_of(tenant_id, at, row)

    def _write(self, view: FeatureView, rows: Iterable[FeastRow]) -> None:
        batch = [*rows]
        if batch:
            self._provider.online_write_batch(self._config, view, batch, None)
