"""What a tenant says of a webhook, and what may be asked of its log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from api.ingest.event_fields import Refused, is_name
from api.web.cursor import NumberCursor
from api.web.problems import Problem
from api.web.query_parameters import Reader, cursor_of, values_of, whole_number
from api.webhooks.messages import EVENT_TYPES, EventType
from api.webhooks.targets import RefusedTarget, check_url

MOST_NAMES = 100
LONGEST_DESCRIPTION = 200
DEFAULT_LIMIT = 20
MAX_LIMIT = 100
STATES = ("waiting", "delivered", "failed", "cancelled", "noted")
"""What a delivery may be in; ``noted`` is an entry of the log that is not sent."""

Description = Annotated[str, msgspec.Meta(max_length=LONGEST_DESCRIPTION)]
Names = Annotated[list[str], msgspec.Meta(max_length=MOST_NAMES)]
Events = Annotated[list[EventType], msgspec.Meta(min_length=1, max_length=len(EVENT_TYPES))]


class Subscription(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which alerts go to which URL. No SKUs are all of them, and so with warehouses."""

    url: str
    events: Events = msgspec.field(default_factory=lambda: list(EVENT_TYPES))
    description: Description = ""
    skus: Names = []
    warehouses: Names = []


def checked(found: Subscription, *, allow_loopback: bool) -> Subscription:
    """The subscription with each name once. Raises a `Problem` that says what is wrong with it."""
    try:
        check_url(found.url, allow_loopback=allow_loopback)
    except RefusedTarget as error:
        raise _bad(f"url {error}.") from None
    for member, names in (("skus", found.skus), ("warehouses", found.warehouses)):
        if not all(map(is_name, names)):
            raise _bad(f"{member} must hold names of 1 to 64 characters, no | or control characters.")
    if found.description and not found.description.isprintable():
        raise _bad("description must hold printable characters only.")
    return msgspec.structs.replace(
        found,
        events=[event for event in EVENT_TYPES if event in found.events],
        skus=sorted(set(found.skus)),
        warehouses=sorted(set(found.warehouses)),
    )


@dataclass(frozen=True, slots=True)
class LogQuery:
    """A page of a webhook's log, the newest first."""

    limit: int = DEFAULT_LIMIT
    before: int | None = None
    """Only entries with a lower number; None: from the newest on."""
    state: str | None = None


_READERS: Mapping[str, Reader] = {
    "limit": whole_number(MAX_LIMIT),
    "cursor": cursor_of(NumberCursor),
    "state": lambda text: _one_of(text, STATES),
}


def parse_log_query(parameters: Sequence[tuple[str, str]]) -> LogQuery:
    """The query of a URL's decoded parameters. Raises a `Problem` that names everything that is wrong with them."""
    values = values_of(parameters, _READERS)
    cursor: NumberCursor | None = values.get("cursor")
    return LogQuery(
        limit=values.get("limit", DEFAULT_LIMIT),
        before=None if cursor is None else cursor.number,
        state=values.get("state"),
    )


def _one_of(text: str, known: Sequence[str]) -> str:
    if text not in known:
        raise Refused(f"must be one of {', '.join(known)}")
    return text


def _bad(detail: str) -> Problem:
    return Problem(400, "Bad webhook", detail, type="bad-webhook")
