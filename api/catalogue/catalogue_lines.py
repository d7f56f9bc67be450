"""Lines of NDJSON or CSV to entries of the catalogue, or every reason why not. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from api.ingest.event_fields import MAX_NAME, Refused, name
from api.ingest.event_lines import MAX_ERRORS, BadLines, LineError

COLUMNS = ("sku", "category", "brand")
_NAME = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]


class Description(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tenant says of a SKU."""

    category: _NAME | None = None
    brand: _NAME | None = None

    def __post_init__(self) -> None:
        # a category is part of a key, as a SKU is
        if self.category is not None:
            name(self.category)


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A SKU, and what the tenant says of it."""

    sku: str
    category: _NAME | None = None
    brand: _NAME | None = None

    @property
    def description(self) -> Description:
        return Description(self.category, self.brand)


def read_ndjson(body: bytes) -> list[Entry]:
    """One JSON object a line. Raises `BadLines`."""
    return _entries(_objects(body))


def read_csv(body: bytes) -> list[Entry]:
    """A first line that names the columns, then a SKU a line; what is empty is not known. Raises `BadLines`."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadLines([LineError(1, None, "must be UTF-8")], 1) from None
    rows = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    if "sku" not in (rows.fieldnames or ()) or not set(rows.fieldnames or ()) <= {*COLUMNS}:
        reason = f"must name the columns: sku, and any of {', '.join(COLUMNS[1:])}"
        raise BadLines([LineError(1, None, reason)], 1)
    return _entries((rows.line_num, {key: text for key, text in row.items() if text}) for row in rows)


def _objects(body: bytes) -> Iterator[tuple[int, object]]:
    for number, line in enumerate(body.split(b"\n"), 1):
        if line and not line.isspace():
            try:
                yield number, msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                yield number, None


def _entries(objects: Iterable[tuple[int, object]]) -> list[Entry]:
    """Of a SKU that comes twice the last counts."""
    entries: dict[str, Entry] = {}
    errors: list[LineError] = []
    for number, item in objects:
        try:
            entry = msgspec.convert(item, Entry)
            name(entry.sku)
            if entry.category is not None:
                name(entry.category)
        except (msgspec.ValidationError, Refused) as error:
            errors.append(LineError(number, None, _reason(item, error)))
        else:
            entries[entry.sku] = entry
    if errors:
        raise BadLines(errors[:MAX_ERRORS], len(errors))
    return [*entries.values()]


def _reason(item: object, error: Exception) -> str:
    return "is no JSON object" if item is None else str(error)
