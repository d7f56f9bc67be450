"""``/v1/tenants`` in the OpenAPI document."""

from collections.abc import Mapping

from api.access.clients import SCOPES
from api.provisioning import closing, opening
from api.provisioning.tenant_forms import (
    DONE_AT,
    EXAMPLE,
    ID,
    MADE_EXAMPLE,
    PLAIN_EXAMPLE,
    REQUESTED,
    STEPS,
    TENANT,
    TENANT_ID,
    done,
)
from api.provisioning.tenant_query import DEFAULT_LIMIT, MAX_LIMIT
from api.web.openapi_components import (
    REQUEST_ID,
    RETRY_AFTER,
    body_of_json,
    body_refused,
    needs,
    problem,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

TENANTS_PATH = "/v1/tenants"
TENANT_PATH = "/v1/tenants/{tenant_id}"
SUSPEND_PATH = "/v1/tenants/{tenant_id}/suspend"
RESUME_PATH = "/v1/tenants/{tenant_id}/resume"
EXPORT_PATH = "/v1/tenants/{tenant_id}/export"

_IN_PATH = {"name": "tenant_id", "in": "path", "required": True, "schema": TENANT_ID, "example": ID}


_UNKNOWN = refused(
    "There is no such tenant.", 404, "unknown-tenant", "Unknown tenant", "There is no tenant of this id."
)
_STEP_FAILED = problem(
    "A step failed, which is named; what was done before it stays. Send the request again to go on. Or a part that is "
    "needed for any request does not answer.",
    {
        "type": "/v1/problems/step-failed",
        "title": "Step failed",
        "status": 503,
        "detail": "The step topic failed: Kafka: Local: Timed out. What was done before it stays; send the request "
        "again to go on.",
        "instance": REQUEST_ID,
        "tenant_id": ID,
        "failed_step": "topic",
        "steps": [
            {"name": "account", "status": "done", "done_at": DONE_AT},
            {"name": "topic", "status": "failed", "detail": "Kafka: Local: Timed out"},
            *({"name": name, "status": "waiting"} for name in opening.NAMES[2:]),
        ],
    },
    {"Retry-After": RETRY_AFTER},
)
_BEING_REMOVED = refused(
    "The tenant is being removed.",
    409,
    "being-removed",
    "Being removed",
    "The tenant is being removed; delete it again to go on with that.",
)


def _operation(
    name: str, summary: str, description: str, verb: str, responses: Mapping[str, object]
) -> dict[str, object]:
    return {
        "operationId": name,
        "tags": ["tenants"],
        "summary": summary,
        "description": description,
        "security": needs(f"tenants:{verb}"),
        "responses": {**responses_of_every_protected_path(), **responses},
    }


_CREATE = {
    **_operation(
        "createTenant",
        "Make a tenant",
        "With its topic, the rules of who may use it, its settings and a first client, in steps. Where a step fails the "
        "answer names it; the same request with the same `Idempotency-Key` goes on there, and so does `resume`.",
        "write",
        {
            "201": {
                **response_of_json("The tenant, with the client's secret.", TENANT, MADE_EXAMPLE),
                "headers": {"Location": {"schema": {"type": "string"}, "example": f"/v1/tenants/{ID}"}},
            },
            **body_refused(),
            "400": refused(
                "The body is not of its form, or no such tenant can be.",
                400,
                "bad-tenant",
                "Bad tenant",
                "A tenant's name has 1 to 100 printable characters and no blank at its ends.",
            ),
            "409": refused(
                "Another tenant has the name, or the tenant is being removed.",
                409,
                "name-taken",
                "Name taken",
                "There is already a tenant named Corner Shop.",
            ),
            "422": refused(
                "The tenant's data must stay in another region than this deployment's, or the Idempotency-Key began the "
                "making of another tenant.",
                422,
                "other-region",
                "Other region",
                "This deployment is in eu-central-1, and no data may leave us-east-1.",
            ),
            "503": _STEP_FAILED,
        },
    ),
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Any text, such as a UUID: requests with the same one make one tenant.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "example": "0f8fad5b-d9cb-469f-a165-70867728950e",
        }
    ],
    "requestBody": body_of_json(
        {
            **REQUESTED,
            "scopes": {
                "type": "array",
                "items": {"type": "string", "enum": sorted(SCOPES)},
                "minItems": 1,
                "description": "Of the first client; by default what a shop's programs need.",
            },
            "time_zone": {
                "type": "string",
                "description": "IANA name.",
                "default": "UTC",
                "examples": ["Europe/Berlin"],
            },
            "retention_days": {"type": "integer", "minimum": 7, "maximum": 30, "default": 7},
        },
        {"name": "Corner Shop", "region": "eu-central-1", "time_zone": "Europe/Berlin"},
        *("tier", "scopes", "time_zone", "retention_days"),
    ),
}

