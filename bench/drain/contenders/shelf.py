"""The simpler job, the same for every engine in Python: an event, and what it does to the shelf that it happens to."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

from fastavro import parse_schema, schemaless_reader

SCHEMA_FILE = Path(__file__).parents[3] / "schemas" / "avro" / "order_event.avsc"
HEADER_BYTES = 10
HALF_LIFE_MS = 14 * 86_400_000
TELL_EVERY = 10_000


class Shelf(NamedTuple):
    """One SKU in one warehouse."""

    stock: int
    velocity: float
    """Units sold of late, each counting less the older it is."""
    since_ms: int


class Change(NamedTuple):
    """What one event says."""

    key: str
    is_count: bool
    qty: int
    at_ms: int


def reader() -> Callable[[bytes], Change]:
    """From a message to what it says. Times stay integers: to make datetimes of them would take half as long again."""
    schema = parse_schema(_plain(json.loads(SCHEMA_FILE.read_text())))

    def read(message: bytes) -> Change:
        body = BytesIO(message)
        body.seek(HEADER_BYTES)
        event: Any = schemaless_reader(body, schema)
        key = f"{event['sku']}|{event['warehouse']}"
        return Change(key, event["event_type"] == "stock.counted", event["qty"], event["occurred_at"])

    return read


def after(shelf: Shelf | None, change: Change) -> Shelf:
    """The shelf once the change has happened."""
    stock, velocity, since_ms = shelf or Shelf(0, 0.0, change.at_ms)
    faded = velocity * 0.5 ** ((change.at_ms - since_ms) / HALF_LIFE_MS)
    if change.is_count:
        return Shelf(change.qty, faded, change.at_ms)
    return Shelf(stock - change.qty, faded + change.qty, change.at_ms)


class Tally:
    """Counts events, and tells how many there were."""

    def __init__(self) -> None:
        self._done = 0
        self._told = 0

    def add(self, events: int) -> None:
        self._done += events
        if self._done - self._told >= TELL_EVERY:
            self.tell()

    def tell(self) -> None:
        print(self._done, flush=True)
        self._told = self._done


def _plain(schema: Any) -> Any:
    """The schema without logical types."""
    match schema:
        case dict():
            return {name: _plain(value) for name, value in schema.items() if name != "logicalType"}
        case list():
            return [_plain(each) for each in schema]
        case _:
            return schema
