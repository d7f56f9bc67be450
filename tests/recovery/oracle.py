"""What must be known after events that were accepted: computed from them alone, by a dozen lines that nothing else uses."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

WAREHOUSE = "W1"
SIGNS: Mapping[str, int] = {
    "order.created": -1,
    "order.cancelled": 1,
    "return.received": 1,
    "stock.received": 1,
    "stock.adjusted": 1,
}
COUNTED = "stock.counted"


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a SKU in the one warehouse; ``occurred_at`` of None is when the gateway takes it."""

    kind: str
    sku: str
    qty: int
    event_id: str
    occurred_at: datetime | None = None

    @classmethod
    def new(cls, kind: str, sku: str, qty: int, occurred_at: datetime | None = None) -> "Event":
        """With an id of its own."""
        return cls(kind, sku, qty, str(uuid4()), occurred_at)

    @property
    def payload(self) -> dict[str, Any]:
        """As the gateway takes it."""
        given = {"sku": self.sku, "warehouse": WAREHOUSE, "qty": self.qty, "event_id": self.event_id}
        return given if self.occurred_at is None else {**given, "occurred_at": self.occurred_at.isoformat()}


def stock_of(events: Iterable[Event]) -> dict[str, int]:
    """Units of each SKU. Events of a SKU are in the order in which they were accepted, its counts in that of their times."""
    stock: Counter[str] = Counter()
    for event in events:
        if event.kind == COUNTED:
            stock[event.sku] = event.qty
        else:
            stock[event.sku] += SIGNS[event.kind] * event.qty
    return dict(stock)


def alerts_of(events: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """The life of each SKU's one alert, of SKUs that are counted empty and, once that was told, perhaps filled again.

    Other SKUs must have so much that no alert is ever right.
    """
    lives: dict[str, tuple[str, ...]] = {}
    for event in events:
        if event.kind == COUNTED and event.qty == 0:
            lives[event.sku] = ("raised",)
        elif event.kind == "stock.received" and event.sku in lives:
            lives[event.sku] = ("raised", "resolved")
    return lives
