"""The offline store: Parquet files (Snappy), in a folder for each day of ``event_timestamp``."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, slots=True)
class Cut:
    """What is of one day and so goes into one file, which may have the same name in several folders."""

    file: Path
    rows: pa.Table
    replaced: Collection[str]
    """Names of files that would begin with another of these rows."""


def write(
    folder: Path, partition: int, rows: Mapping[int, Record], table: HistoryTable = PREDICTIONS
) -> Sequence[Path]:
    """Write records of one Kafka partition, by offset, to one file a day.

    A file is named after its first offset. So when the same messages are written again after a crash, however they are
    cut into files then and were before, each new file takes the place of all old ones whose first row it holds. Once
    all are written again, no row is there twice.
    """
    written = []
    for cut in cuts(partition, rows, table):
        put_instead(cut.rows, folder, cut)
        written.append(folder / cut.file)
    return written


def cuts(partition: int, rows: Mapping[int, Record], table: HistoryTable = PREDICTIONS) -> Iterator[Cut]:
    """The files that `write` makes of records."""
    for day, of_day in _by_day(rows, table.time).items():
        name, *others = (f"{table.name}-{partition}-{offset:020d}.parquet" for offset in sorted(of_day))
        yield Cut(Path(f"day={day}", name), _arrow(of_day.values(), table), {*others})


def put_instead(rows: pa.Table, folder: Path, cut: Cut) -> None:
    """Write these rows of the cut in the place of what the folder has of it."""
    file = folder / cut.file
    put_if_any(rows, file)
    # in this order a crash leaves too much and not too little, until the same messages are written once more
    for other in file.parent.glob("*.parquet"):
        if other.name in cut.replaced:
            _remove(other)


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


def put_if_any(rows: pa.Table, file: Path) -> None:
    """Write the file if there are rows for it; else there is to be none."""
    if rows.num_rows:
        put(rows, file)
    else:
        _remove(file)


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


def _remove(file: Path) -> None:
    if file.exists():
        file.unlink()
        _to_disk(file.parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
