"""An event log as NDJSON, plain or gzipped: one JSON object a line, flat or as the gateway takes events.

A line is first decoded straight into the form that events should have. Whatever does not fit is decoded again, and what
is wrong with it becomes a mark in the columns.
"""

import gzip
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from backtest.bad_log import SHOWN, BadLog, Fault
from backtest.event_columns import MISSING, NUMBER_OF, UNREADABLE, EventColumns, Names, ints

GZIP_MAGIC = b"\x1f\x8b"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
# a 64-bit number of units, less the marks
_QTY_BOUND = 2**62
_NOT_A_NAME = ""


class _Fields(msgspec.Struct, gc=False):
    occurred_at: datetime | None = None
    sku: str | None = None
    warehouse: str | None = None
    qty: int | None = None
    expected_at: datetime | None = None


class _Line(_Fields, gc=False, kw_only=True):
    event_type: str
    tenant_id: str | None = None
    payload: _Fields | None = None


_decode = msgspec.json.Decoder(_Line).decode


def read(file: Path) -> EventColumns:
    """The events of an NDJSON file, not checked yet. Raises `BadLog` where a line is no event at all."""
    columns = _Columns()
    try:
        with _opened(file) as lines:
            columns.take(lines)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BadLog(file, f"not a whole gzip file: {error}") from error
    if columns.faults:
        raise BadLog.of_faults(file, "line", columns.faults, columns.fault_count)
    if len(columns.tenants) > 1:
        raise BadLog(file, f"events of {len(columns.tenants)} tenants; a back-test is of one")
    return columns.finished()


def _opened(file: Path) -> BinaryIO | gzip.GzipFile:
    with file.open("rb") as start:
        zipped = start.read(2) == GZIP_MAGIC
    return gzip.open(file) if zipped else file.open("rb")


class _Coded:
    """Names as they come, each with the number of its first coming."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.codes = array("q")

    def append(self, name: str | None) -> None:
        self.codes.append(-1 if name is None else self.numbers.setdefault(name, len(self.numbers)))

    def names(self) -> Names:
        return Names(ints(self.codes), [*self.numbers])


class _Columns:
    """Grows line by line."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.fault_count = 0
        self.tenants: set[str] = set()
        self._skipped: Counter[str] = Counter()
        self._naive = False
        self._places, self._kinds = array("q"), array("q")
        self._occurred, self._qty, self._expected = array("q"), array("q"), array("q")
        self._skus, self._warehouses = _Coded(), _Coded()

    def take(self, lines: Iterable[bytes]) -> None:
        for place, text in enumerate(lines, start=1):
            if text.isspace():
                continue
            try:
                line = _decode(text)
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                self._take_unusual(place, text)
            else:
                if line.tenant_id is not None:
                    self.tenants.add(line.tenant_id)
                self._append(place, line.event_type, line if line.payload is None else line.payload)

    def finished(self) -> EventColumns:
        return EventColumns(
            places=ints(self._places),
            kinds=ints(self._kinds),
            occurred_ms=ints(self._occurred),
            skus=self._skus.names(),
            warehouses=self._warehouses.names(),
            qty=ints(self._qty),
            expected_ms=ints(self._expected),
            skipped=dict(self._skipped),
            naive_times=self._naive,
        )

    def _append(self, place: int, event_type: str, fields: _Fields) -> None:
        kind = NUMBER_OF.get(event_type)
        if kind is None:
            self._skipped[event_type] += 1
            return
        self._places.append(place)
        self._kinds.append(kind)
        self._occurred.append(self._milliseconds(fields.occurred_at))
        self._skus.append(fields.sku)
        self._warehouses.append(fields.warehouse)
        qty = fields.qty
        self._qty.append(MISSING if qty is None else qty if abs(qty) < _QTY_BOUND else UNREADABLE)
        self._expected.append(self._milliseconds(fields.expected_at))

    def _milliseconds(self, moment: datetime | None) -> int:
        if moment is None:
            return MISSING
        if moment.tzinfo is None:
            self._naive = True
            moment = moment.replace(tzinfo=UTC)
        return (moment - _EPOCH) // _MILLISECOND

    def _take_unusual(self, place: int, text: bytes) -> None:
        """A line that is not of the usual form: none of our events, or one that is wrong somewhere."""
        try:
            document = msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            return self._refuse(place, "not JSON")
        if not isinstance(document, dict):
            return self._refuse(place, "not a JSON object")
        event_type = document.get("event_type")
        if not isinstance(event_type, str):
            return self._refuse(place, "event_type is required, as text")
        if event_type not in NUMBER_OF:
            self._skipped[event_type] += 1
            return None
        payload = document.get("payload")
        if payload is not None and not isinstance(payload, dict):
            return self._refuse(place, "payload must be a JSON object")
        self._append_marked(place, event_type, document if payload is None else payload)

    def _append_marked(self, place: int, event_type: str, given: dict[str, Any]) -> None:
        """An event some of whose fields are of a wrong type; those become marks."""
        fields, unreadable = _Fields(), []
        for name, type_ in _Fields.__annotations__.items():
            try:
                setattr(fields, name, msgspec.convert(given.get(name), type_))
            except msgspec.ValidationError:
                unreadable.append(name)
        if "sku" in unreadable:
            fields.sku = _NOT_A_NAME
        if "warehouse" in unreadable:
            fields.warehouse = _NOT_A_NAME
        self._append(place, event_type, fields)
        for name, column in (
            ("occurred_at", self._occurred),
            ("qty", self._qty),
            ("expected_at", self._expected),
        ):
            if name in unreadable:
                column[-1] = UNREADABLE

    def _refuse(self, place: int, reason: str) -> None:
        self.fault_count += 1
        if len(self.faults) < SHOWN:
            self.faults.append(Fault(place, reason))
