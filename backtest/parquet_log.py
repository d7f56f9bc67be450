"""An event log in a Parquet file, read column by column."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from backtest.bad_log import BadLog
from backtest.event_columns import MISSING, NUMBER_OF, UNREADABLE, Bools, EventColumns, Ints, Names, ints

MAGIC = b"PAR1"
"""The first bytes of a Parquet file."""
COLUMNS = ("occurred_at", "event_type", "sku", "warehouse", "qty")
EXPECTED = "expected_at"
"""A column that a log without ``stock.inbound`` need not have."""


def read(file: Path) -> EventColumns:
    """The events of a Parquet file, not checked yet. Raises `BadLog` where columns are missing or of a wrong type."""
    try:
        present = pq.read_schema(file).names
        if missing := [name for name in COLUMNS if name not in present]:
            raise BadLog(file, f"no column {', '.join(missing)}; it has {', '.join(present)}")
        table = pq.read_table(file, columns=[*COLUMNS, *([EXPECTED] if EXPECTED in present else [])])
    except (pa.ArrowException, OSError) as error:
        raise BadLog(file, f"not a readable Parquet file: {str(error).splitlines()[0]}") from error
    types = _names(table, "event_type", file)
    if (types.codes < 0).any():
        raise BadLog(file, f"row {int((types.codes < 0).argmax()) + 1}: event_type is required")
    kinds = ints([NUMBER_OF.get(name, -1) for name in types.distinct])[types.codes]
    moving = kinds >= 0
    return EventColumns(
        places=np.flatnonzero(moving) + 1,
        kinds=kinds[moving],
        occurred_ms=_times(table, "occurred_at", file)[moving],
        skus=_names(table, "sku", file).of_rows(moving),
        warehouses=_names(table, "warehouse", file).of_rows(moving),
        qty=_whole_numbers(table, "qty", file)[moving],
        expected_ms=_times(table, EXPECTED, file)[moving],
        skipped=_skipped(types, moving),
        naive_times=any(pa.types.is_timestamp(column.type) and not column.type.tz for column in table.schema),
    )


def _skipped(types: Names, moving: Bools) -> dict[str, int]:
    counts = np.bincount(types.codes[~moving], minlength=len(types.distinct))
    return {name: int(count) for name, count in zip(types.distinct, counts) if count}


def _names(table: Any, name: str, file: Path) -> Names:
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        return Names(np.full(len(column), -1, dtype=np.int64), [])
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise BadLog(file, f"column {name} holds {column.type}; it must hold text")
    coded = column.combine_chunks().dictionary_encode()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Names(ints(codes), coded.dictionary.to_pylist())


def _times(table: Any, name: str, file: Path) -> Ints:
    """Epoch milliseconds, rounded down."""
    if name not in table.column_names or pa.types.is_null(table.schema.field(name).type):
        return np.full(len(table), MISSING, dtype=np.int64)
    column = table.column(name)
    if not pa.types.is_timestamp(column.type):
        raise BadLog(file, f"column {name} holds {column.type}; it must hold timestamps")
    raw = _filled(column.cast(pa.int64()))
    units_a_ms = {"s": 0, "ms": 1, "us": 1_000, "ns": 1_000_000}[column.type.unit]
    # seconds beyond the years that we take would not fit once they are milliseconds
    in_ms = np.clip(raw, -(10**12), 10**12) * 1000 if units_a_ms == 0 else raw // units_a_ms
    return np.where(raw == MISSING, MISSING, in_ms)


def _whole_numbers(table: Any, name: str, file: Path) -> Ints:
    column = table.column(name)
    if pa.types.is_null(column.type):
        return np.full(len(column), MISSING, dtype=np.int64)
    if pa.types.is_floating(column.type):
        # what a table with empty cells makes of whole numbers
        numbers = column.cast(pa.float64()).to_numpy()
        whole = (numbers == np.floor(numbers)) & (np.abs(numbers) < 2**53)
        empty = np.isnan(numbers)
        return np.where(
            whole, np.where(whole, numbers, 0).astype(np.int64), np.where(empty, MISSING, UNREADABLE)
        )
    if not pa.types.is_integer(column.type):
        raise BadLog(file, f"column {name} holds {column.type}; it must hold whole numbers")
    return _filled(pc.cast(column, pa.int64(), safe=False))


def _filled(column: Any) -> Ints:
    return ints(column.fill_null(MISSING).to_numpy())
