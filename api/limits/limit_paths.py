"""``/v1/tenants/{tenant_id}/limits`` in the OpenAPI document."""

from api.web.openapi_components import (
    body_of_json,
    body_refused,
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

PATH = "/v1/tenants/{tenant_id}/limits"

LEAST = 1
MOST_REQUESTS = 1_000_000
MOST_BURST = 100_000_000

_REQUESTS = {
    "type": "integer",
    "minimum": LEAST,
    "maximum": MOST_REQUESTS,
    "description": "Requests a second on average.",
}
_BURST = {
    "type": "integer",
    "minimum": LEAST,
    "maximum": MOST_BURST,
    "description": "Requests that may come at once, after a while with few.",
}

_TENANT = {
    "name": "tenant_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "example": "123e4567-e89b-42d3-a456-426614174000",
}

_ANSWER = response_of_json(
    "What holds for the tenant.",
    {
        "type": "object",
        "required": ["requests_per_second", "burst", "set_for_tenant"],
        "additionalProperties": False,
        "properties": {
            "requests_per_second": {"type": "integer"},
            "burst": {"type": "integer"},
            "set_for_tenant": {
                "type": "boolean",
                "description": "Whether they were set for it; else they are those of every tenant.",
            },
        },
    },
    {"requests_per_second": 15_000, "burst": 60_000, "set_for_tenant": True},
)

_UNKNOWN = refused(
    "There is no such tenant.", 404, "unknown-tenant", "Unknown tenant", "There is no tenant of this id."
)

_GET = {
    "operationId": "getTenantLimits",
    "tags": ["tenants"],
    "summary": "How much a tenant may send",
    "security": needs("tenants:read"),
    "parameters": [_TENANT],
    "responses": {**responses_of_every_protected_path(), "200": _ANSWER, "404": _UNKNOWN},
}

_PUT = {
    "operationId": "setTenantLimits",
    "tags": ["tenants"],
    "summary": "Set how much a tenant may send",
    "description": "The limit holds over all processes of the API together. This process goes by a change at once, the "
    "others within five seconds.",
    "security": needs("tenants:write"),
    "parameters": [_TENANT],
    "requestBody": body_of_json(
        {"burst": _BURST, "requests_per_second": {**_REQUESTS, "type": ["integer", "null"]}},
        {"burst": 60_000},
        "requests_per_second",
    ),
    "responses": {
        **responses_of_every_protected_path(),
        **body_refused(),
        "200": _ANSWER,
        "404": _UNKNOWN,
    },
}

_DELETE = {
    "operationId": "resetTenantLimits",
    "tags": ["tenants"],
    "summary": "Let a tenant have the limits of every tenant",
    "security": needs("tenants:write"),
    "parameters": [_TENANT],
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "Nothing is set for the tenant any more."},
        "404": _UNKNOWN,
    },
}

paths: dict[str, object] = {PATH: {"get": _GET, "put": _PUT, "delete": _DELETE}}
