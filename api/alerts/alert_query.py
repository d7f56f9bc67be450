"""What may be asked of ``GET /v1/stock/alerts``, read from the query string."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from api.ingest.event_fields import Refused, name
from api.web.cursor import Cursor
from api.web.query_parameters import Reader, cursor_of, values_of, whole_number

DEFAULT_LIMIT = 100
MAX_LIMIT = 500

_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


@dataclass(frozen=True, slots=True)
class AlertQuery:
    """The alerts that are wanted: of one SKU, or a page of all."""

    sku: str | None = None
    since_ms: int | None = None
    """Only alerts raised then or later; whole seconds."""
    threshold: float | None = None
    limit: int = DEFAULT_LIMIT
    cursor: Cursor | None = None
    said_sku_id: bool = False


def parse(parameters: Sequence[tuple[str, str]]) -> AlertQuery:
    """The query of a URL's decoded parameters. Raises a `Problem` that names everything that is wrong with them."""
    given = dict(parameters)
    values = values_of(parameters, _READERS, _contradictions(given))
    return AlertQuery(
        sku=values.get("sku", values.get("sku_id")),
        since_ms=values.get("since"),
        threshold=values.get("threshold"),
        limit=values.get("limit", DEFAULT_LIMIT),
        cursor=values.get("cursor"),
        said_sku_id="sku_id" in given,
    )


def _contradictions(given: dict[str, str]) -> dict[str, str]:
    wrong = {}
    if "sku" in given and "sku_id" in given:
        wrong["sku_id"] = "is the old name of sku; give only sku"
    if "sku" in given or "sku_id" in given:
        for key in ("limit", "cursor"):
            if key in given:
                wrong[key] = "goes only without sku: the answer for a SKU is always whole"
    return wrong


def _since(text: str) -> int:
    try:
        at = msgspec.convert(text, _Time)
    except msgspec.ValidationError:
        raise Refused(
            "must be a time with its offset, such as 2026-11-24T12:00:00Z (RFC 3339); write + as %2B"
        ) from None
    # the store keeps the time of an alert to the second
    return int(at.timestamp() // 1) * 1000


def _threshold(text: str) -> float:
    try:
        return msgspec.convert(text, _Share, strict=False)
    except msgspec.ValidationError:
        raise Refused("must be a number from 0 to 1") from None


_READERS: Mapping[str, Reader] = {
    "sku": name,
    "sku_id": name,
    "since": _since,
    "threshold": _threshold,
    "limit": whole_number(MAX_LIMIT),
    "cursor": cursor_of(Cursor),
}
