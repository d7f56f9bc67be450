"""The offline store: Parquet files (Snappy) of predictions, in a folder for each day of ``event_timestamp``."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.encoding import Record
from schemas.logical import to_datetime

_TIME = pa.timestamp("ms", tz="UTC")

SCHEMA = pa.schema(
    [
        pa.field("tenant_id", pa.string(), nullable=False),
        pa.field("sku", pa.string(), nullable=False),
        pa.field("warehouse", pa.string(), nullable=False),
        pa.field("stock", pa.int64(), nullable=False),
        pa.field("velocity", pa.float64(), nullable=False),
        pa.field("probability", pa.float64(), nullable=False),
        pa.field("predicted_oos_at", _TIME),
        pa.field("alert_since", _TIME),
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("updated_at", _TIME, nullable=False),
        pa.field("event_timestamp", _TIME, nullable=False),
    ]
)
"""``event_timestamp`` is ``updated_at`` again: Feast joins on the one and serves the other."""


def write(folder: Path, partition: int, rows: Mapping[int, Record]) -> Sequence[Path]:
    """Write predictions of one Kafka partition, by offset, to one file a day.

    A file is named after its first offset. So when the same messages are written again after a crash, however they are
    cut into files then, each new file takes the place of the old one that holds its rows, and no row is there twice.
    """
    written = []
    for day, of_day in _by_day(rows).items():
        file = folder / f"day={day}" / f"predictions-{partition}-{min(of_day):020d}.parquet"
        _put(_table(of_day.values()), file)
        written.append(file)
    return written


def ensure_readable(folder: Path) -> None:
    """Put a file of no rows into a folder that has none, so that Feast can read the history before it begins."""
    folder.mkdir(parents=True, exist_ok=True)
    if next(folder.glob("day=*/*.parquet"), None) is None:
        _put(SCHEMA.empty_table(), folder / "day=1970-01-01" / "none.parquet")


def _by_day(rows: Mapping[int, Record]) -> dict[date, dict[int, Record]]:
    days: dict[date, dict[int, Record]] = {}
    for offset, prediction in rows.items():
        days.setdefault(to_datetime(prediction["updated_at"]).date(), {})[offset] = prediction
    return days


def _table(predictions: Iterable[Record]) -> pa.Table:
    return pa.Table.from_pylist(
        [{**prediction, "event_timestamp": prediction["updated_at"]} for prediction in predictions], SCHEMA
    )


def _put(table: pa.Table, file: Path) -> None:
    """Write the file whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    # readers pass over names that begin with a dot
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    pq.write_table(table, draft, compression="snappy")
    _to_disk(draft)
    draft.rename(file)
    _to_disk(file.parent)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
