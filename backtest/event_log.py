"""A retailer's history: read, checked, in time order, and handed out by grid hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from backtest import ndjson_log, parquet_log
from backtest.bad_log import BadLog
from backtest.event_columns import EventColumns, Ints, check
from backtest.grid_rows import GridRows
from udfs.combined import Combined


class Step(NamedTuple):
    """A grid hour, and the row of each key that saw events since the one before, by ascending key index."""

    at_ms: int
    rows: list[tuple[int, Combined]]


@dataclass(frozen=True, slots=True)
class EventLog:
    """Events in time order, at the same instant in the order of the file; arrays of one length, times in epoch ms."""

    keys: list[tuple[str, str]]
    """SKU and warehouse, sorted; events name them by their place here."""
    key: Ints
    kind: Ints
    """Numbers of `backtest.event_columns.KINDS`."""
    occurred_ms: Ints
    qty: Ints
    expected_ms: Ints
    skipped: dict[str, int]
    """How many events of each type that moves no stock were left out."""
    naive_times: bool
    """Whether a time had no offset and was taken as UTC."""

    @classmethod
    def read(cls, file: Path) -> Self:
        """The events of a Parquet or NDJSON file, told apart by their first bytes. Raises `BadLog`, ``OSError``."""
        with file.open("rb") as start:
            magic = start.read(len(parquet_log.MAGIC))
        if not magic:
            raise BadLog(file, "the file is empty")
        if magic == parquet_log.MAGIC:
            columns, noun = parquet_log.read(file), "row"
        else:
            columns, noun = ndjson_log.read(file), "line"
        check(columns, file, noun)
        return cls.of_columns(columns)

    @classmethod
    def of_columns(cls, columns: EventColumns) -> Self:
        """The log of checked columns."""
        width = len(columns.warehouses.distinct)
        pairs, key = np.unique(columns.skus.codes * width + columns.warehouses.codes, return_inverse=True)
        names = [
            (columns.skus.distinct[pair // width], columns.warehouses.distinct[pair % width])
            for pair in pairs.tolist()
        ]
        by_name = sorted(range(len(names)), key=names.__getitem__)
        place = np.empty(len(names), dtype=np.int64)
        place[by_name] = np.arange(len(names))
        order = np.argsort(columns.occurred_ms, kind="stable")
        return cls(
            keys=[names[number] for number in by_name],
            key=place[key][order],
            kind=columns.kinds[order],
            occurred_ms=columns.occurred_ms[order],
            qty=columns.qty[order],
            expected_ms=columns.expected_ms[order],
            skipped=columns.skipped,
            naive_times=columns.naive_times,
        )

    @property
    def first_ms(self) -> int:
        """When the first event occurred."""
        return int(self.occurred_ms[0])

    @property
    def last_ms(self) -> int:
        """When the last event occurred."""
        return int(self.occurred_ms[-1])

    @property
    def events(self) -> int:
        """Number of events."""
        return len(self.occurred_ms)

    def grid(self, every_ms: int) -> range:
        """Every multiple of ``every_ms`` since 1970 from the first event to the last, both included."""
        first = -(-self.first_ms // every_ms) * every_ms
        return range(first, self.last_ms + 1, every_ms)

    def steps(self, every_ms: int) -> Iterator[Step]:
        """Each hour of the grid, in time order; what occurred after the last one is in no step."""
        grid = self.grid(every_ms)
        if not grid:
            return
        step = np.maximum(0, -((grid[0] - self.occurred_ms) // every_ms))
        rows = GridRows(self, step, len(grid))
        for number, at_ms in enumerate(grid):
            yield Step(at_ms, rows.of_step(number))
