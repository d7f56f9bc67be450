"""``/v1/session/passkeys`` and ``/v1/session/step-up`` in the OpenAPI document."""

from collections.abc import Mapping

from api.sessions.session_paths import CROSS_SITE, OVER, UNAVAILABLE, signed_in
from api.web.openapi_components import (
    IN_SESSION,
    body_of_json,
    body_refused,
    refused,
    response_of_json,
)

PASSKEYS_PATH = "/v1/session/passkeys"
MAKING_PATH = "/v1/session/passkeys/options"
PASSKEY_PATH = "/v1/session/passkeys/{passkey_id}"
STEP_UP_PATH = "/v1/session/step-up"
SHOWING_PATH = "/v1/session/step-up/options"

_NAME = {"type": "string", "minLength": 1, "maxLength": 60}
_TIME = {"type": "string", "format": "date-time"}
_PASSKEY = {
    "type": "object",
    "required": ["passkey_id", "name", "created_at", "used_at"],
    "properties": {
        "passkey_id": {"type": "string"},
        "name": _NAME,
        "created_at": _TIME,
        "used_at": {**_TIME, "type": ["string", "null"]},
    },
}
_EXAMPLE = {
    "passkey_id": "3q2-7w",
    "name": "the blue key",
    "created_at": "2026-11-25T08:00:00Z",
    "used_at": None,
}
_CREDENTIAL = {
    "type": "object",
    "description": "What `PublicKeyCredential.toJSON()` gives in the browser.",
}
_CREDENTIAL_EXAMPLE = {"id": "3q2-7w", "rawId": "3q2-7w", "type": "public-key", "response": {}}
_OPTIONS = {
    "type": "object",
    "description": "For `PublicKeyCredential.parseCreationOptionsFromJSON()` or `parseRequestOptionsFromJSON()`.",
    "required": ["challenge"],
}
_OPTIONS_EXAMPLE = {"challenge": "q83vEjRWeJCrze8SNFZ4kA", "rpId": "aurora.example", "timeout": 60000}
_NOT_FRESH = refused(
    "The user has passkeys and has not just shown one; or has none, and has not just signed in. Or the request may come "
    "from another site's page.",
    403,
    "step-up-required",
    "Passkey needed",
    "This needs your passkey, shown in this session within the last minutes: see /v1/session/step-up.",
)
_TOO_MANY = refused(
    "The user has too many passkeys.", 409, "too-many-passkeys", "Too many passkeys", "A user has at most 20."
)
_REFUSED = refused(
    "The body is not of its form, or does not show a passkey.",
    400,
    "passkey-refused",
    "Passkey refused",
    "It is not what was asked for, or not in time, or not by a passkey of yours: ask for options again.",
)


def _operation(
    id: str, summary: str, description: str, responses: Mapping[str, object], **more: object
) -> Mapping[str, object]:
    return {
        "operationId": id,
        "tags": ["access"],
        "summary": summary,
        "description": description,
        "security": IN_SESSION,
        **more,
        "responses": {"401": OVER, "403": CROSS_SITE, "503": UNAVAILABLE, **responses},
    }


_LIST = _operation(
    "getPasskeys",
    "One's own passkeys",
    "The oldest first.",
    {"200": response_of_json("The passkeys.", {"type": "array", "items": _PASSKEY}, [_EXAMPLE])},
)
_MAKING = _operation(
    "getPasskeyOptions",
    "Begin to make a passkey",
    "The first within five minutes of signing in, another after one was shown. The challenge holds for two minutes, once.",
    {
        "200": response_of_json("What the browser needs.", _OPTIONS, _OPTIONS_EXAMPLE),
        "403": _NOT_FRESH,
        "409": _TOO_MANY,
    },
)
_MAKE = _operation(
    "makePasskey",
    "Keep the passkey that the browser made",
    "It is kept by its public key alone.",
    {
        **body_refused(),
        "201": response_of_json("The passkey.", _PASSKEY, _EXAMPLE),
        "400": _REFUSED,
        "403": _NOT_FRESH,
        "409": _TOO_MANY,
    },
    requestBody=body_of_json(
        {"name": _NAME, "credential": _CREDENTIAL},
        {"name": "the blue key", "credential": _CREDENTIAL_EXAMPLE},
    ),
)
_REMOVE = _operation(
    "removePasskey",
    "Remove one of one's own passkeys",
    "Needs a passkey shown within the last five minutes.",
    {
        "204": {"description": "It is worth nothing any more."},
        "403": _NOT_FRESH,
        "404": refused(
            "The user has no such passkey.",
            404,
            "unknown-passkey",
            "Unknown passkey",
            "You have no passkey with this id.",
        ),
    },
    parameters=[
        {
            "name": "passkey_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[^/]+$", "minLength": 1},
            "example": "3q2-7w",
        }
    ],
)
_SHOWING = _operation(
    "getStepUpOptions",
    "Begin to show a passkey",
    "The challenge holds for two minutes, once.",
    {
        "200": response_of_json("What the browser needs.", _OPTIONS, _OPTIONS_EXAMPLE),
        "409": refused(
            "The user has no passkey.",
            409,
            "no-passkey",
            "No passkey",
            "You have no passkey yet: make one first.",
        ),
    },
)
_SHOW = _operation(
    "stepUp",
    "Show a passkey",
    "For five minutes an admin's changes are let through in this session, which gets a new cookie and CSRF token.",
    {**body_refused(), "200": signed_in("Shown."), "400": _REFUSED},
    requestBody=body_of_json({"credential": _CREDENTIAL}, {"credential": _CREDENTIAL_EXAMPLE}),
)

paths: dict[str, object] = {
    PASSKEYS_PATH: {"get": _LIST, "post": _MAKE},
    MAKING_PATH: {"post": _MAKING},
    PASSKEY_PATH: {"delete": _REMOVE},
    STEP_UP_PATH: {"post": _SHOW},
    SHOWING_PATH: {"post": _SHOWING},
}
