"""``/v1/erasures`` in the OpenAPI document."""

from collections.abc import Mapping

from api.web.openapi_components import (
    body_refused,
    needs,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

ERASURES_PATH = "/v1/erasures"
ERASURE_PATH = "/v1/erasures/{erasure_id}"
MOST_LISTED = 500

_TIME = {"type": "string", "format": "date-time"}
_MEMBERS: Mapping[str, object] = {
    "erasure_id": {"type": "string", "format": "uuid"},
    "customer_hash": {
        "type": ["string", "null"],
        "description": "As it stands in the events; null once nothing is left.",
    },
    "asked_at": _TIME,
    "state": {"enum": ["waiting", "erased"]},
    "gone_by": {**_TIME, "description": "By then nothing is left, if the tenant's retention stays as it is."},
    "erased_at": {"type": ["string", "null"], "format": "date-time"},
}
_ERASURE: Mapping[str, object] = {
    "type": "object",
    "required": [*_MEMBERS],
    "additionalProperties": False,
    "properties": _MEMBERS,
}
_EXAMPLE: Mapping[str, object] = {
    "erasure_id": "0c4c3f0e-4c0a-4f5e-9f0d-6b1f6a2c7d11",
    "customer_hash": "hmac-sha256:" + 32 * "1f",
    "asked_at": "2026-11-24T10:15:30.123456Z",
    "state": "waiting",
    "gone_by": "2026-12-25T11:25:30.123456Z",
    "erased_at": None,
}

_TEXT = {"type": "string", "minLength": 1, "maxLength": 320}
_ASK = {
    "operationId": "eraseCustomer",
    "tags": ["predictions"],
    "summary": "Erase a customer",
    "description": "Aurora knows a customer by a keyed hash alone, and only in events. Predictions, alerts, features and usage "
    "are of SKUs and hold nothing of anyone. Events are forgotten by age: whatever came before this request is gone by the "
    "time in `gone_by`. Aurora looks whether it is, and then forgets the hash too. What comes in later is not touched.",
    "security": needs("predictions:write"),
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "minProperties": 1,
                    "maxProperties": 1,
                    "properties": {"customer_email": _TEXT, "phone": _TEXT, "customer_hash": _TEXT},
                },
                "example": {"customer_email": "jane@example.com"},
            }
        },
    },
    "responses": {
        **responses_of_every_protected_path(),
        **body_refused(),
        "202": response_of_json("It is noted.", _ERASURE, _EXAMPLE),
    },
}

_LIST = {
    "operationId": "getErasures",
    "tags": ["predictions"],
    "summary": "The newest erasures",
    "security": needs("predictions:read"),
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json(
            f"Up to {MOST_LISTED}, the newest first.", {"type": "array", "items": _ERASURE}, [_EXAMPLE]
        ),
        "304": {"description": "Nothing changed since the answer that If-None-Match names."},
    },
}

_GET = {
    "operationId": "getErasure",
    "tags": ["predictions"],
    "summary": "How far an erasure is",
    "security": needs("predictions:read"),
    "parameters": [
        {
            "name": "erasure_id",
            "in": "path",
            "required": True,
            "schema": {"type": "string", "format": "uuid"},
            "example": _EXAMPLE["erasure_id"],
        }
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The erasure.", _ERASURE, _EXAMPLE),
        "304": {"description": "Nothing changed since the answer that If-None-Match names."},
        "404": refused(
            "The tenant has no such erasure.",
            404,
            "unknown-erasure",
            "Unknown erasure",
            "The tenant has no such erasure.",
        ),
    },
}

paths: dict[str, object] = {ERASURES_PATH: {"get": _LIST, "post": _ASK}, ERASURE_PATH: {"get": _GET}}
