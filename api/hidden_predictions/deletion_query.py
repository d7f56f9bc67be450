"""What may be asked of ``/v1/predictions``, read from the query string."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from api.ingest.event_fields import EARLIEST_MS, LATEST_MS, Refused, milliseconds, name
from api.web.cursor import DeletionCursor
from api.web.query_parameters import Reader, bad_parameters, cursor_of, values_of, whole_number

DEFAULT_LIMIT = 100
MAX_LIMIT = 500

_Time = Annotated[datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which predictions are to be hidden; None for any. Times are those at which they were made, in ms."""

    sku: str | None
    warehouse: str | None
    since_ms: int | None
    until_ms: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of deletions."""

    limit: int
    cursor: DeletionCursor | None


def parse(parameters: Sequence[tuple[str, str]]) -> Wanted:
    """What a URL's decoded parameters want hidden. Raises a `Problem` that names everything that is wrong with them.

    Without any of the others ``all=true`` must say that everything is meant, so that nobody hides it by a slip.
    """
    values = values_of(parameters, _READERS)
    if not values:
        raise bad_parameters({"all": "must be true where none of sku, warehouse, since and until is given"})
    if "all" in values and len(values) > 1:
        raise bad_parameters({"all": "goes only by itself"})
    since_ms, until_ms = values.get("since"), values.get("until")
    if since_ms is not None and until_ms is not None and since_ms >= until_ms:
        raise bad_parameters({"since": "must be before until"})
    return Wanted(values.get("sku"), values.get("warehouse"), since_ms, until_ms)


def parse_page(parameters: Sequence[tuple[str, str]]) -> Page:
    """Which page of deletions is asked for. Raises a `Problem` as `parse` does."""
    values = values_of(parameters, _PAGE_READERS)
    return Page(values.get("limit", DEFAULT_LIMIT), values.get("cursor"))


def _time(text: str) -> int:
    try:
        at_ms = milliseconds(msgspec.convert(text, _Time))
    except (msgspec.ValidationError, OverflowError):
        raise Refused(
            "must be a time with its offset, such as 2026-11-24T12:00:00Z (RFC 3339); write + as %2B"
        ) from None
    if not EARLIEST_MS <= at_ms <= LATEST_MS:
        raise Refused("must be a time from 2000 to 2099")
    return at_ms


def _all(text: str) -> bool:
    if text != "true":
        raise Refused("must be true")
    return True


_READERS: Mapping[str, Reader] = {
    "sku": name,
    "warehouse": name,
    "since": _time,
    "until": _time,
    "all": _all,
}
_PAGE_READERS: Mapping[str, Reader] = {"limit": whole_number(MAX_LIMIT), "cursor": cursor_of(DeletionCursor)}
