"""``/v1/webhooks`` in the OpenAPI document."""

from collections.abc import Mapping

from api.web.openapi_components import (
    body_of_json,
    body_refused,
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)
from api.webhooks.messages import EVENT_TYPES
from api.webhooks.subscription import LONGEST_DESCRIPTION, MOST_NAMES
from api.webhooks.targets import LONGEST_URL

WEBHOOKS_PATH = "/v1/webhooks"
WEBHOOK_PATH = "/v1/webhooks/{webhook_id}"
SECRET_PATH = "/v1/webhooks/{webhook_id}/secret"
PAUSE_PATH = "/v1/webhooks/{webhook_id}/pause"
RESUME_PATH = "/v1/webhooks/{webhook_id}/resume"

_TIME = {"type": "string", "format": "date-time"}
_TIME_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
_NAMES = {
    "type": "array",
    "maxItems": MOST_NAMES,
    "items": {"type": "string", "minLength": 1, "maxLength": 64},
}

_SAID: Mapping[str, object] = {
    "url": {
        "type": "string",
        "minLength": 1,
        "maxLength": LONGEST_URL,
        "description": "Where to send: https, to a public address, without user and password.",
    },
    "events": {
        "type": "array",
        "minItems": 1,
        "maxItems": len(EVENT_TYPES),
        "items": {"type": "string", "enum": [*EVENT_TYPES]},
        "description": "What to tell; all of them unless some are named.",
    },
    "description": {"type": "string", "maxLength": LONGEST_DESCRIPTION, "description": "For people."},
    "skus": {**_NAMES, "description": "Only these; none are all."},
    "warehouses": {**_NAMES, "description": "Only these; none are all."},
}
_MEMBERS: Mapping[str, object] = {
    "webhook_id": {"type": "string"},
    **_SAID,
    "state": {
        "type": "string",
        "enum": ["active", "paused", "disabled"],
        "description": "While it is paused, what it would be told waits. While it is disabled, it is told nothing.",
    },
    "disabled_because": {
        "type": ["string", "null"],
        "enum": ["gone", "failing", None],
        "description": "The endpoint answered 410, or nothing got through for a day.",
    },
    "failing_since": {
        **_TIME_OR_NULL,
        "description": "When the first delivery was given up since the last one that got through.",
    },
    "old_secret_until": {**_TIME_OR_NULL, "description": "Until then the secret before signs too."},
    "created_at": _TIME,
}
_SECRET = {
    "type": "string",
    "pattern": "^whsec_",
    "description": "What signatures are checked with. It is shown now and never again.",
}

EXAMPLE_ID = "wh_5f0c1d2e3a4b5c6d7e8f9a0b"
_SUBSCRIPTION = {
    "url": "https://shop.example/aurora",
    "events": ["alert.raised", "alert.resolved"],
    "description": "Reorders tea",
    "skus": ["TEA-1"],
    "warehouses": [],
}
_EXAMPLE: Mapping[str, object] = {
    "webhook_id": EXAMPLE_ID,
    **_SUBSCRIPTION,
    "state": "active",
    "disabled_because": None,
    "failing_since": None,
    "old_secret_until": None,
    "created_at": "2026-11-25T16:00:00.120000Z",
}
_WITH_SECRET = {**_EXAMPLE, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0cLwKbTNzmg="}

WEBHOOK_ID: Mapping[str, object] = {
    "name": "webhook_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[^/]+$", "minLength": 1},
    "example": EXAMPLE_ID,
}
UNCHANGED = {"description": "Nothing changed since the answer that If-None-Match names."}
HEADERS = {"Cache-Control": {"schema": {"type": "string"}, "example": "private, no-cache"}}
_TAGGED = {
    **HEADERS,
    "ETag": {
        "description": "Names this answer; send it as If-None-Match to be answered 304 while nothing changes.",
        "schema": {"type": "string"},
    },
}


def object_of(members: Mapping[str, object]) -> Mapping[str, object]:
    """A schema of an object that has all these members, and no more."""
    return {
        "type": "object",
        "required": [*members],
        "additionalProperties": False,
        "properties": members,
    }


UNKNOWN = refused(
    "The tenant has no such webhook.",
    404,
    "unknown-webhook",
    "Unknown webhook",
    "The tenant has no webhook of this id.",
)


