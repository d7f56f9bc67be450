"""``/v1/tenants/{tenant_id}/limits``: the operator sets how much a tenant may send at once."""

from typing import Annotated
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from api.access.authentication import Principal
from api.access.operators import OPERATOR, requires_operator
from api.database import Database
from api.limits.limit import Limit
from api.limits.limit_paths import LEAST, MOST_BURST, MOST_REQUESTS, PATH, paths
from api.limits.limit_store import limit_of, set_limit
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
        limit = await limit_of(session, await _known(session, request))
    return _answer(request, limit)


@requires_operator("tenants:write")
async def change_limits(request: Request, principal: Principal) -> Response:
    """``PUT``."""
    wanted = await read_json(request, Limits)
    known: TenantLimits = request.state.tenant_limits
    limit = Limit(wanted.requests_per_second or known.default.requests_per_second, wanted.burst)
    await _change(request, principal, limit)
    return _answer(request, limit)


@requires_operator("tenants:write")
async def reset_limits(request: Request, principal: Principal) -> Response:
    """``DELETE``: the deployment's limit holds again."""
    await _change(request, principal, None)
    return Response(status_code=204)


async def _change(request: Request, principal: Principal, limit: Limit | None) -> None:
    database: Database = request.state.database
    async with database.transaction() as session:
        await set_limit(session, principal.actor, await _known(session, request), limit)
    known: TenantLimits = request.state.tenant_limits
    await known.refresh()


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


def _answer(request: Request, own: Limit | None) -> Response:
    known: TenantLimits = request.state.tenant_limits
    limit = own or known.default
    body = {
        "requests_per_second": round(limit.requests_per_second),
        "burst": round(limit.burst),
        "set_for_tenant": own is not None,
    }
    return Response(msgspec.json.encode(body), headers=HEADERS, media_type=JSON)


routes: list[BaseRoute] = [route(PATH, get=limits, put=change_limits, delete=reset_limits)]
