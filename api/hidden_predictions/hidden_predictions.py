"""``/v1/predictions``: what a tenant does not want to be shown any more, for now or for good."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.clock import utc_now
from api.hidden_predictions.deletion import restorable_until, state_of
from api.hidden_predictions.deletion_query import parse, parse_page
from api.hidden_predictions.deletion_store import DeletionStore, TooLate
from api.hidden_predictions.prediction_paths import (
    DELETION_PATH,
    DELETIONS_PATH,
    PREDICTIONS_PATH,
    RESTORE_PATH,
    paths,
)
from api.hidden_predictions.tables import DeletionRow
from api.web.cursor import DeletionCursor, link_to_next
from api.web.etag import conditional
from api.web.problems import Problem
from schemas.prediction_deletions import State

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
JSON = "application/json"

__all__ = ["paths", "routes"]


class Deletion(msgspec.Struct, frozen=True):
    """As it is told."""

    deletion_id: UUID
    sku: str | None
    warehouse: str | None
    since: datetime | None
    until: datetime
    deleted_at: datetime
    state: State
    restorable_until: datetime


@requires("predictions:write")
async def delete(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/predictions``."""
    wanted = parse(request.query_params.multi_items())
    store: DeletionStore = request.state.deletion_store
    row = await store.delete(principal.actor, principal.tenant_id, wanted, utc_now())
    return Response(msgspec.json.encode(_told(row)), headers=HEADERS, media_type=JSON)


@requires("predictions:read")
async def deletions(request: Request, principal: Principal) -> Response:
    """``GET /v1/predictions/deletions``."""
    page = parse_page(request.query_params.multi_items())
    store: DeletionStore = request.state.deletion_store
    found: Sequence[DeletionRow] = await store.page(principal.tenant_id, page)
    headers = {**HEADERS}
    shown = found[: page.limit]
    if len(found) > page.limit:
        headers["Link"] = link_to_next(
            request, DeletionCursor(1, shown[-1].deleted_at, shown[-1].deletion_id)
        )
    return conditional(request, msgspec.json.encode([_told(row) for row in shown]), headers)


@requires("predictions:read")
async def deletion(request: Request, principal: Principal) -> Response:
    """``GET /v1/predictions/deletions/{deletion_id}``."""
    store: DeletionStore = request.state.deletion_store
    row = await store.get(principal.tenant_id, _id(request))
    if row is None:
        raise _unknown()
    return conditional(request, msgspec.json.encode(_told(row)), HEADERS)


@requires("predictions:write")
async def restore(request: Request, principal: Principal) -> Response:
    """``POST /v1/predictions/deletions/{deletion_id}/restore``."""
    store: DeletionStore = request.state.deletion_store
    try:
        row = await store.restore(principal.actor, principal.tenant_id, _id(request), utc_now())
    except TooLate:
        raise Problem(
            409,
            "Purged",
            "What this deletion hid is purged after 30 days, and cannot be restored.",
            type="deletion-purged",
        ) from None
    if row is None:
        raise _unknown()
    return Response(msgspec.json.encode(_told(row)), headers=HEADERS, media_type=JSON)


def _id(request: Request) -> UUID:
    try:
        return UUID(request.path_params["deletion_id"])
    except ValueError:
        raise _unknown() from None


def _unknown() -> Problem:
    return Problem(404, "Unknown deletion", "The tenant has no such deletion.", type="unknown-deletion")


def _told(row: DeletionRow) -> Deletion:
    return Deletion(
        row.deletion_id,
        row.sku,
        row.warehouse,
        row.made_from,
        row.made_until,
        row.deleted_at,
        state_of(row),
        restorable_until(row),
    )


routes: list[BaseRoute] = [
    Route(PREDICTIONS_PATH, delete, methods=["DELETE"]),
    Route(DELETIONS_PATH, deletions),
    Route(DELETION_PATH, deletion),
    Route(RESTORE_PATH, restore, methods=["POST"]),
]