def _answer(description: str, *, secret: bool = False) -> Mapping[str, object]:
    members = {**_MEMBERS, "secret": _SECRET} if secret else _MEMBERS
    example = _WITH_SECRET if secret else _EXAMPLE
    return {**response_of_json(description, object_of(members), example), "headers": HEADERS}


_BODY = body_of_json(_SAID, _SUBSCRIPTION, *(name for name in _SAID if name != "url"))
_REFUSED_BODIES = {
    **body_refused(),
    "400": refused(
        "The body is not of its form, or the URL is none that webhooks go to.",
        400,
        "bad-webhook",
        "Bad webhook",
        "url must begin with https://.",
    ),
}

_LIST = {
    "operationId": "getWebhooks",
    "tags": ["webhooks"],
    "summary": "The tenant's webhooks",
    "security": needs("webhooks:read"),
    "responses": {
        **responses_of_every_protected_path(),
        "200": {
            **response_of_json(
                "The webhooks, the oldest first.",
                {"type": "array", "items": object_of(_MEMBERS)},
                [_EXAMPLE],
            ),
            "headers": _TAGGED,
        },
        "304": UNCHANGED,
    },
}

_CREATE = {
    "operationId": "createWebhook",
    "tags": ["webhooks"],
    "summary": "Tell a program of alerts",
    "description": "From now on changes of alerts are sent to the URL, as the Standard Webhooks specification has it: "
    "signed, at least once each with a `webhook-id` that stays the same, and those of one SKU and warehouse in order.",
    "security": needs("webhooks:write"),
    "requestBody": _BODY,
    "responses": {
        **responses_of_every_protected_path(),
        **_REFUSED_BODIES,
        "201": {
            **_answer("The webhook, with its secret.", secret=True),
            "headers": {
                "Location": {"schema": {"type": "string"}, "example": f"/v1/webhooks/{EXAMPLE_ID}"},
                "Cache-Control": {"schema": {"type": "string"}, "example": "no-store"},
            },
        },
        "409": refused(
            "There are as many webhooks as a tenant may have.",
            409,
            "too-many-webhooks",
            "Too many webhooks",
            "A tenant has at most 100 webhooks.",
        ),
    },
}


def _on_one(
    operation_id: str, summary: str, scope: str, responses: Mapping[str, object]
) -> dict[str, object]:
    return {
        "operationId": operation_id,
        "tags": ["webhooks"],
        "summary": summary,
        "security": needs(scope),
        "parameters": [WEBHOOK_ID],
        "responses": {**responses_of_every_protected_path(), "404": UNKNOWN, **responses},
    }


_SHOW = _on_one(
    "getWebhook",
    "One webhook",
    "webhooks:read",
    {"200": {**_answer("The webhook."), "headers": _TAGGED}, "304": UNCHANGED},
)
_CHANGE = {
    **_on_one(
        "changeWebhook",
        "Tell it other things, or elsewhere",
        "webhooks:write",
        {"200": _answer("The webhook as it is now."), **_REFUSED_BODIES},
    ),
    "requestBody": _BODY,
}
_DELETE = _on_one(
    "deleteWebhook",
    "Forget a webhook, with its log",
    "webhooks:write",
    {"204": {"description": "There is none any more."}},
)
_ROTATE = _on_one(
    "rotateWebhookSecret",
    "Give it a new secret; the old one signs too for 24 hours",
    "webhooks:write",
    {"200": _answer("The webhook, with its new secret.", secret=True)},
)
_PAUSE = _on_one(
    "pauseWebhook",
    "Send it nothing for now; what it would be told waits",
    "webhooks:write",
    {"200": _answer("The webhook as it is now.")},
)
_RESUME = _on_one(
    "resumeWebhook",
    "Send it what waits and what comes, also if it was disabled",
    "webhooks:write",
    {"200": _answer("The webhook as it is now.")},
)

paths: dict[str, object] = {
    WEBHOOKS_PATH: {"get": _LIST, "post": _CREATE},
    WEBHOOK_PATH: {"get": _SHOW, "put": _CHANGE, "delete": _DELETE},
    SECRET_PATH: {"post": _ROTATE},
    PAUSE_PATH: {"post": _PAUSE},
    RESUME_PATH: {"post": _RESUME},
}
