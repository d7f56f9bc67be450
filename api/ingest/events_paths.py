"""The gateway, as OpenAPI describes it."""

from collections.abc import Mapping

from api.ingest import event_fields as fields
from api.ingest.event_rules import ANNOUNCEMENT, QUANTITIES
from api.settings import Settings
from api.web.deprecations import SKU_ID_HEADER
from api.web.openapi_components import (
    REQUEST_ID,
    RETRY_AFTER,
    needs,
    problem,
    responses_of_every_protected_path,
)

_TENANT = "123e4567-e89b-42d3-a456-426614174000"
_LINES = (
    f'{{"tenant_id":"{_TENANT}","event_type":"order.created","payload":{{"sku":"TEA-100","warehouse":"north",'
    '"qty":2,"price":"4.95","currency":"EUR","occurred_at":"2026-11-24T09:30:00Z"}}\n'
    f'{{"tenant_id":"{_TENANT}","event_type":"stock.counted","payload":{{"sku":"TEA-100","warehouse":"north",'
    '"qty":40}}\n'
)
_EVENT_EXAMPLE = {
    "tenant_id": _TENANT,
    "event_type": "stock.inbound",
    "payload": {"sku": "TEA-100", "warehouse": "north", "qty": 500, "expected_at": "2026-12-01T06:00:00Z"},
}


def _default(setting: str) -> str:
    return f"{Settings.model_fields[setting].default:,}"


_DESCRIPTION = f"""\
One event on each line (NDJSON). A batch is taken whole or refused whole: 202 means that every event is in the log and
will not be lost; 400 names every bad line and means that none was taken.

Types that move stock: {", ".join(f"`{name}`" for name in QUANTITIES if name != ANNOUNCEMENT)}; `{ANNOUNCEMENT}` announces
goods. They need `sku`, `warehouse` and `qty`. Events of other types are stored with what they hold.

Everything else in a payload is kept too. `customer_email` and `phone`, wherever they stand, are replaced by a keyed hash
before they are stored. The former name of `sku`, `sku_id`, is still taken; the answer then has a `Deprecation` header.

Send an `Idempotency-Key` to be able to repeat a request: for 24 hours, the same key with the same body is taken once.
The body may be compressed with gzip. Blank lines are skipped. Unless the operator chose otherwise, a request holds at most
{_default("max_body_bytes")} bytes after decompression, {_default("max_events")} lines, and {_default("max_line_bytes")}
bytes in each.
"""

_NAME = {"type": "string", "minLength": 1, "maxLength": fields.MAX_NAME, "pattern": r"^[^|\x00-\x1f\x7f]+$"}
_ID = {"type": "string", "minLength": 1, "maxLength": fields.MAX_ID}
_TIME = {"type": "string", "format": "date-time"}

_EVENT = {
    "type": "object",
    "required": ["tenant_id", "event_type", "payload"],
    "additionalProperties": False,
    "properties": {
        "tenant_id": {"type": "string", "format": "uuid", "description": "The tenant of the access token."},
        "event_type": {
            "type": "string",
            "maxLength": fields.MAX_NAME,
            "pattern": "^[a-z0-9]+([._-][a-z0-9]+)*$",
            "examples": list(QUANTITIES),
        },
        "payload": {
            "type": "object",
            "description": "Further properties are kept as they are.",
            "properties": {
                "sku": _NAME,
                "sku_id": {**_NAME, "deprecated": True, "description": "The former name of `sku`."},
                "warehouse": _NAME,
                "qty": {
                    "type": "integer",
                    "description": "Units. "
                    + "; ".join(f"`{name}`: {low} to {high}" for name, (low, high) in QUANTITIES.items())
                    + ".",
                },
                "occurred_at": {
                    **_TIME,
                    "description": "Default: when the request came. At most a few minutes ahead; not before 2000.",
                },
                "expected_at": {
                    **_TIME,
                    "description": f"Required for `{ANNOUNCEMENT}`: when the goods are due.",
                },
                "order_id": _ID,
                "event_id": {**_ID, "description": "Default: a new UUID."},
                "price": {
                    "description": "Per unit; above 0, at most two decimals, exact. Needs `currency`.",
                    "oneOf": [
                        {"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,30})?$"},
                        {"type": "number", "exclusiveMinimum": 0, "maximum": float(fields.MAX_PRICE)},
                    ],
                },
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217."},
            },
        },
    },
}

