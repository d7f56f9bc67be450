"""``GET /v1/audit``: who changed what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.audit.entry_paths import AUDIT_PATH, DEFAULT_LIMIT, MAX_LIMIT, paths
from api.audit.reading import Filter, newest
from api.audit.tables import AuditRow
from api.ingest.event_fields import Refused
from api.web.cursor import Place, link_to_next
from api.web.query_parameters import Reader, cursor_of, values_of, whole_number

JSON = "application/json"
HEADERS = {"Cache-Control": "no-store"}
LONGEST_WORD = 300

__all__ = ["paths", "routes"]

_Time = Annotated[datetime, msgspec.Meta(tz=True)]


class EntryCursor(Place, frozen=True):
    """The entry that was looked at last."""

    version: Literal[1]
    number: Annotated[int, msgspec.Meta(ge=1, lt=1 << 31)]


class ShownActor(msgspec.Struct, frozen=True):
    """Who it was: of the tenant's own, or an operator."""

    kind: str
    id: str


class Shown(msgspec.Struct, frozen=True):
    """One element of the list."""

    number: int
    at: datetime
    actor: ShownActor
    action: str
    subject: str
    before: msgspec.Raw | None
    after: msgspec.Raw | None
    hash: str


def _word(text: str) -> str:
    if not (text.isprintable() and 1 <= len(text) <= LONGEST_WORD):
        raise Refused(f"must be 1 to {LONGEST_WORD} printable characters")
    return text


def _time(text: str) -> datetime:
    try:
        return msgspec.convert(text, _Time)
    except msgspec.ValidationError:
        raise Refused("must be a time with its offset, such as 2026-11-25T08:00:00Z") from None


_READERS: Mapping[str, Reader] = {
    "action": _word,
    "subject": _word,
    "actor": _word,
    "since": _time,
    "until": _time,
    "limit": whole_number(MAX_LIMIT),
    "cursor": cursor_of(EntryCursor),
}


@requires("audit:read")
async def entries(request: Request, principal: Principal) -> Response:
    """The endpoint."""
    values = values_of(request.query_params.multi_items(), _READERS)
    limit = values.pop("limit", DEFAULT_LIMIT)
    cursor: EntryCursor | None = values.pop("cursor", None)
    wanted = Filter(**values, before_number=None if cursor is None else cursor.number)
    async with request.state.database.transaction() as session:
        found = await newest(session, principal.tenant_id, wanted, limit + 1)
    headers = dict(HEADERS)
    if len(found) > limit:
        headers["Link"] = link_to_next(request, EntryCursor(1, found[limit - 1].number))
    body = msgspec.json.encode([_shown(row) for row in found[:limit]])
    return Response(body, headers=headers, media_type=JSON)


def _shown(row: AuditRow) -> Shown:
    return Shown(
        number=row.number,
        at=row.at,
        actor=ShownActor(row.actor_kind, row.actor_id),
        action=row.action,
        subject=row.subject,
        before=None if row.before is None else msgspec.Raw(row.before.encode()),
        after=None if row.after is None else msgspec.Raw(row.after.encode()),
        hash=row.hash,
    )


routes: list[BaseRoute] = [Route(AUDIT_PATH, entries)]
