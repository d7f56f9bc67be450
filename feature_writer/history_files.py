"""The offline store: Parquet files (Snappy), in a folder for each day of ``event_timestamp``."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.encoding import Record
from schemas.logical import to_datetime

TIME = pa.timestamp("ms", tz="UTC")


@dataclass(frozen=True, slots=True)
class HistoryTable:
    """What the files of one folder hold. The column ``event_timestamp`` is the record's field ``time`` again.

    Feast joins on the one and serves the other.
    """

    name: str
    schema: pa.Schema
    time: str


SCHEMA = pa.schema(
    [
        pa.field("tenant_id", pa.string(), nullable=False),
        pa.field("sku", pa.string(), nullable=False),
        pa.field("warehouse", pa.string(), nullable=False),
        pa.field("stock", pa.int64(), nullable=False),
        pa.field("velocity", pa.float64(), nullable=False),
        pa.field("probability", pa.float64(), nullable=False),
        pa.field("predicted_oos_at", TIME),
        pa.field("oos_earliest_at", TIME),
        pa.field("oos_latest_at", TIME),
        pa.field("alert_since", TIME),
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("updated_at", TIME, nullable=False),
        pa.field("event_timestamp", TIME, nullable=False),
    ]
)

PREDICTIONS = HistoryTable("predictions", SCHEMA, "updated_at")


def write(
    folder: Path, partition: int, rows: Mapping[int, Record], table: HistoryTable = PREDICTIONS
) -> Sequence[Path]:
    """Write records of one Kafka partition, by offset, to one file a day.

    A file is named after its first offset. So when the same messages are written again after a crash, however they are
    cut into files then, each new file takes the place of the old one that holds its rows, and no row is there twice.
    """
    written = []
    for day, of_day in _by_day(rows, table.time).items():
        file = folder / f"day={day}" / f"{table.name}-{partition}-{min(of_day):020d}.parquet"
        put(_arrow(of_day.values(), table), file)
        written.append(file)
    return written


def ensure_readable(folder: Path, table: HistoryTable = PREDICTIONS) -> None:
    """Put a file of no rows before all others, so that Feast can read the history before it begins.

    Readers take the columns from the first file. So it also lets them see columns that older files do not have yet.
    """
    put(table.schema.empty_table(), folder / "day=1970-01-01" / "none.parquet")


def _by_day(rows: Mapping[int, Record], time: str) -> dict[date, dict[int, Record]]:
    days: dict[date, dict[int, Record]] = {}
    for offset, record in rows.items():
        days.setdefault(to_datetime(record[time]).date(), {})[offset] = record
    return days


def _arrow(records: Iterable[Record], table: HistoryTable) -> pa.Table:
    return pa.Table.from_pylist(
        [{**record, "event_timestamp": record[table.time]} for record in records], table.schema
    )


def put(table: pa.Table, file: Path) -> None:
    """Write the file whole or not at all."""
    written = pa.BufferOutputStream()
    pq.write_table(table, written, compression="snappy")
    put_bytes(written.getvalue().to_pybytes(), file)


def put_bytes(content: bytes, file: Path) -> None:
    """As `put`, for a file of another kind."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # readers pass over names that begin with a dot
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.write_bytes(content)
    _to_disk(draft)
    draft.rename(file)
    _to_disk(file.parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
