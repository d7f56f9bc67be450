"""The demo's sales, and moving them in time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet

FILE = Path(__file__).with_name("sample.parquet")
SIGN = {"stock.counted": 1, "stock.received": 1, "order.created": -1, "stock.inbound": 0}
"""How each type of event moves the stock. A shelf is counted once, as its first event."""

Shelf = tuple[str, str]
"""A SKU and the warehouse where it lies."""


@dataclass(frozen=True, slots=True)
class SampleEvent:
    """One event; ``number`` is its place in the sample. Times are aware UTC."""

    number: int
    occurred_at: datetime
    event_type: str
    sku: str
    warehouse: str
    qty: int
    expected_at: datetime | None

    def ndjson(self, tenant_id: str) -> dict[str, Any]:
        """The event as ``POST /v1/ingest/events`` takes it."""
        payload = {
            "event_id": f"demo-{self.number}",
            "sku": self.sku,
            "warehouse": self.warehouse,
            "qty": self.qty,
            "occurred_at": self.occurred_at.isoformat(timespec="milliseconds"),
        }
        if self.expected_at is not None:
            payload["expected_at"] = self.expected_at.isoformat(timespec="milliseconds")
        return {"tenant_id": tenant_id, "event_type": self.event_type, "payload": payload}


def load(file: Path = FILE) -> list[SampleEvent]:
    """The sample, in time order."""
    return [SampleEvent(number, **row) for number, row in enumerate(parquet.read_table(file).to_pylist())]


def ending_at(events: Sequence[SampleEvent], last_at: datetime) -> list[SampleEvent]:
    """The same events, moved in time so that the last one occurs at ``last_at``."""
    shift = last_at - events[-1].occurred_at
    return [
        replace(event, occurred_at=event.occurred_at + shift, expected_at=_moved(event.expected_at, shift))
        for event in events
    ]


def batches(events: Sequence[SampleEvent], size: int) -> Iterator[Sequence[SampleEvent]]:
    """The events in their order, ``size`` at a time."""
    return (events[start : start + size] for start in range(0, len(events), size))


def closing_stock(events: Sequence[SampleEvent]) -> Mapping[Shelf, int]:
    """Units on each shelf after the last event."""
    stock: dict[Shelf, int] = {}
    for event in events:
        shelf = (event.sku, event.warehouse)
        stock[shelf] = stock.get(shelf, 0) + SIGN[event.event_type] * event.qty
    return stock


def _moved(at: datetime | None, shift: timedelta) -> datetime | None:
    return None if at is None else at + shift
