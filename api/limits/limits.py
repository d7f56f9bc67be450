"""``/v1/tenants/{tenant_id}/limits``: the operator sets how much a tenant may send at once."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

import msgspec
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api.access.authentication import Principal
from api.access.operators import OPERATOR, requires_operator
from api.audit.audit_log import record
from api.clock import utc_now
from api.database import Database
from api.limits.limit_paths import LEAST, MOST_BURST, MOST_REQUESTS, PATH, paths
from api.limits.tables import TenantLimitRow
from api.limits.tenant_limits import TenantLimits
from api.tables import TenantRow
from api.web.json_body import JSON, read_json
from api.web.methods import route
from api.web.problems import Problem

HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}

__all__ = ["paths", "routes"]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a change."""

    burst: Annotated[int, msgspec.Meta(ge=LEAST, le=MOST_BURST)]
    requests_per_second: Annotated[int, msgspec.Meta(ge=LEAST, le=MOST_REQUESTS)] | None = None
    """The deployment's, where it is left out."""


@requires_operator("tenants:read")
async def limits(request: Request, _principal: Principal) -> Response:
    """``GET``: what holds now."""
    database: Database = request.state.database
    async with database.transaction() as session:
        tenant_id = await _known(session, request)
        row = await session.get(TenantLimitRow, tenant_id)
    return _answer(request, row)


@requires_operator("tenants:write")
async def set_limits(request: Request, principal: Principal) -> Response:
    """``PUT``."""
    wanted = await read_json(request, Limits)
    database: Database = request.state.database
    known: TenantLimits = request.state.tenant_limits
    async with database.transaction() as session:
        tenant_id = await _known(session, request)
        row = await session.get(TenantLimitRow, tenant_id)
        before = _told(row)
        if row is None:
            row = TenantLimitRow(tenant_id=tenant_id)
            session.add(row)
        row.burst = wanted.burst
        row.requests_per_second = wanted.requests_per_second or round(known.default.requests_per_second)
        row.changed_at = utc_now()
        await _note(session, principal, tenant_id, before, _told(row))
    await known.refresh()
    return _answer(request, row)


@requires_operator("tenants:write")
async def reset_limits(request: Request, principal: Principal) -> Response:
    """``DELETE``: the deployment's limit holds again."""
    database: Database = request.state.database
    known: TenantLimits = request.state.tenant_limits
    async with database.transaction() as session:
        tenant_id = await _known(session, request)
        row = await session.get(TenantLimitRow, tenant_id)
        if row is not None:
            await session.execute(delete(TenantLimitRow).where(TenantLimitRow.tenant_id == tenant_id))
            await _note(session, principal, tenant_id, _told(row), None)
    await known.refresh()
    return Response(status_code=204)


async def _known(session: AsyncSession, request: Request) -> UUID:
    """The tenant of the path; raises a `Problem` where there is none."""
    try:
        tenant_id = UUID(request.path_params["tenant_id"])
    except ValueError:
        tenant_id = OPERATOR
    # the operator has a row too, but is no tenant
    if tenant_id == OPERATOR or await session.get(TenantRow, tenant_id) is None:
        raise Problem(404, "Unknown tenant", "There is no tenant of this id.", type="unknown-tenant")
    return tenant_id


async def _note(
    session: AsyncSession,
    principal: Principal,
    tenant_id: UUID,
    before: Mapping[str, object] | None,
    after: Mapping[str, object] | None,
) -> None:
    await record(
        session,
        actor=principal.actor,
        action="limits.changed",
        tenant_id=tenant_id,
        subject=f"tenant/{tenant_id}",
        before=before,
        after=after,
    )


def _told(row: TenantLimitRow | None) -> Mapping[str, object] | None:
    return None if row is None else {"requests_per_second": row.requests_per_second, "burst": row.burst}


def _answer(request: Request, row: TenantLimitRow | None) -> Response:
    known: TenantLimits = request.state.tenant_limits
    of_deployment = {
        "requests_per_second": round(known.default.requests_per_second),
        "burst": round(known.default.burst),
    }
    body = {**(_told(row) or of_deployment), "set_for_tenant": row is not None}
    return Response(msgspec.json.encode(body), headers=HEADERS, media_type=JSON)


routes: list[BaseRoute] = [route(PATH, get=limits, put=set_limits, delete=reset_limits)]
