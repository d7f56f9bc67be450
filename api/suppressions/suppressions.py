"""``/v1/suppressions``: SKUs that are known to run out, or may, and of which the tenant wants no alerts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import BinaryIO, cast
from uuid import UUID

import msgspec
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.audit.actor import Actor
from api.ingest.event_lines import BadLines
from api.settings import Settings
from api.suppressions.entries import Entry
from api.suppressions.suppression_paths import ENTRY_PATH, PATH, paths
from api.suppressions.suppression_query import name_of, parse_nothing
from api.suppressions.suppression_store import (
    Changed,
    ChangedMeanwhile,
    Check,
    ListState,
    SuppressionStore,
    TooManyEntries,
)
from api.web.etag import matches
from api.web.methods import route
from api.web.preconditions import check_if_match
from api.web.problems import Problem
from api.web.request_body import save_body, too_large

CSV = "text/csv"
ARRIVAL_LIMIT = timedelta(minutes=5)
"""20 MB over a line of 1 Mbit/s take half of it."""
CHUNK_BYTES = 256 * 1024
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
RETRY_AFTER = {"Retry-After": "2"}

__all__ = ["paths", "routes"]


class Summary(msgspec.Struct, frozen=True):
    """What a change made of the list."""

    entries: int
    added: int
    changed: int
    removed: int


class Suppression(msgspec.Struct, frozen=True):
    """An entry by itself."""

    sku: str
    warehouse: str | None
    expires_at: datetime | None
    reason: str


Change = Callable[[UUID, BinaryIO, Actor, Check], Awaitable[Changed]]
"""Of a tenant's list by a CSV file."""


@requires("suppressions:read")
async def export(request: Request, principal: Principal) -> Response:
    """``GET /v1/suppressions``."""
    parse_nothing(request.query_params.multi_items())
    store: SuppressionStore = request.state.suppression_store
    state = await store.state(principal.tenant_id)
    if matches(request.headers.get("if-none-match", ""), state.etag):
        return Response(status_code=304, headers=_headers(state))
    try:
        state, file = await store.export(principal.tenant_id)
    except ChangedMeanwhile:
        raise _busy("The list changes faster than it can be read; ask again in a moment.") from None
    length = file.seek(0, 2)
    file.seek(0)
    headers = {
        **_headers(state),
        "Content-Length": str(length),
        "Content-Disposition": 'attachment; filename="suppressions.csv"',
    }
    return StreamingResponse(_chunks(file), headers=headers, media_type=f"{CSV}; charset=utf-8")


@requires("suppressions:write")
async def replace(request: Request, principal: Principal) -> Response:
    """``PUT /v1/suppressions``."""
    store: SuppressionStore = request.state.suppression_store
    return await _uploaded(request, principal, store.replace)


@requires("suppressions:write")
async def merge(request: Request, principal: Principal) -> Response:
    """``POST /v1/suppressions``."""
    store: SuppressionStore = request.state.suppression_store
    return await _uploaded(request, principal, store.merge)


@requires("suppressions:write")
async def clear(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/suppressions``."""
    # a SKU given here is one that is meant alone
    parse_nothing(request.query_params.multi_items())
    store: SuppressionStore = request.state.suppression_store
    try:
        await store.clear(
            principal.tenant_id, principal.actor, lambda state: check_if_match(request, state.etag)
        )
    except ChangedMeanwhile:
        raise _conflict() from None
    return Response(status_code=204)


@requires("suppressions:read")
async def entry(request: Request, principal: Principal) -> Response:
    """``GET /v1/suppressions/entry``."""
    store: SuppressionStore = request.state.suppression_store
    found = await store.entry(principal.tenant_id, name_of(request.query_params.multi_items()))
    if found is None:
        raise _unknown()
    return Response(msgspec.json.encode(_shown(found)), headers=HEADERS, media_type="application/json")


@requires("suppressions:write")
async def remove(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/suppressions/entry``."""
    store: SuppressionStore = request.state.suppression_store
    name = name_of(request.query_params.multi_items())
    try:
        if not await store.remove(principal.tenant_id, name, principal.actor):
            raise _unknown()
    except ChangedMeanwhile:
        raise _conflict() from None
    return Response(status_code=204)


async def _uploaded(
    request: Request,
    principal: Principal,
    change: Change,
) -> Response:
    parse_nothing(request.query_params.multi_items())
    _check_media_type(request.headers)
    settings: Settings = request.state.settings
    with cast(BinaryIO, TemporaryFile()) as file:
        await save_body(request, file, settings.max_suppression_bytes, ARRIVAL_LIMIT)
        file.seek(0)
        try:
            changed = await change(
                principal.tenant_id, file, principal.actor, lambda state: check_if_match(request, state.etag)
            )
        except BadLines as bad:
            raise _invalid(bad) from None
        except TooManyEntries as error:
            raise too_large(str(error)) from None
        except ChangedMeanwhile:
            raise _conflict() from None
    counts = changed.counts
    summary = Summary(changed.state.entries, counts.added, counts.changed, counts.removed)
    return Response(
        msgspec.json.encode(summary), headers=_headers(changed.state), media_type="application/json"
    )


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _headers(state: ListState) -> dict[str, str]:
    return {**HEADERS, "ETag": state.etag}


def _shown(entry: Entry) -> Suppression:
    return Suppression(entry.sku, entry.warehouse or None, entry.expires_at, entry.reason)


def _check_media_type(headers: Headers) -> None:
    media_type, _, parameters = headers.get("content-type", "").lower().partition(";")
    charset = parameters.partition("charset=")[2].partition(";")[0].strip().strip('"')
    if media_type.strip() != CSV or charset not in ("", "utf-8", "utf8"):
        raise Problem(
            415,
            "Unsupported media type",
            f"A list comes as {CSV}, in UTF-8.",
            type="unsupported-media-type",
            headers={"Accept": CSV},
        )


def _invalid(bad: BadLines) -> Problem:
    return Problem(
        400,
        "Invalid suppressions",
        f"{bad.count} {'error' if bad.count == 1 else 'errors'}; the list is as it was.",
        type="invalid-suppressions",
        errors=[
            {"line": error.line, **({"field": error.field} if error.field else {}), "reason": error.reason}
            for error in bad.errors
        ],
        error_count=bad.count,
    )


def _unknown() -> Problem:
    return Problem(404, "Not suppressed", "The list has no entry of this name.", type="unknown-suppression")


def _conflict() -> Problem:
    return Problem(
        409,
        "Changed meanwhile",
        "Others change the list at this moment. Nothing was changed; send the request again.",
        type="busy",
        headers=RETRY_AFTER,
    )


def _busy(detail: str) -> Problem:
    return Problem(503, "List busy", detail, type="unavailable", headers=RETRY_AFTER)


routes: list[BaseRoute] = [
    route(PATH, get=export, put=replace, post=merge, delete=clear),
    route(ENTRY_PATH, get=entry, delete=remove),
]
