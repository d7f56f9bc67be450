"""``/v1/clients`` in the OpenAPI document."""

from collections.abc import Mapping

from api.access.clients import SCOPES
from api.web.openapi_components import (
    body_of_json,
    body_refused,
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

CLIENTS_PATH = "/v1/clients"
CLIENT_PATH = "/v1/clients/{client_id}"
SECRET_PATH = "/v1/clients/{client_id}/secret"

_SCOPES = {
    "type": "array",
    "items": {"type": "string", "enum": [*SCOPES]},
    "minItems": 1,
    "maxItems": len(SCOPES),
}
_TIME = {"type": "string", "format": "date-time"}
_MEMBERS: Mapping[str, object] = {
    "client_id": {"type": "string"},
    "scopes": _SCOPES,
    "created_at": _TIME,
    "revoked_at": {**_TIME, "type": ["string", "null"], "description": "Since when it gets no tokens."},
}
_CLIENT = {"type": "object", "required": [*_MEMBERS], "properties": _MEMBERS}
_WITH_SECRET = {
    "type": "object",
    "required": [*_MEMBERS, "client_secret"],
    "properties": {
        **_MEMBERS,
        "client_secret": {"type": "string", "description": "Told this once; we keep only a hash."},
    },
}
_EXAMPLE = {
    "client_id": "client_5f8a1c0e9b7d4a3f2e6c8d90",
    "scopes": ["alerts:read", "events:write"],
    "created_at": "2026-11-25T08:00:00Z",
    "revoked_at": None,
}
_SECRET_EXAMPLE = {**_EXAMPLE, "client_secret": "kQ2o7yHnXb1pVZ0m3sJwq8tRr5uLc9eAa4dFf6gHh0I"}
_ID_IN_PATH = {
    "name": "client_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[^/]+$", "minLength": 1},
    "example": _EXAMPLE["client_id"],
}
_UNKNOWN = refused(
    "The tenant has no such client.",
    404,
    "unknown-client",
    "Unknown client",
    "The tenant has no client with this id, or it was revoked.",
)
_NOT_ALLOWED = refused(
    "The scope or a passkey is missing, or the client would have, or has, more scopes than the caller.",
    403,
    "more-than-own",
    "More than your own",
    "The client would have scopes that you lack: models:write.",
)

_LIST = {
    "operationId": "getClients",
    "tags": ["access"],
    "summary": "The tenant's clients",
    "description": "The oldest first, those that were revoked too.",
    "security": needs("clients:read"),
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The clients.", {"type": "array", "items": _CLIENT}, [_EXAMPLE]),
    },
}

_CREATE = {
    "operationId": "createClient",
    "tags": ["access"],
    "summary": "Make a client",
    "description": "With scopes that the caller has: nobody can give more than they may do themselves.",
    "security": needs("clients:write"),
    "requestBody": body_of_json({"scopes": _SCOPES}, {"scopes": ["alerts:read"]}),
    "responses": {
        **responses_of_every_protected_path(),
        **body_refused(),
        "201": response_of_json("The client, with its secret.", _WITH_SECRET, _SECRET_EXAMPLE),
        "403": _NOT_ALLOWED,
    },
}

_ROTATE = {
    "operationId": "rotateClientSecret",
    "tags": ["access"],
    "summary": "Give a client a new secret",
    "description": "The old secret gets no token from now on; tokens that it got are accepted until they expire.",
    "security": needs("clients:write"),
    "parameters": [_ID_IN_PATH],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The client, with its new secret.", _WITH_SECRET, _SECRET_EXAMPLE),
        "403": _NOT_ALLOWED,
        "404": _UNKNOWN,
    },
}

_REVOKE = {
    "operationId": "revokeClient",
    "tags": ["access"],
    "summary": "Take away a client's access for good",
    "description": "Its tokens are refused within ten seconds.",
    "security": needs("clients:write"),
    "parameters": [_ID_IN_PATH],
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "It has no access any more."},
        "404": _UNKNOWN,
    },
}

paths: dict[str, object] = {
    CLIENTS_PATH: {"get": _LIST, "post": _CREATE},
    CLIENT_PATH: {"delete": _REVOKE},
    SECRET_PATH: {"post": _ROTATE},
}
