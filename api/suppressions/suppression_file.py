"""A list of suppressed SKUs as CSV that spreadsheets open right: UTF-8 with BOM, a comma between cells, times in UTC."""

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from api.suppressions.entries import Entry, from_content
from api.suppressions.suppression_rows import COLUMNS

BOM = b"\xef\xbb\xbf"


def write_header(file: BinaryIO) -> None:
    """The first line."""
    file.write(BOM + ",".join(COLUMNS).encode() + b"\r\n")


def write_buckets(file: BinaryIO, contents: Iterable[bytes]) -> None:
    """The entries of buckets, as the database has them."""
    text = io.TextIOWrapper(file, "utf-8", newline="")
    rows = csv.writer(text)
    for content in contents:
        rows.writerows(map(_cells, from_content(content).values()))
    text.flush()
    # else it would close the file
    text.detach()


def _cells(entry: Entry) -> tuple[str, str, str, str]:
    expires_at = "" if entry.expires_at is None else entry.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return entry.sku, entry.warehouse, expires_at, entry.reason