_LIST = {
    **_operation(
        "getTenants",
        "The tenants",
        "By name.",
        "read",
        {
            "200": {
                **response_of_json("The tenants.", {"type": "array", "items": TENANT}, [PLAIN_EXAMPLE]),
                "headers": {
                    "Link": {
                        "description": 'The next page, as rel="next" (RFC 8288); the last page has none.',
                        "schema": {"type": "string"},
                    }
                },
            },
            "400": refused(
                "A parameter is unknown, given twice, or not of its form.",
                400,
                "bad-parameters",
                "Bad parameters",
                f"limit must be a whole number from 1 to {MAX_LIMIT}.",
            ),
        },
    ),
    "parameters": [
        {
            "name": "limit",
            "in": "query",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "example": 20,
        },
        {
            "name": "cursor",
            "in": "query",
            "description": "Where the page begins, from the `Link` header of the page before.",
            "schema": {"type": "string"},
        },
    ],
}

_READ = _operation(
    "getTenant",
    "One tenant, with the steps of its making or its removal",
    "A tenant whose making is not finished stands as `opening`, one whose removal is not as `closing`.",
    "read",
    {"200": response_of_json("The tenant.", TENANT, EXAMPLE), "404": _UNKNOWN},
)

_DELETE = _operation(
    "deleteTenant",
    "Remove a tenant",
    "Its access goes at once, then its topic, its predictions, and its rows. Its audit log stays, and what is kept by time "
    "alone stays for that time: alerts and dead letters for 30 days. Where a step fails the answer names it; the same "
    "request goes on there. A tenant that was removed may be removed again.",
    "write",
    {
        "200": response_of_json(
            "It is no more.",
            {
                "type": "object",
                "required": ["tenant_id", "standing", "steps"],
                "properties": {
                    "tenant_id": TENANT_ID,
                    "standing": {"type": "string", "const": "deleted"},
                    "steps": STEPS,
                },
            },
            {"tenant_id": ID, "standing": "deleted", "steps": done(closing.NAMES)},
        ),
        "404": _UNKNOWN,
        "503": _STEP_FAILED,
    },
)

_SUSPEND = _operation(
    "suspendTenant",
    "Take away a tenant's access",
    "From the answer on its tokens are refused by the process that answered, and within ten seconds by every other. Its "
    "data stays.",
    "write",
    {
        "200": response_of_json("The tenant.", TENANT, {**EXAMPLE, "standing": "suspended"}),
        "404": _UNKNOWN,
    },
)

_RESUME = _operation(
    "resumeTenant",
    "Let a tenant be active again",
    "Ends its suspension. Where its making is not finished, goes on with that, and the answer has its client.",
    "write",
    {
        "200": response_of_json("The tenant.", TENANT, EXAMPLE),
        "404": _UNKNOWN,
        "409": _BEING_REMOVED,
        "503": _STEP_FAILED,
    },
)

_EXPORT = _operation(
    "exportTenant",
    "All that is a tenant's, as a zip",
    "JSON, one object a line, of its rows without their secrets, its predictions as they are served, and its alerts of the "
    "last 30 days. It is made while it is sent: one that breaks off cannot be opened.",
    "read",
    {
        "200": {
            "description": "The archive.",
            "headers": {
                "Content-Disposition": {
                    "schema": {"type": "string"},
                    "example": f'attachment; filename="aurora-{ID}.zip"',
                }
            },
            "content": {
                "application/zip": {"schema": {"type": "string", "format": "binary"}, "example": "PK..."}
            },
        },
        "404": _UNKNOWN,
    },
)


def _of_tenant(**operations: Mapping[str, object]) -> dict[str, object]:
    return {"parameters": [_IN_PATH], **operations}


paths: dict[str, object] = {
    TENANTS_PATH: {"get": _LIST, "post": _CREATE},
    TENANT_PATH: _of_tenant(get=_READ, delete=_DELETE),
    SUSPEND_PATH: _of_tenant(post=_SUSPEND),
    RESUME_PATH: _of_tenant(post=_RESUME),
    EXPORT_PATH: _of_tenant(get=_EXPORT),
}
