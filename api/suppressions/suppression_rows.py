"""CSV to the buckets of a list, or every reason why not. Pure, but for the file that is read.

The rows are packed as they come, so that a list of 700,000 takes 30 MB of memory and not 300.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import BinaryIO

import msgspec

from api.ingest import event_fields as fields
from api.ingest.event_lines import MAX_ERRORS, BadLines, LineError
from api.suppressions.entries import Entry, to_content
from schemas.suppression_buckets import BUCKETS, bucket_of, entry_hash

COLUMNS = ("sku", "warehouse", "expires_at", "reason")
DELIMITERS = ",;"
MAX_REASON = 200

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch
_EXPIRY = (
    "must be empty, a date such as 2027-01-31, or a time such as 2027-01-31T18:00:00Z; from 2000 to 2099"
)
_NOT_UTF8 = "is not UTF-8"


class _Row(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry with the line that it begins in."""

    line: int
    entry: Entry


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[_Row]).decode


class _Errors:
    """The first errors, and how many there are."""

    def __init__(self) -> None:
        self.first: list[LineError] = []
        self.count = 0

    def add(self, line: int, field: str | None, reason: str) -> None:
        self.count += 1
        if len(self.first) < MAX_ERRORS:
            self.first.append(LineError(line, field, reason))

    def raise_any(self) -> None:
        if self.count:
            raise BadLines(self.first, self.count)


def read_buckets(file: BinaryIO) -> dict[int, bytes]:
    """The content of each bucket that a CSV file has entries for. Raises `BadLines`.

    What has expired is in it too. Lines that say the same again count once; those that say another thing of the same SKU
    and warehouse are errors.
    """
    errors = _Errors()
    packed = _packed_rows(file, errors)
    errors.raise_any()
    buckets = {}
    for bucket, (count, rows) in packed.items():
        buckets[bucket] = to_content(_without_repetitions(_rows(count, rows), errors))
        # both would lie in memory at the end
        rows.clear()
    errors.first.sort(key=lambda error: error.line)
    errors.raise_any()
    return buckets


def _packed_rows(file: BinaryIO, errors: _Errors) -> dict[int, tuple[int, bytearray]]:
    counts, packed = [0] * BUCKETS, [bytearray() for _ in range(BUCKETS)]
    for line, cells in _records(file, errors):
        try:
            entry = _entry(cells, line, errors)
            if entry is not None:
                bucket = bucket_of(entry_hash(entry.sku, entry.warehouse))
                packed[bucket] += _encode(_Row(line, entry))
                counts[bucket] += 1
        except UnicodeEncodeError:
            errors.add(line, None, _NOT_UTF8)
    return {bucket: (counts[bucket], packed[bucket]) for bucket in range(BUCKETS) if counts[bucket]}


def _rows(count: int, packed: bytearray) -> list[_Row]:
    # an array of 2^16 elements or more, whose length comes first
    return _decode(b"\xdd" + count.to_bytes(4) + packed)


def _without_repetitions(rows: Sequence[_Row], errors: _Errors) -> list[Entry]:
    first: dict[tuple[str, str], _Row] = {}
    for row in rows:
        known = first.setdefault(row.entry.name, row)
        if known.entry != row.entry:
            errors.add(
                row.line, None, f"says another thing of the same SKU and warehouse than line {known.line}"
            )
    return [row.entry for row in first.values()]


def _records(file: BinaryIO, errors: _Errors) -> Iterator[tuple[int, Sequence[str]]]:
    """Each record that is not blank, with the line that it begins in and its cells in the order of ``COLUMNS``."""
    # what is no UTF-8 is found in the cell where it stands
    text = io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape", newline="")
    header, line = text.readline(), 1
    delimiter = max(DELIMITERS, key=header.count)
    try:
        names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
        if not _is_header(names, errors):
            return
        order = [names.index(column) if column in names else -1 for column in COLUMNS]
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        line += 1
        for cells in reader:
            if len(cells) > len(names):
                errors.add(line, None, f"has {len(cells)} columns, the first line has {len(names)}")
            elif any(cells):
                # a program may leave out what is empty at the end of a line; -1 is the empty one behind
                cells += [""] * (len(names) - len(cells) + 1)
                yield line, [cells[at] for at in order]
            line = 2 + reader.line_num
    except csv.Error as error:
        errors.add(line, None, f"is not CSV from here on: {error}")
    finally:
        # else it would close the file
        text.detach()


def _is_header(names: Sequence[str], errors: _Errors) -> bool:
    if "sku" not in names:
        errors.add(1, None, f"must name the columns: sku, and any of {', '.join(COLUMNS[1:])}")
        return False
    before = errors.count
    for name in dict.fromkeys(names):
        if name not in COLUMNS:
            shown = name if name.isprintable() and name else "without a name"
            errors.add(1, None, f"has a column {shown:.40}; there are {', '.join(COLUMNS)}")
        elif names.count(name) > 1:
            errors.add(1, name, "is there twice")
    return errors.count == before


def _entry(cells: Sequence[str], line: int, errors: _Errors) -> Entry | None:
    sku, warehouse, expires_at, reason = map(str.strip, cells)
    try:
        field = "sku"
        fields.name_of_many(sku)
        if warehouse:
            field = "warehouse"
            fields.name(warehouse)
        field = "expires_at"
        expires_s = _expiry(expires_at) if expires_at else None
        field = "reason"
        if reason:
            _check_reason(reason)
    except fields.Refused as refused:
        errors.add(line, field, str(refused))
        return None
    return Entry(sku, warehouse, expires_s, reason)


@lru_cache(maxsize=4_096)
def _expiry(text: str) -> int:
    """Seconds since 1970; a date is its first moment, and a time without offset is of UTC."""
    try:
        if len(text) > 40:
            raise ValueError
        at = datetime.strptime(text, "%Y-%m-%d") if _DATE(text) else datetime.fromisoformat(text)
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if not fields.EARLIEST_MS <= fields.milliseconds(at) < fields.LATEST_MS:
            raise ValueError
    except (ValueError, OverflowError):
        raise fields.Refused(_EXPIRY) from None
    return fields.milliseconds(at) // 1_000


def _check_reason(text: str) -> None:
    if len(text) > MAX_REASON or not text.isprintable():
        raise fields.Refused(f"must have at most {MAX_REASON} printable characters")
