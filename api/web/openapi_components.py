"""The parts of the OpenAPI document that several paths refer to."""

from collections.abc import Mapping

from api.access.clients import SCOPES
from api.access.operators import OPERATOR_SCOPES
from api.access.roles import LEAST_ROLE
from api.web.problems import MEDIA_TYPE

OAUTH2 = "clientCredentials"
CLIENT_BASIC = "clientBasic"
SESSION = "session"
IN_SESSION: list[Mapping[str, object]] = [{SESSION: []}]
"""The ``security`` of an operation for users who are signed in, and who need no scope for it."""


def needs(scope: str) -> list[Mapping[str, object]]:
    """The ``security`` of an operation that ``requires(scope)``."""
    by_token: list[Mapping[str, object]] = [{OAUTH2: [scope]}]
    return [*by_token, *IN_SESSION] if scope in LEAST_ROLE else by_token


def problem(
    description: str, example: Mapping[str, object], headers: Mapping[str, object] | None = None
) -> Mapping[str, object]:
    """A response that is a problem; ``example`` is a whole body."""
    response: dict[str, object] = {
        "description": description,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }
    if headers is not None:
        response["headers"] = headers
    return response


def refused(
    description: str,
    status: int,
    type: str,
    title: str,
    detail: str,
    headers: Mapping[str, object] | None = None,
) -> Mapping[str, object]:
    """A response that is a problem, by the members of its example."""
    example = {
        "type": f"/v1/problems/{type}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": REQUEST_ID,
    }
    return problem(description, example, headers)


def response_of_json(description: str, schema: Mapping[str, object], example: object) -> Mapping[str, object]:
    """A response with a JSON body."""
    return {
        "description": description,
        "content": {"application/json": {"schema": schema, "example": example}},
    }


def body_of_json(properties: Mapping[str, object], example: object, *optional: str) -> Mapping[str, object]:
    """A ``requestBody`` of a JSON object with these members, of which the ``optional`` may be left out."""
    schema = {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }
    return {"required": True, "content": {"application/json": {"schema": schema, "example": example}}}


def body_refused() -> Mapping[str, object]:
    """What an operation that takes JSON by `api.web.json_body` answers where the body is not right."""
    return {
        "400": refused(
            "The body is not of its form.",
            400,
            "bad-json-body",
            "Bad body",
            "The body is not of its form: object missing required field `email`.",
        ),
        "408": refused(
            "The body did not arrive in time.",
            408,
            "slow-body",
            "Request timeout",
            "The body did not arrive within 30 s.",
        ),
        "413": refused(
            "The body is too large.", 413, "too-large", "Too large", "The body has more than 16384 bytes."
        ),
        "415": refused(
            "The body is of another type, or of another coding than gzip.",
            415,
            "unsupported-media-type",
            "Unsupported media type",
            "The body comes as application/json.",
        ),
    }


def responses_of_every_protected_path() -> Mapping[str, object]:
    """What an operation with ``needs`` may answer whatever it does: by status, to be merged with its own."""
    return {
        "401": {"$ref": "#/components/responses/Unauthenticated"},
        "403": {"$ref": "#/components/responses/InsufficientScope"},
        "429": {"$ref": "#/components/responses/RateLimited"},
        "503": {"$ref": "#/components/responses/Unavailable"},
    }


RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}, "example": 5}
RATE_LIMIT = {
    "description": "What is left of the limit, and in how many seconds there is more "
    "(draft-ietf-httpapi-ratelimit-headers-10).",
    "schema": {"type": "string"},
    "example": '"requests";r=0;t=1',
}
RATE_LIMIT_POLICY = {
    "description": "The limit: how many requests may come at once, and in how many seconds as many come back.",
    "schema": {"type": "string"},
    "example": '"requests";q=30000;w=2',
}
CHALLENGE = {
    "description": "How to authenticate (RFC 6750).",
    "schema": {"type": "string"},
    "example": 'Bearer realm="aurora"',
}
REQUEST_ID = "0b8ff3c5-6f1c-4b0e-9a53-0d1c9f3e7a52"

COMPONENTS: Mapping[str, object] = {
    "securitySchemes": {
        OAUTH2: {
            "type": "oauth2",
            "description": "Get a token with your client's id and secret, and send it as `Authorization: Bearer`.",
            "flows": {
                "clientCredentials": {"tokenUrl": "/v1/oauth/token", "scopes": {**SCOPES, **OPERATOR_SCOPES}}
            },
        },
        SESSION: {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-aurora_session",
            "description": "A user's session, from `POST /v1/session`. A change needs the headers `Origin` and "
            "`X-CSRF-Token` too, and an admin's change a passkey shown within the last five minutes.",
        },
        CLIENT_BASIC: {
            "type": "http",
            "scheme": "basic",
            "description": "The client's id and secret, only for the token endpoint.",
        },
    },
    "schemas": {
        "Problem": {
            "type": "object",
            "description": "What went wrong (RFC 9457). A problem may have further members of its own.",
            "required": ["type", "title", "status", "detail"],
            "properties": {
                "type": {
                    "type": "string",
                    "format": "uri-reference",
                    "description": "The kind of problem; its address tells what it means.",
                },
                "title": {"type": "string", "description": "The kind in words, the same each time."},
                "status": {"type": "integer", "minimum": 400, "maximum": 599},
                "detail": {"type": "string", "description": "What went wrong this time."},
                "instance": {
                    "type": "string",
                    "description": "The request's id, as in the header X-Request-Id and in our logs.",
                },
            },
        },
    },
    "responses": {
        "Unauthenticated": problem(
            "There is no valid access token.",
            {
                "type": "/v1/problems/unauthenticated",
                "title": "Not authenticated",
                "status": 401,
                "detail": "The access token is not valid, or no longer.",
                "instance": REQUEST_ID,
            },
            {"WWW-Authenticate": CHALLENGE},
        ),
        "InsufficientScope": problem(
            "The access token lacks the scope.",
            {
                "type": "/v1/problems/insufficient-scope",
                "title": "Not allowed",
                "status": 403,
                "detail": "The access token, or the user's role, lacks the scope alerts:read.",
                "instance": REQUEST_ID,
            },
            {"WWW-Authenticate": CHALLENGE},
        ),
        "RateLimited": problem(
            "More requests a second than this tenant may send.",
            {
                "type": "/v1/problems/rate-limited",
                "title": "Too many requests",
                "status": 429,
                "detail": "This tenant sends more requests than its rate limit allows.",
                "instance": REQUEST_ID,
            },
            {"Retry-After": RETRY_AFTER, "RateLimit": RATE_LIMIT, "RateLimit-Policy": RATE_LIMIT_POLICY},
        ),
        "NotFound": problem(
            "There is nothing at this path.",
            {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "There is nothing at this path.",
                "instance": REQUEST_ID,
            },
        ),
        "Unavailable": problem(
            "A part that is needed does not answer. Nothing was taken in; send the request again.",
            {
                "type": "/v1/problems/unavailable",
                "title": "Accounts unavailable",
                "status": 503,
                "detail": "Access cannot be checked now. Nothing was taken in; send the request again.",
                "instance": REQUEST_ID,
            },
            {"Retry-After": RETRY_AFTER},
        ),
    },
}
