"""The models' versions in the offline store: what was learned, and what was current after each change.

It is the only place that keeps every version, since the topic keeps the newest of each key.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import structlog

from feature_writer import history_files
from feature_writer.current_models import CurrentModel, after
from feature_writer.history_files import TIME, HistoryTable
from feature_writer.model_changes import ModelChange
from schemas.encoding import Record
from schemas.logical import to_milliseconds

log = structlog.get_logger()

VERSIONS = HistoryTable(
    "versions",
    pa.schema(
        [
            pa.field("tenant_id", pa.string(), nullable=False),
            pa.field("model_version", pa.string(), nullable=False),
            pa.field("parent", pa.string()),
            pa.field("created_at", TIME, nullable=False),
            pa.field("data_from", TIME, nullable=False),
            pa.field("data_to", TIME, nullable=False),
            pa.field("parameters", pa.string(), nullable=False),
            pa.field("parameters_digest", pa.string(), nullable=False),
            pa.field("scores", pa.string(), nullable=False),
            pa.field("reason", pa.string(), nullable=False),
            pa.field("labels", pa.int64(), nullable=False),
            pa.field("event_timestamp", TIME, nullable=False),
        ]
    ),
    "created_at",
)

CURRENT = HistoryTable(
    "current",
    pa.schema(
        [
            pa.field("tenant_id", pa.string(), nullable=False),
            pa.field("newest_version", pa.string()),
            pa.field("newest_at", TIME),
            pa.field("pinned_version", pa.string()),
            pa.field("pinned_at", TIME),
            pa.field("updated_at", TIME, nullable=False),
            pa.field("offset", pa.int64(), nullable=False),
            pa.field("event_timestamp", TIME, nullable=False),
        ]
    ),
    "updated_at",
)
"""``offset`` is that of the message in Kafka: what is current after it follows from what was before it."""


def ensure_readable(folder: Path) -> None:
    """Let Feast read the history before it begins."""
    for table in (VERSIONS, CURRENT):
        history_files.ensure_readable(folder / table.name, table)


class ModelHistory:
    """Of one folder, for the one who writes it. What is current is read from all its files once, and known from then on."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.forget()

    def forget(self) -> None:
        """Read again what is current before the next write: another may write meanwhile."""
        self._currents: dict[str, CurrentModel] = {}
        self._known_at: int | None = None
        """The offset before which they are current; None while that is to be read."""

    def write(self, partition: int, changes: Mapping[int, ModelChange]) -> Sequence[Path]:
        """Write changes, by offset, in their order. Written again they leave the same rows, however they are cut."""
        learned = {
            offset: change.version
            for offset, change in changes.items()
            if change.version is not None and not change.is_pin
        }
        currents = self._before(min(changes))
        rows: dict[int, Record] = {}
        for offset, change in changes.items():
            tenant_id = change.tenant_id
            currents[tenant_id] = after(currents.get(tenant_id, CurrentModel(tenant_id)), change)
            rows[offset] = {**asdict(currents[tenant_id]), "offset": offset}
        written = [
            *history_files.write(self._folder / VERSIONS.name, partition, learned, VERSIONS),
            *history_files.write(self._folder / CURRENT.name, partition, rows, CURRENT),
        ]
        self._currents, self._known_at = currents, max(changes) + 1
        return written

    def _before(self, offset: int) -> dict[str, CurrentModel]:
        """What was current of each tenant when the message at this offset came."""
        if self._known_at is None or offset < self._known_at:
            return _currents(self._folder, offset)
        return {**self._currents}


def versions(folder: Path) -> Iterator[Sequence[Record]]:
    """Every version ever learned, of all tenants, times in ms, some at a time."""
    return _records(folder, VERSIONS)


def _currents(folder: Path, before: int) -> dict[str, CurrentModel]:
    """What was current of each tenant when the message at ``before`` came."""
    found: dict[str, Record] = {}
    for records in _records(folder, CURRENT):
        for record in records:
            tenant_id, offset = record["tenant_id"], record["offset"]
            if offset < before and (tenant_id not in found or found[tenant_id]["offset"] < offset):
                found[tenant_id] = record
    names = CurrentModel.__dataclass_fields__
    return {
        tenant_id: CurrentModel(**{name: record[name] for name in names})
        for tenant_id, record in found.items()
    }


def _records(folder: Path, table: HistoryTable) -> Iterator[Sequence[Record]]:
    times = [field.name for field in table.schema if field.type == TIME]
    for file in sorted((folder / table.name).glob("day=*/*.parquet")):
        try:
            rows = pq.read_table(file, schema=table.schema, partitioning=None).to_pylist()
        except (OSError, pa.ArrowInvalid) as error:
            # the other files are as good as they were
            log.error("history cannot be read", file=str(file), error=str(error))
            continue
        for row in rows:
            row.update({name: to_milliseconds(row[name]) for name in times if row[name] is not None})
        if rows:
            yield rows