_LINES_CONTENT = {
    "schema": {
        "type": "string",
        "description": "Lines of JSON, each an event as under `application/json`.",
    },
    "example": _LINES,
}


def _problem_body(slug: str, title: str, status: int, detail: str, **more: object) -> Mapping[str, object]:
    return {
        "type": f"/v1/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": REQUEST_ID,
        **more,
    }


_ACCEPTED = {
    "description": "All events are in the log.",
    "headers": {
        "Idempotent-Replayed": {
            "description": "Present where an earlier request with this Idempotency-Key had been taken.",
            "schema": {"const": "true"},
        },
        **SKU_ID_HEADER,
    },
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["accepted", "request_id"],
                "properties": {
                    "accepted": {"type": "integer", "minimum": 1, "description": "How many events."},
                    "request_id": {"type": ["string", "null"]},
                },
            },
            "example": {"accepted": 2, "request_id": REQUEST_ID},
        }
    },
}

_INVALID = problem(
    "No event was taken: lines that are no events, no line at all, or a body or key that is not what it says.",
    _problem_body(
        "invalid-events",
        "Invalid events",
        400,
        "1 error; no event of this request was taken.",
        errors=[{"line": 2, "field": "payload.qty", "reason": "must be a whole number from 0 to 1000000000"}],
        error_count=1,
    ),
)

_RESPONSES: Mapping[str, object] = {
    **responses_of_every_protected_path(),
    "202": _ACCEPTED,
    "400": _INVALID,
    "408": problem(
        "The body took too long.",
        _problem_body("slow-body", "Request timeout", 408, "The body did not arrive within 30 s."),
    ),
    "409": problem(
        "Another request with this Idempotency-Key is still under way.",
        _problem_body(
            "idempotency-key-in-use",
            "Idempotency key in use",
            409,
            "Another request with this Idempotency-Key is still under way; send this one again later.",
        ),
        {"Retry-After": RETRY_AFTER},
    ),
    "413": problem(
        "The body, a line, or the number of events is too large.",
        _problem_body("too-large", "Too large", 413, "Line 7 has more than 262144 bytes."),
    ),
    "415": problem(
        "Another media type or content coding than we take.",
        _problem_body(
            "unsupported-media-type",
            "Unsupported media type",
            415,
            "Events come as application/x-ndjson, one on each line, in UTF-8; a single one may come as application/json.",
        ),
        {
            "Accept-Post": {"description": "The media types that we take.", "schema": {"type": "string"}},
            "Accept-Encoding": {"description": "The codings that we take.", "schema": {"type": "string"}},
        },
    ),
    "422": problem(
        "The Idempotency-Key belongs to an earlier request with another body.",
        _problem_body(
            "idempotency-key-reused",
            "Idempotency key reused",
            422,
            "An earlier request with this Idempotency-Key had another body; use a new key for a new batch.",
        ),
    ),
    "503": problem(
        "The event log does not answer. Nothing was taken, unless the type is `outcome-unknown`.",
        _problem_body(
            "unavailable",
            "Event log unavailable",
            503,
            "The event log does not answer in time. No event was taken; send the request again.",
        ),
        {"Retry-After": RETRY_AFTER},
    ),
}

_OPERATION = {
    "operationId": "ingestEvents",
    "tags": ["events"],
    "summary": "Send events",
    "description": _DESCRIPTION,
    "security": needs("events:write"),
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Makes a repetition safe; a UUID is good.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
            "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
        },
        {
            "name": "Content-Encoding",
            "in": "header",
            "required": False,
            "schema": {"enum": ["gzip", "identity"]},
        },
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": _LINES_CONTENT,
            "application/ndjson": _LINES_CONTENT,
            "application/json": {"schema": _EVENT, "example": _EVENT_EXAMPLE},
        },
    },
    "responses": _RESPONSES,
}

_MOVED = {
    "operationId": "ingestEventsFormer",
    "tags": ["events"],
    "summary": "The former address of the same",
    "deprecated": True,
    "responses": {
        "308": {
            "description": "Send it there.",
            "headers": {"Location": {"description": "The present address.", "schema": {"type": "string"}}},
        }
    },
}


def events_paths(path: str, former_path: str) -> dict[str, object]:
    """The ``paths`` of `api.ingest.events`."""
    return {path: {"post": _OPERATION}, former_path: {"post": _MOVED}}
