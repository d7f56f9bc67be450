"""What ``/v1/tenants`` takes and gives, as JSON Schema, with examples."""

from collections.abc import Mapping

from api.access.tenants import LONGEST_NAME, Region, Tier
from api.provisioning import opening

ID = "5f2b8a4e-3c1d-4e6f-9a7b-0c8d9e1f2a3b"

TIME = {"type": "string", "format": "date-time"}
TENANT_ID = {"type": "string", "format": "uuid"}
_STEP = {
    "type": "object",
    "required": ["name", "status"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "status": {"type": "string", "enum": ["done", "failed", "waiting"]},
        "detail": {
            "type": "string",
            "description": "Why it failed, or what is to be told of how it was done.",
        },
        "done_at": TIME,
    },
}
STEPS = {"type": "array", "items": _STEP}
REQUESTED: Mapping[str, object] = {
    "name": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_NAME,
        "pattern": "^[^\\s](.*[^\\s])?$",
        "description": "Printable, without a blank at its ends, and no other tenant's.",
    },
    "region": {"type": "string", "enum": [*Region], "description": "Where the tenant's data stays."},
    "tier": {"type": "string", "enum": [*Tier]},
}
_CLIENT = {
    "type": "object",
    "description": "The client that the tenant was made with: only in the answer to what made it.",
    "required": ["client_id", "client_secret", "scopes"],
    "additionalProperties": False,
    "properties": {
        "client_id": {"type": "string"},
        "client_secret": {
            "type": ["string", "null"],
            "description": "Told again to a repeated request for 24 hours, then nobody can read it.",
        },
        "scopes": {"type": "array", "items": {"type": "string"}},
    },
}
TENANT = {
    "type": "object",
    "required": ["tenant_id", "name", "region", "tier", "created_at", "standing"],
    "additionalProperties": False,
    "properties": {
        "tenant_id": TENANT_ID,
        **REQUESTED,
        "created_at": TIME,
        "standing": {"type": "string", "enum": ["opening", "active", "suspended", "closing"]},
        "steps": STEPS,
        "client": _CLIENT,
    },
}

DONE_AT = "2026-11-25T16:00:00.250000Z"
PLAIN_EXAMPLE: Mapping[str, object] = {
    "tenant_id": ID,
    "name": "Corner Shop",
    "region": "eu-central-1",
    "tier": "standard",
    "created_at": "2026-11-25T16:00:00.120000Z",
    "standing": "active",
}


def done(names: tuple[str, ...]) -> list[Mapping[str, object]]:
    told = {"topic-access": {"detail": "not enforced by this broker"}}
    return [{"name": name, "status": "done", **told.get(name, {}), "done_at": DONE_AT} for name in names]


EXAMPLE = {**PLAIN_EXAMPLE, "steps": done(opening.NAMES)}
MADE_EXAMPLE = {
    **EXAMPLE,
    "client": {
        "client_id": "client_5d3c0f1e2b4a69788f9e0d1c",
        "client_secret": "PmIbhRhdGAD5HAPVuRzDmLCsN8oxxnGKlJx7oV6S5J0",
        "scopes": ["alerts:read", "events:write", "models:read"],
    },
}
