"""``/v1/catalogue/skus``: which category a SKU belongs to, so that settings of categories reach it, and its brand."""

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.catalogue import catalogue_store
from api.catalogue.catalogue_lines import Description, Entry, read_csv, read_ndjson
from api.catalogue.catalogue_paths import SKU_PATH, SKUS_PATH, paths
from api.database import Database
from api.ingest.event_lines import BadLines, LineError
from api.settings import Settings
from api.tenant_settings import setting_store
from api.tenant_settings.setting_query import name_in_path
from api.web.encoded_paths import encoded_route
from api.web.etag import conditional
from api.web.json_body import read_json
from api.web.problems import Problem
from api.web.request_body import read_body, too_large

READERS = {"application/x-ndjson": read_ndjson, "application/ndjson": read_ndjson, "text/csv": read_csv}
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

__all__ = ["paths", "routes"]


class Summary(msgspec.Struct, frozen=True):
    """What many lines changed."""

    skus: int
    changed: int


@requires("settings:read")
async def described(request: Request, principal: Principal) -> Response:
    """``GET /v1/catalogue/skus/{sku}``."""
    sku = name_in_path("sku", request.path_params["sku"])
    database: Database = request.state.database
    async with database.transaction() as session:
        found = await catalogue_store.described(session, principal.tenant_id, sku)
    if found is None:
        raise _unknown()
    return conditional(request, msgspec.json.encode(found), HEADERS)


@requires("settings:write")
async def describe(request: Request, principal: Principal) -> Response:
    """``PUT /v1/catalogue/skus/{sku}``."""
    sku = name_in_path("sku", request.path_params["sku"])
    wanted = await read_json(request, Description)
    await _describe(request, principal, sku, wanted)
    return Response(msgspec.json.encode(wanted), headers=HEADERS, media_type="application/json")


@requires("settings:write")
async def forget(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/catalogue/skus/{sku}``."""
    sku = name_in_path("sku", request.path_params["sku"])
    await _describe(request, principal, sku, None)
    return Response(status_code=204)


@requires("settings:write")
async def describe_many(request: Request, principal: Principal) -> Response:
    """``POST /v1/catalogue/skus``."""
    entries = await _entries(request)
    database: Database = request.state.database
    async with database.transaction() as session:
        await setting_store.lock(session, principal.tenant_id)
        changed = await catalogue_store.describe_many(session, principal.actor, principal.tenant_id, entries)
    body = msgspec.json.encode(Summary(len(entries), changed))
    return Response(body, headers=HEADERS, media_type="application/json")


async def _describe(request: Request, principal: Principal, sku: str, wanted: Description | None) -> None:
    database: Database = request.state.database
    async with database.transaction() as session:
        await setting_store.lock(session, principal.tenant_id)
        if wanted is None and await catalogue_store.described(session, principal.tenant_id, sku) is None:
            raise _unknown()
        await catalogue_store.describe(session, principal.actor, principal.tenant_id, sku, wanted)


async def _entries(request: Request) -> list[Entry]:
    read = READERS.get(request.headers.get("content-type", "").partition(";")[0].strip().lower())
    if read is None:
        raise Problem(
            415,
            "Unsupported media type",
            f"A catalogue comes as {' or '.join(READERS)}, in UTF-8.",
            type="unsupported-media-type",
            headers={"Accept-Post": ", ".join(READERS)},
        )
    settings: Settings = request.state.settings
    body = await read_body(request, settings.max_body_bytes)
    if body.count(b"\n") > settings.max_events:
        raise too_large(f"The body has more than {settings.max_events} lines.")
    try:
        entries = read(body)
    except BadLines as bad:
        lines = "1 line is" if bad.count == 1 else f"{bad.count} lines are"
        raise _invalid(f"{lines} wrong; nothing was changed.", bad.errors, bad.count) from None
    if not entries:
        raise _invalid("The body holds no SKU.")
    return entries


def _invalid(detail: str, errors: Sequence[LineError] = (), count: int = 0) -> Problem:
    return Problem(
        400,
        "Invalid catalogue",
        detail,
        type="invalid-catalogue",
        errors=[{"line": each.line, "reason": each.reason} for each in errors],
        error_count=count,
    )


def _unknown() -> Problem:
    return Problem(404, "Unknown SKU", "The catalogue has no such SKU.", type="unknown-sku")


routes: list[BaseRoute] = [
    Route(SKUS_PATH, describe_many, methods=["POST"]),
    encoded_route(SKU_PATH, get=described, put=describe, delete=forget),
]
