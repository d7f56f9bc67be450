"""The operator of this deployment, who looks after its tenants and is none of them.

Its programs are clients like any other, of a tenant row that has neither a topic nor data. They alone are given the
scopes here, and these alone: so no token of a retailer's reaches a tenant's life, and no operator's token reads stock.
"""

import functools
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response

from api.access.authentication import Endpoint, Principal, insufficient_scope, requires
from api.audit.audit_log import DEPLOYMENT

OPERATOR = DEPLOYMENT
"""In place of a tenant's id; no retailer can have it. The row is there from its migration on."""

OPERATOR_SCOPES: Mapping[str, str] = {
    "tenants:read": "Of the operator only: see the tenants.",
    "tenants:write": "Of the operator only: make, suspend, export and delete tenants, and set their limits.",
}


def requires_operator(scope: str) -> Callable[[Endpoint], Callable[[Request], Awaitable[Response]]]:
    """As `requires`, and the bearer must be the operator: whoever else has the scope is refused as if without it."""

    def guard(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(endpoint)
        async def of_operator(request: Request, principal: Principal) -> Response:
            if principal.tenant_id != OPERATOR:
                raise insufficient_scope(scope)
            return await endpoint(request, principal)

        return requires(scope)(of_operator)

    return guard
