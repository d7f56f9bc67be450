"""``/v1/digests/recipients``: who gets the planner's morning letter."""

from datetime import datetime

import msgspec
from email_validator import EmailNotValidError, validate_email
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.digests.recipient_paths import RECIPIENT_PATH, RECIPIENTS_PATH, paths
from api.digests.recipient_store import (
    MOST_RECIPIENTS,
    RecipientStore,
    TooManyRecipients,
    UnknownRecipient,
)
from api.digests.tables import MAX_ADDRESS, RecipientRow
from api.web.etag import conditional
from api.web.json_body import read_json
from api.web.methods import route
from api.web.problems import Problem

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

__all__ = ["paths", "routes"]


class NewRecipient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body that adds one."""

    address: str


class Recipient(msgspec.Struct, frozen=True):
    """One element of the list."""

    recipient_id: str
    address: str
    state: str
    created_at: datetime
    asked_at: datetime | None
    changed_at: datetime
    because: str | None


@requires("digests:read")
async def recipients(request: Request, principal: Principal) -> Response:
    """``GET /v1/digests/recipients``."""
    rows = await _store(request).all(principal.tenant_id)
    return conditional(request, msgspec.json.encode([_shown(row) for row in rows]), HEADERS)


@requires("digests:write")
async def add(request: Request, principal: Principal) -> Response:
    """``POST /v1/digests/recipients``."""
    address = _address((await read_json(request, NewRecipient)).address)
    try:
        row, is_new = await _store(request).add(principal.tenant_id, address, principal.actor)
    except TooManyRecipients:
        raise Problem(
            409,
            "Too many recipients",
            f"A tenant has at most {MOST_RECIPIENTS} recipients; remove one.",
            type="too-many-recipients",
        ) from None
    headers = {**HEADERS, "Location": RECIPIENT_PATH.format(recipient_id=row.recipient_id)}
    return Response(
        msgspec.json.encode(_shown(row)), 201 if is_new else 200, headers, media_type="application/json"
    )


@requires("digests:write")
async def remove(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/digests/recipients/{recipient_id}``."""
    try:
        await _store(request).remove(
            principal.tenant_id, request.path_params["recipient_id"], principal.actor
        )
    except UnknownRecipient:
        raise Problem(
            404, "Unknown recipient", "The tenant has no recipient of this id.", type="unknown-recipient"
        ) from None
    return Response(status_code=204)


def _store(request: Request) -> RecipientStore:
    return RecipientStore(request.state.database)


def _address(text: str) -> str:
    """As it is kept: one text for one mailbox. Whether it is there the letter will show."""
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
        if found.ascii_email is None or len(found.ascii_email) > MAX_ADDRESS:
            raise EmailNotValidError(f"It has more than {MAX_ADDRESS} characters.")
    except EmailNotValidError as error:
        raise Problem(400, "Bad address", f"This is no mail address: {error}", type="bad-address") from None
    return found.ascii_email


def _shown(row: RecipientRow) -> Recipient:
    return Recipient(
        recipient_id=row.recipient_id,
        address=row.address,
        state=row.state,
        created_at=row.created_at,
        asked_at=row.asked_at,
        changed_at=row.changed_at,
        because=row.because,
    )


routes: list[BaseRoute] = [
    route(RECIPIENTS_PATH, get=recipients, post=add),
    Route(RECIPIENT_PATH, remove, methods=["DELETE"]),
]
