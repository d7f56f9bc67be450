"""``/v1/audit`` in the OpenAPI document."""

from api.web.openapi_components import (
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

AUDIT_PATH = "/v1/audit"
DEFAULT_LIMIT, MAX_LIMIT = 50, 200

_WORD = {"type": "string", "minLength": 1, "maxLength": 300}
_TIME = {"type": "string", "format": "date-time"}
_STATE = {"type": ["object", "null"]}

_ENTRY = {
    "type": "object",
    "required": ["number", "at", "actor", "action", "subject", "before", "after", "hash"],
    "properties": {
        "number": {
            "type": "integer",
            "minimum": 1,
            "description": "Counts the tenant's entries, without a gap.",
        },
        "at": _TIME,
        "actor": {
            "type": "object",
            "required": ["kind", "id"],
            "properties": {
                "kind": {"type": "string", "enum": ["client", "user", "operator"]},
                "id": {"type": "string"},
            },
        },
        "action": _WORD,
        "subject": _WORD,
        "before": {**_STATE, "description": "What was changed, as it was."},
        "after": {**_STATE, "description": "As it is since."},
        "hash": {"type": "string", "description": "SHA-256 of this entry and of the hash before it."},
    },
}
_EXAMPLE = {
    "number": 7,
    "at": "2026-11-25T08:00:00.120000Z",
    "actor": {"kind": "user", "id": "6d3f3dfb-8f9a-4f0c-9d0a-3a3f6b1f1c11"},
    "action": "client.created",
    "subject": "client/client_5f8a1c0e9b7d4a3f2e6c8d90",
    "before": None,
    "after": {"scopes": ["alerts:read"]},
    "hash": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c",
}


def _parameter(name: str, description: str, schema: dict[str, object]) -> dict[str, object]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


_LIST = {
    "operationId": "getAudit",
    "tags": ["access"],
    "summary": "Who changed what",
    "description": "The newest first. Entries are only ever added, each in the transaction of the change that it tells of, "
    "and each is chained to the one before by its hash.",
    "security": needs("audit:read"),
    "parameters": [
        _parameter("action", "Only this action, such as `client.created`.", dict(_WORD)),
        _parameter("subject", "Only what was done to this, such as `user/6d3f3dfb-...`.", dict(_WORD)),
        _parameter("actor", "Only what this client, user or operator did, by its id.", dict(_WORD)),
        _parameter("since", "Only at this time or later.", dict(_TIME)),
        _parameter("until", "Only before this time.", dict(_TIME)),
        _parameter(
            "limit",
            "Most entries of a page.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
        _parameter(
            "cursor", "Where the page begins, from the `Link` header of the page before.", {"type": "string"}
        ),
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The entries.", {"type": "array", "items": _ENTRY}, [_EXAMPLE]),
        "400": refused(
            "A parameter is unknown, given twice, or not of its form.",
            400,
            "bad-parameters",
            "Bad parameters",
            f"limit must be a whole number from 1 to {MAX_LIMIT}.",
        ),
    },
}

paths: dict[str, object] = {AUDIT_PATH: {"get": _LIST}}
