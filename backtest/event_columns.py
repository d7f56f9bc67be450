"""The events of a log as columns, and the rules for each column. They are the rules of the gateway.

A reader puts what it finds into arrays, whatever it is; a value that is missing or cannot be held is a mark, so that
`check` judges all rows at once and names the first bad ones by their place in the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backtest.bad_log import SHOWN, BadLog, Fault
from udfs.combined import EventKind

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MISSING = int(np.iinfo(np.int64).min)
"""Mark of a value that is absent or null."""
UNREADABLE = MISSING + 1
"""Mark of a value of a wrong type."""

KINDS = tuple(EventKind)
"""A kind's number is its place here."""
NUMBER_OF: dict[str, int] = {kind: number for number, kind in enumerate(KINDS)}

MAX_QTY = 1_000_000
QUANTITIES: dict[EventKind, tuple[int, int]] = {
    EventKind.ORDER_CREATED: (1, MAX_QTY),
    EventKind.ORDER_CANCELLED: (1, MAX_QTY),
    EventKind.RETURN_RECEIVED: (1, MAX_QTY),
    EventKind.STOCK_RECEIVED: (1, MAX_QTY),
    EventKind.STOCK_ADJUSTED: (-MAX_QTY, MAX_QTY),
    EventKind.STOCK_COUNTED: (0, 1_000_000_000),
    EventKind.STOCK_INBOUND: (1, MAX_QTY),
}
"""Least and most units of an event of each kind."""

MAX_NAME = 64
EARLIEST_MS = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_MS = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)

_NAME = re.compile(r"[^|\x00-\x1f\x7f]+").fullmatch


@dataclass(frozen=True, slots=True)
class Names:
    """A column of names: each row's index into ``distinct``, or -1 where there is none."""

    codes: Ints
    distinct: list[str]

    def of_rows(self, rows: Bools) -> "Names":
        """The same for some rows; ``distinct`` stays whole."""
        return Names(self.codes[rows], self.distinct)


@dataclass(frozen=True, slots=True)
class EventColumns:
    """Events that move or announce stock, in the order of their file; arrays of one length. Times are epoch ms."""

    places: Ints
    """Line or row of each in the file, from 1."""
    kinds: Ints
    """Numbers of `KINDS`."""
    occurred_ms: Ints
    skus: Names
    warehouses: Names
    qty: Ints
    expected_ms: Ints
    skipped: dict[str, int] = field(default_factory=dict)
    """How many events of each other type the file holds."""
    naive_times: bool = False
    """Whether a time came without an offset, and was taken as UTC."""


def check(columns: EventColumns, file: Path, noun: str) -> None:
    """Raises `BadLog` where an event is not one that the gateway would take, or where there is none."""
    if not len(columns.places):
        others = sum(columns.skipped.values())
        raise BadLog(file, f"no event moves stock ({others} of other types)" if others else "no events")
    faults: list[Fault] = []
    count = 0
    for bad, reason in _judgements(columns):
        (rows,) = bad.nonzero()
        count += len(rows)
        faults += [Fault(int(columns.places[row]), reason) for row in rows[:SHOWN]]
    if faults:
        raise BadLog.of_faults(file, noun, sorted(faults), count)


def _judgements(columns: EventColumns) -> Iterator[tuple[Bools, str]]:
    """Every rule: which events break it, and what they are told."""
    yield from _of_times(columns.occurred_ms, "occurred_at")
    for name, column in (("sku", columns.skus), ("warehouse", columns.warehouses)):
        yield column.codes < 0, f"{name} is required"
        yield _bad_names(column), (
            f"{name} must be text of 1 to {MAX_NAME} characters, "
            "without | or control characters, without a space at its ends"
        )
    for kind, (low, high) in QUANTITIES.items():
        of_kind = columns.kinds == NUMBER_OF[kind]
        yield of_kind & (columns.qty == MISSING), "qty is required"
        outside = (columns.qty != MISSING) & ((columns.qty < low) | (columns.qty > high))
        yield of_kind & outside, f"qty of {kind} must be a whole number from {low} to {high}"
    announced = columns.kinds == NUMBER_OF[EventKind.STOCK_INBOUND]
    for bad, reason in _of_times(columns.expected_ms, "expected_at"):
        yield announced & bad, f"{reason} (of {EventKind.STOCK_INBOUND})"


def _of_times(times: Ints, name: str) -> Iterator[tuple[Bools, str]]:
    yield times == MISSING, f"{name} is required"
    yield times == UNREADABLE, f"{name} must be a time such as 2026-01-31T09:30:00Z"
    yield (times > UNREADABLE) & (times < EARLIEST_MS), f"{name} must not be before 2000"
    yield times >= LATEST_MS, f"{name} must not be after 2099"


def _bad_names(names: Names) -> Bools:
    bad = np.array([not _is_name(name) for name in names.distinct], dtype=bool)
    if not bad.any():
        return np.zeros(len(names.codes), dtype=bool)
    found: Bools = (names.codes >= 0) & bad[np.maximum(names.codes, 0)]
    return found


def _is_name(text: str) -> bool:
    return len(text) <= MAX_NAME and _NAME(text) is not None and text == text.strip()


def ints(values: Any) -> Ints:
    """An array of 64-bit integers."""
    return np.asarray(values, dtype=np.int64)
