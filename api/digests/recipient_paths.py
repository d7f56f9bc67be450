"""``/v1/digests`` in the OpenAPI document."""

from collections.abc import Mapping

from api.digests.tables import MAX_ADDRESS
from api.web.openapi_components import REQUEST_ID, needs, problem, responses_of_every_protected_path

RECIPIENTS_PATH = "/v1/digests/recipients"
RECIPIENT_PATH = "/v1/digests/recipients/{recipient_id}"
CONFIRM_PATH = "/v1/digests/confirm"
UNSUBSCRIBE_PATH = "/v1/digests/unsubscribe"

_TIME = {"type": "string", "format": "date-time"}
_ID = {"type": "string", "pattern": "^rcp_[0-9a-f]{24}$"}
_EXAMPLE = {
    "recipient_id": "rcp_8f14e45fceea167a5a36dedd",
    "address": "planner@shop.example",
    "state": "pending",
    "created_at": "2026-11-24T09:12:00.120000Z",
    "asked_at": None,
    "changed_at": "2026-11-24T09:12:00.120000Z",
    "because": None,
}
_RECIPIENT = {
    "type": "object",
    "required": [*_EXAMPLE],
    "additionalProperties": False,
    "properties": {
        "recipient_id": _ID,
        "address": {"type": "string", "format": "email"},
        "state": {
            "enum": ["pending", "active", "unsubscribed", "undeliverable"],
            "description": "`pending` until the person says yes in the letter that asks; only who is `active` gets the "
            "digest.",
        },
        "created_at": _TIME,
        "asked_at": {
            **_TIME,
            "type": ["string", "null"],
            "description": "When the letter that asks went out.",
        },
        "changed_at": {**_TIME, "description": "When the state last changed."},
        "because": {
            "type": ["string", "null"],
            "description": "Of an undeliverable one: what the mail server said.",
        },
    },
}
_HEADERS = {
    "ETag": {
        "description": "Names this answer; send it as If-None-Match to be answered 304 while nothing changes.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {"schema": {"type": "string"}, "example": "private, no-cache"},
}
_LOCATION = {"description": "Its address.", "schema": {"type": "string"}}


def _problem(description: str, status: int, type: str, title: str, detail: str) -> Mapping[str, object]:
    example = {
        "type": f"/v1/problems/{type}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": REQUEST_ID,
    }
    return problem(description, example)


def _added(description: str) -> Mapping[str, object]:
    return {
        "description": description,
        "headers": {"Location": _LOCATION, "Cache-Control": _HEADERS["Cache-Control"]},
        "content": {"application/json": {"schema": _RECIPIENT, "example": _EXAMPLE}},
    }


_LIST = {
    "operationId": "getDigestRecipients",
    "tags": ["digests"],
    "summary": "Who gets the digest",
    "description": "Those too that did not answer yet, want none, or cannot be reached.",
    "security": needs("digests:read"),
    "responses": {
        **responses_of_every_protected_path(),
        "200": {
            "description": "The recipients, by their addresses.",
            "headers": _HEADERS,
            "content": {
                "application/json": {"schema": {"type": "array", "items": _RECIPIENT}, "example": [_EXAMPLE]}
            },
        },
        "304": {"description": "Nothing changed since the answer that If-None-Match names."},
    },
}

_ADD = {
    "operationId": "addDigestRecipient",
    "tags": ["digests"],
    "summary": "Send the digest to someone",
    "description": "The address gets a letter that asks; the digest comes once the person says yes. Someone who said no "
    "before is asked again.",
    "security": needs("digests:write"),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["address"],
                    "additionalProperties": False,
                    "properties": {
                        "address": {"type": "string", "format": "email", "maxLength": MAX_ADDRESS}
                    },
                },
                "example": {"address": "planner@shop.example"},
            }
        },
    },
    "responses": {
        **responses_of_every_protected_path(),
        "200": _added("The address was a recipient before."),
        "201": _added("A new recipient."),
        "400": _problem(
            "The body is not of its form, or the address is none.",
            400,
            "bad-address",
            "Bad address",
            "This is no mail address: An email address must have an @-sign.",
        ),
        "408": _problem(
            "The body took too long.",
            408,
            "slow-body",
            "Request timeout",
            "The body did not arrive within 30 s.",
        ),
        "409": _problem(
            "The tenant has as many recipients as it may.",
            409,
            "too-many-recipients",
            "Too many recipients",
            "A tenant has at most 200 recipients; remove one.",
        ),
        "413": _problem(
            "The body is too large.", 413, "too-large", "Too large", "The body has more than 16384 bytes."
        ),
        "415": _problem(
            "The body is of another type, or of another coding than gzip.",
            415,
            "unsupported-media-type",
            "Unsupported media type",
            "The body comes as application/json.",
        ),
    },
}

_REMOVE = {
    "operationId": "removeDigestRecipient",
    "tags": ["digests"],
    "summary": "Forget a recipient",
    "security": needs("digests:write"),
    "parameters": [
        {
            "name": "recipient_id",
            "in": "path",
            "required": True,
            "schema": _ID,
            "example": _EXAMPLE["recipient_id"],
        }
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "The address is forgotten."},
        "404": _problem(
            "The tenant has no such recipient.",
            404,
            "unknown-recipient",
            "Unknown recipient",
            "The tenant has no recipient of this id.",
        ),
    },
}


def _link(operation_id: str, summary: str, description: str) -> Mapping[str, object]:
    return {
        "operationId": operation_id,
        "tags": ["digests"],
        "summary": summary,
        "description": description,
        "security": [],
        "parameters": [
            {
                "name": "token",
                "in": "query",
                "required": True,
                "description": "From the letter.",
                "schema": {"type": "string"},
            }
        ],
        "responses": {
            "200": {
                "description": "A page for people.",
                "content": {
                    "text/html": {
                        "schema": {"type": "string"},
                        "example": "<!doctype html><title>Done</title>",
                    }
                },
            },
            "404": _problem(
                "No letter has this link.",
                404,
                "unknown-link",
                "Unknown link",
                "No letter of ours has this link.",
            ),
            "503": {"$ref": "#/components/responses/Unavailable"},
        },
    }


paths: dict[str, object] = {
    RECIPIENTS_PATH: {"get": _LIST, "post": _ADD},
    RECIPIENT_PATH: {"delete": _REMOVE},
}

link_paths: dict[str, object] = {
    CONFIRM_PATH: {
        "get": _link(
            "askToConfirm", "Whether the digest is wanted", "A page with a button. To look changes nothing."
        ),
        "post": _link("confirm", "The digest is wanted", "From the next morning on it comes."),
    },
    UNSUBSCRIBE_PATH: {
        "get": _link(
            "askToUnsubscribe", "Whether no more is wanted", "A page with a button. To look changes nothing."
        ),
        "post": _link("unsubscribe", "No more is wanted", "Also by mail programs themselves, by RFC 8058."),
    },
}
