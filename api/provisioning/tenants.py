"""``/v1/tenants``: what the operator does to tenants."""

from uuid import UUID

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute

from api.access.authentication import Principal
from api.access.operators import requires_operator
from api.access.tenants import AccountError
from api.provisioning.archive import Archives
from api.provisioning.operations import Incomplete
from api.provisioning.provisioning import Provisioning
from api.provisioning.tenant_answers import RemovalAnswer, step_answers, tenant_answer
from api.provisioning.tenant_paths import (
    EXPORT_PATH,
    RESUME_PATH,
    SUSPEND_PATH,
    TENANT_PATH,
    TENANTS_PATH,
    paths,
)
from api.provisioning.tenant_problems import problem_of, unknown_tenant
from api.provisioning.tenant_query import TenantCursor, parse
from api.provisioning.tenant_request import TenantRequest
from api.web.cursor import link_to_next
from api.web.idempotency_key import idempotency_key
from api.web.json_body import JSON, read_json
from api.web.methods import route

__all__ = ["paths", "routes"]

# an answer may hold a secret
HEADERS = {"Cache-Control": "no-store"}


@requires_operator("tenants:write")
async def create(request: Request, principal: Principal) -> Response:
    """``POST /v1/tenants``."""
    key = idempotency_key(request.headers)
    wanted = await read_json(request, TenantRequest)
    try:
        made = await _provisioning(request).open(wanted, principal.actor, key)
    except (AccountError, Incomplete) as error:
        raise problem_of(error) from None
    headers = {**HEADERS, "Location": f"{TENANTS_PATH}/{made.tenant.tenant_id}"}
    return _answer(tenant_answer(made), 201, headers)


@requires_operator("tenants:read")
async def tenants(request: Request, principal: Principal) -> Response:
    """``GET /v1/tenants``."""
    query = parse(request.query_params.multi_items())
    # one more, to know whether there are more
    found = await _provisioning(request).page(query.after, query.limit + 1)
    shown = found[: query.limit]
    headers = dict(HEADERS)
    if len(found) > query.limit:
        headers["Link"] = link_to_next(request, TenantCursor(1, shown[-1].tenant.name))
    return _answer([tenant_answer(each) for each in shown], headers=headers)


@requires_operator("tenants:read")
async def tenant(request: Request, principal: Principal) -> Response:
    """``GET /v1/tenants/{tenant_id}``."""
    try:
        return _answer(tenant_answer(await _provisioning(request).find(_named(request))))
    except AccountError as error:
        raise problem_of(error) from None


@requires_operator("tenants:write")
async def suspend(request: Request, principal: Principal) -> Response:
    """``POST /v1/tenants/{tenant_id}/suspend``."""
    try:
        suspended = await _provisioning(request).suspend(_named(request), principal.actor)
    except AccountError as error:
        raise problem_of(error) from None
    return _answer(tenant_answer(suspended))


@requires_operator("tenants:write")
async def resume(request: Request, principal: Principal) -> Response:
    """``POST /v1/tenants/{tenant_id}/resume``."""
    try:
        resumed = await _provisioning(request).resume(_named(request), principal.actor)
    except (AccountError, Incomplete) as error:
        raise problem_of(error) from None
    return _answer(tenant_answer(resumed))


@requires_operator("tenants:write")
async def delete(request: Request, principal: Principal) -> Response:
    """``DELETE /v1/tenants/{tenant_id}``."""
    tenant_id = _named(request)
    try:
        steps = await _provisioning(request).close(tenant_id, principal.actor)
    except (AccountError, Incomplete) as error:
        raise problem_of(error) from None
    return _answer(RemovalAnswer(tenant_id, "deleted", step_answers(steps)))


@requires_operator("tenants:read")
async def export(request: Request, principal: Principal) -> Response:
    """``GET /v1/tenants/{tenant_id}/export``."""
    tenant_id = _named(request)
    try:
        known = await _provisioning(request).find(tenant_id)
    except AccountError as error:
        raise problem_of(error) from None
    archives: Archives = request.state.archives
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="aurora-{tenant_id}.zip"'}
    return StreamingResponse(archives.of(known), headers=headers, media_type="application/zip")


def _provisioning(request: Request) -> Provisioning:
    provisioning: Provisioning = request.state.provisioning
    return provisioning


def _named(request: Request) -> UUID:
    """The tenant of the path. Raises `Problem` as for one that is not there."""
    try:
        return UUID(request.path_params["tenant_id"])
    except ValueError:
        raise unknown_tenant() from None


def _answer(content: object, status: int = 200, headers: dict[str, str] = HEADERS) -> Response:
    return Response(msgspec.json.encode(content), status, headers, JSON)


routes: list[BaseRoute] = [
    route(TENANTS_PATH, get=tenants, post=create),
    route(EXPORT_PATH, get=export),
    route(SUSPEND_PATH, post=suspend),
    route(RESUME_PATH, post=resume),
    route(TENANT_PATH, get=tenant, delete=delete),
]
