"""``/v1/settings``: at which probability a tenant is alerted, how far ahead, when its people are left alone, and more."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.access.authentication import Principal, requires
from api.database import Database
from api.tenant_settings import setting_store
from api.tenant_settings.effective import effective_for, where
from api.tenant_settings.retention import Retention
from api.tenant_settings.setting import Setting
from api.tenant_settings.setting_query import (
    cursor_after,
    level_of,
    parse_names,
    parse_page,
    parse_setting,
)
from api.tenant_settings.setting_store import Kept
from api.tenant_settings.tenant_settings_paths import (
    CATEGORY_PATH,
    EFFECTIVE_PATH,
    LEVELS_PATH,
    PAIR_PATH,
    SETTINGS_PATH,
    SKU_PATH,
    WAREHOUSE_PATH,
    paths,
)
from api.web.cursor import link_to_next
from api.web.encoded_paths import encoded_route
from api.web.etag import conditional, etag, matches
from api.web.preconditions import check_change
from api.web.problems import Problem
from api.web.request_body import read_body

JSON = "application/json"
MOST_BODY_BYTES = 4_096
HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

__all__ = ["paths", "routes"]


class ListedLevel(msgspec.Struct, frozen=True):
    """One element of the list: a level that sets something."""

    level: str
    category: str | None
    sku: str | None
    warehouse: str | None
    settings: Setting
    updated_at: datetime


@requires("settings:read")
async def shown(request: Request, principal: Principal) -> Response:
    """``GET`` of a level."""
    level = level_of(request.path_params)
    async with _transaction(request) as session:
        kept = await setting_store.kept_at(session, principal.tenant_id, level)
    if kept is None:
        raise _nothing_set()
    headers = {**HEADERS, "ETag": _tag(kept)}
    if matches(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(_body(kept), headers=headers, media_type=JSON)


@requires("settings:write")
async def changed(request: Request, principal: Principal) -> Response:
    """``PUT`` of a level."""
    level = level_of(request.path_params)
    _check_media_type(request)
    setting = parse_setting(await read_body(request, MOST_BODY_BYTES), level)
    async with _transaction(request) as session:
        await setting_store.lock(session, principal.tenant_id)
        before = await setting_store.kept_at(session, principal.tenant_id, level)
        check_change(request, None if before is None else _tag(before))
        after = await setting_store.set_at(session, principal.actor, principal.tenant_id, level, setting)
    await _apply_retention(request, principal, before, after)
    headers = {**HEADERS, "ETag": _tag(after)}
    return Response(_body(after), 201 if before is None else 200, headers, JSON)


@requires("settings:write")
async def removed(request: Request, principal: Principal) -> Response:
    """``DELETE`` of a level."""
    level = level_of(request.path_params)
    async with _transaction(request) as session:
        await setting_store.lock(session, principal.tenant_id)
        before = await setting_store.kept_at(session, principal.tenant_id, level)
        if before is None:
            raise _nothing_set()
        check_change(request, _tag(before))
        await setting_store.remove_at(session, principal.actor, principal.tenant_id, level)
    await _apply_retention(request, principal, before, None)
    return Response(status_code=204)


@requires("settings:read")
async def levels(request: Request, principal: Principal) -> Response:
    """``GET /v1/settings/levels``."""
    query = parse_page(request.query_params.multi_items())
    async with _transaction(request) as session:
        # one more, to know whether there are more
        kept = await setting_store.list_kept(session, principal.tenant_id, query.after, query.limit + 1)
    headers = {**HEADERS}
    if len(kept) > query.limit:
        headers["Link"] = link_to_next(request, cursor_after(kept[query.limit - 1].level))
    body = msgspec.json.encode([_listed(each) for each in kept[: query.limit]])
    return conditional(request, body, headers)


@requires("settings:read")
async def effective(request: Request, principal: Principal) -> Response:
    """``GET /v1/settings/effective``."""
    sku, warehouse = parse_names(request.query_params.multi_items())
    async with _transaction(request) as session:
        found = await effective_for(session, principal.tenant_id, sku, warehouse)
    return conditional(request, msgspec.json.encode(found), HEADERS)


def _transaction(request: Request) -> AbstractAsyncContextManager[AsyncSession]:
    database: Database = request.state.database
    return database.transaction()


def _check_media_type(request: Request) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise Problem(
            415,
            "Unsupported media type",
            f"Settings come as {JSON}.",
            type="unsupported-media-type",
            headers={"Accept": JSON},
        )


async def _apply_retention(
    request: Request, principal: Principal, before: Kept | None, after: Kept | None
) -> None:
    days_before, days = (None if kept is None else kept.setting.retention_days for kept in (before, after))
    if days != days_before:
        retention: Retention = request.state.retention
        await retention.apply(principal.tenant_id)


def _nothing_set() -> Problem:
    return Problem(404, "Nothing set", "Nothing is set at this level.", type="nothing-set")


def _body(kept: Kept) -> bytes:
    return msgspec.json.encode(kept.setting)


def _tag(kept: Kept) -> str:
    # the same settings, set anew, are another state
    return etag(_body(kept) + kept.updated_at.isoformat().encode())


def _listed(kept: Kept) -> ListedLevel:
    level = kept.level
    return ListedLevel(
        level=where(level),
        category=level.category or None,
        sku=level.sku or None,
        warehouse=level.warehouse or None,
        settings=kept.setting,
        updated_at=kept.updated_at,
    )


LEVEL_PATHS = (SETTINGS_PATH, CATEGORY_PATH, SKU_PATH, PAIR_PATH, WAREHOUSE_PATH)

routes: list[BaseRoute] = [
    Route(LEVELS_PATH, levels),
    Route(EFFECTIVE_PATH, effective),
    *(encoded_route(path, get=shown, put=changed, delete=removed) for path in LEVEL_PATHS),
]
