"""``/v1/session`` in the OpenAPI document."""

from collections.abc import Mapping

from api.sessions.passwords import LONGEST, SHORTEST
from api.users.user import LONGEST_EMAIL
from api.web.openapi_components import (
    IN_SESSION,
    RETRY_AFTER,
    body_of_json,
    body_refused,
    refused,
    response_of_json,
)

SESSION_PATH = "/v1/session"
LINK_PATH = "/v1/session/link"

_TIME = {"type": "string", "format": "date-time"}
_UUID = {"type": "string", "format": "uuid"}

_SIGNED_IN = {
    "type": "object",
    "required": ["user_id", "tenant_id", "email", "role", "scopes", "csrf_token", "expires_at"],
    "properties": {
        "user_id": _UUID,
        "tenant_id": _UUID,
        "email": {"type": "string"},
        "role": {"type": "string", "enum": ["viewer", "analyst", "admin"]},
        "scopes": {"type": "array", "items": {"type": "string"}},
        "csrf_token": {"type": "string", "description": "To be sent as X-CSRF-Token with every change."},
        "signed_in_at": _TIME,
        "expires_at": {**_TIME, "description": "When the user must sign in again in any case."},
        "stepped_up_until": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "Until then an admin's changes are let through.",
        },
    },
}
_EXAMPLE = {
    "user_id": "6d3f3dfb-8f9a-4f0c-9d0a-3a3f6b1f1c11",
    "tenant_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    "email": "ada@shop.example",
    "role": "analyst",
    "scopes": ["alerts:read", "models:read"],
    "csrf_token": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "signed_in_at": "2026-11-25T08:00:00Z",
    "expires_at": "2026-11-25T20:00:00Z",
    "stepped_up_until": None,
}
_COOKIE = {
    "Set-Cookie": {
        "description": "The session; no script can read it.",
        "schema": {"type": "string"},
        "example": "__Host-aurora_session=Zx8; HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure",
    }
}
CROSS_SITE = refused(
    "The request may come from another site's page.",
    403,
    "cross-site-request",
    "Cross-site request",
    "The header Origin must be https://aurora.example.",
)
OVER = {"$ref": "#/components/responses/Unauthenticated"}
UNAVAILABLE = {"$ref": "#/components/responses/Unavailable"}


def signed_in(description: str) -> Mapping[str, object]:
    """The answer to who is signed in with a new cookie."""
    return {**response_of_json(description, _SIGNED_IN, _EXAMPLE), "headers": _COOKIE}


_SIGN_IN = {
    "operationId": "signIn",
    "tags": ["access"],
    "summary": "Sign in with a password",
    "description": "For people in a browser; programs get a token at /v1/oauth/token. Failed attempts cost growing "
    "pauses, by account and by network. Any earlier session of the browser ends.",
    "requestBody": body_of_json(
        {
            "tenant_id": _UUID,
            "email": {"type": "string", "minLength": 1, "maxLength": LONGEST_EMAIL},
            "password": {"type": "string", "minLength": 1, "maxLength": 1000},
        },
        {
            "tenant_id": _EXAMPLE["tenant_id"],
            "email": _EXAMPLE["email"],
            "password": "olive drawbridge sings low",
        },
    ),
    "responses": {
        **body_refused(),
        "200": signed_in("Signed in."),
        "401": refused(
            "Not signed in, for a reason that is not told.",
            401,
            "sign-in-refused",
            "Not signed in",
            "There is no such user, or the password is another.",
        ),
        "403": CROSS_SITE,
        "429": refused(
            "Too many failed attempts.",
            429,
            "too-many-attempts",
            "Too many attempts",
            "Too many attempts failed, on this account or from this network.",
            headers={"Retry-After": RETRY_AFTER},
        ),
        "503": UNAVAILABLE,
    },
}

_WHO = {
    "operationId": "getSession",
    "tags": ["access"],
    "summary": "Who is signed in",
    "security": IN_SESSION,
    "responses": {
        "200": response_of_json("Who is signed in.", _SIGNED_IN, _EXAMPLE),
        "401": OVER,
        "503": UNAVAILABLE,
    },
}

_SIGN_OUT = {
    "operationId": "signOut",
    "tags": ["access"],
    "summary": "Sign out",
    "security": IN_SESSION,
    "responses": {
        "204": {"description": "The session is over.", "headers": _COOKIE},
        "401": OVER,
        "403": CROSS_SITE,
        "503": UNAVAILABLE,
    },
}

_LINK = {
    "operationId": "setPassword",
    "tags": ["access"],
    "summary": "Set a password by a one-time link",
    "description": "From an invitation, or where the password was forgotten. It ends every other session of the user, and "
    "signs in.",
    "requestBody": body_of_json(
        {
            "token": {"type": "string", "minLength": 1, "maxLength": 100},
            "password": {
                "type": "string",
                "minLength": 1,
                "maxLength": 1000,
                "description": f"{SHORTEST} to {LONGEST} characters, none of the common ones, and not the e-mail address.",
            },
        },
        {"token": "cU1u0Zk0lKAYjd2xkZr6Jxy4oCkM9hF6Pq2l1d9mE3s", "password": "olive drawbridge sings low"},
    ),
    "responses": {
        **body_refused(),
        "200": signed_in("The password is set."),
        "400": refused(
            "The body is not of its form, or the password is weak.",
            400,
            "weak-password",
            "Weak password",
            "The password is one of those that are guessed first.",
        ),
        "403": refused(
            "The link leads nowhere any more.",
            403,
            "dead-link",
            "Dead link",
            "The link was used before, or is too old, or never was one.",
        ),
        "503": UNAVAILABLE,
    },
}

paths: dict[str, object] = {
    SESSION_PATH: {"get": _WHO, "post": _SIGN_IN, "delete": _SIGN_OUT},
    LINK_PATH: {"post": _LINK},
}
