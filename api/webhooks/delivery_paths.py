"""``/v1/webhooks/{webhook_id}/deliveries`` in the OpenAPI document."""

from collections.abc import Mapping

from api.web.openapi_components import (
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)
from api.webhooks.messages import DISABLED, EVENT_TYPES, TEST
from api.webhooks.subscription import DEFAULT_LIMIT, MAX_LIMIT, STATES
from api.webhooks.webhook_paths import HEADERS, UNKNOWN, WEBHOOK_ID, object_of

DELIVERIES_PATH = "/v1/webhooks/{webhook_id}/deliveries"
REDELIVER_PATH = "/v1/webhooks/{webhook_id}/deliveries/{message_id}/redeliver"
TEST_PATH = "/v1/webhooks/{webhook_id}/test"

_TIME = {"type": "string", "format": "date-time"}
_TIME_OR_NULL = {"type": ["string", "null"], "format": "date-time"}
_TEXT_OR_NULL = {"type": ["string", "null"]}

_MEMBERS: Mapping[str, object] = {
    "message_id": {"type": "string", "description": "The header `webhook-id`, the same at every try."},
    "type": {"type": "string", "enum": [*EVENT_TYPES, TEST, DISABLED]},
    "sku": _TEXT_OR_NULL,
    "warehouse": _TEXT_OR_NULL,
    "state": {
        "type": "string",
        "enum": [*STATES],
        "description": "`failed`: given up after six tries. `cancelled`: the webhook was disabled before. `noted`: an "
        "entry of the log that is not sent.",
    },
    "tries": {"type": "integer", "minimum": 0},
    "created_at": _TIME,
    "next_try_at": _TIME_OR_NULL,
    "last_try_at": _TIME_OR_NULL,
    "last_status": {"type": ["integer", "null"], "description": "The HTTP status of the last answer."},
    "last_error": {**_TEXT_OR_NULL, "description": "What kept the last try from getting through."},
    "finished_at": _TIME_OR_NULL,
}
_MESSAGE = "msg_0d3f5c5e0f7a5d3e9d55a1c4b7b6f3e8"
_EXAMPLE: Mapping[str, object] = {
    "message_id": _MESSAGE,
    "type": "alert.raised",
    "sku": "TEA-1",
    "warehouse": "berlin",
    "state": "waiting",
    "tries": 1,
    "created_at": "2026-11-25T16:00:02.120000Z",
    "next_try_at": "2026-11-25T16:00:07.420000Z",
    "last_try_at": "2026-11-25T16:00:02.400000Z",
    "last_status": 503,
    "last_error": "answered 503",
    "finished_at": None,
}
_NEW = {
    **_EXAMPLE,
    "tries": 0,
    "next_try_at": "2026-11-25T16:00:02.120000Z",
    "last_try_at": None,
    "last_status": None,
    "last_error": None,
}
_LINK = {
    "description": 'The next page, as rel="next" (RFC 8288); the last page has none.',
    "schema": {"type": "string"},
    "example": '</v1/webhooks/wh_5f0c1d2e3a4b5c6d7e8f9a0b/deliveries?cursor=kgEq>; rel="next"',
}

_LOG = {
    "operationId": "getWebhookDeliveries",
    "tags": ["webhooks"],
    "summary": "What a webhook was told, the newest first",
    "description": "Kept for 30 days. A message that was sent again has an entry for each time.",
    "security": needs("webhooks:read"),
    "parameters": [
        WEBHOOK_ID,
        {
            "name": "state",
            "in": "query",
            "description": "Only entries in this state.",
            "schema": {"type": "string", "enum": [*STATES]},
            "example": "failed",
        },
        {
            "name": "limit",
            "in": "query",
            "description": "Most entries of a page.",
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
    "responses": {
        **responses_of_every_protected_path(),
        "200": {
            **response_of_json("The entries.", {"type": "array", "items": object_of(_MEMBERS)}, [_EXAMPLE]),
            "headers": {**HEADERS, "Link": _LINK},
        },
        "400": refused(
            "A parameter is unknown, given twice, or not of its form.",
            400,
            "bad-parameters",
            "Bad parameters",
            f"limit must be a whole number from 1 to {MAX_LIMIT}.",
        ),
        "404": UNKNOWN,
    },
}


def _accepted(example: Mapping[str, object]) -> Mapping[str, object]:
    return {
        **response_of_json("It is to be sent at once.", object_of(_MEMBERS), example),
        "headers": HEADERS,
    }


_NOT_ACTIVE = refused(
    "Nothing is sent to the webhook now.",
    409,
    "webhook-not-active",
    "Webhook not active",
    "The webhook is paused: resume it first.",
)

_TEST = {
    "operationId": "testWebhook",
    "tags": ["webhooks"],
    "summary": "Send it a message that tells nothing",
    "description": "A `webhook.test`, signed and retried as any other; look in the log for what became of it.",
    "security": needs("webhooks:write"),
    "parameters": [WEBHOOK_ID],
    "responses": {
        **responses_of_every_protected_path(),
        "202": _accepted({**_NEW, "type": TEST, "sku": None, "warehouse": None}),
        "404": UNKNOWN,
        "409": _NOT_ACTIVE,
    },
}

_REDELIVER = {
    "operationId": "redeliverWebhookMessage",
    "tags": ["webhooks"],
    "summary": "Send it a message once more",
    "description": "With the same `webhook-id`, so that a receiver that had it already can tell. It goes after what "
    "still waits of its SKU and warehouse.",
    "security": needs("webhooks:write"),
    "parameters": [
        WEBHOOK_ID,
        {
            "name": "message_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[^/]+$", "minLength": 1},
            "example": _MESSAGE,
        },
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "202": _accepted(_NEW),
        "404": refused(
            "The tenant has no such webhook, or its log has no such message.",
            404,
            "unknown-delivery",
            "Unknown delivery",
            "The webhook's log has no such message.",
        ),
        "409": _NOT_ACTIVE,
    },
}

paths: dict[str, object] = {
    DELIVERIES_PATH: {"get": _LOG},
    TEST_PATH: {"post": _TEST},
    REDELIVER_PATH: {"post": _REDELIVER},
}
