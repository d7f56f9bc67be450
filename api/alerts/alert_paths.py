"""``GET /v1/stock/alerts`` in the OpenAPI document."""

from api.alerts.alert_query import DEFAULT_LIMIT, MAX_LIMIT
from api.web.deprecations import SKU_ID_HEADER
from api.web.openapi_components import REQUEST_ID, needs, problem, responses_of_every_protected_path

PATH = "/v1/stock/alerts"

_NAME = {
    "type": "string",
    "minLength": 1,
    "maxLength": 64,
    "pattern": r"^[^|\x00-\x1f\x7f]+$",
}

_ALERT = {
    "type": "object",
    "required": [
        "sku",
        "warehouse",
        "predicted_oos_at",
        "oos_earliest_at",
        "oos_latest_at",
        "probability",
    ],
    "additionalProperties": False,
    "properties": {
        "sku": {"type": "string"},
        "warehouse": {"type": "string"},
        "predicted_oos_at": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "When the stock will probably be gone (the median), in UTC; null beyond the model's reach.",
        },
        "oos_earliest_at": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "The stock will be gone between `oos_earliest_at` and `oos_latest_at` with a chance of 80 %; "
            "null beyond the model's reach.",
        },
        "oos_latest_at": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "The later end of that interval; null beyond the model's reach.",
        },
        "probability": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "description": "Of running out within 24 hours.",
        },
    },
}

_EXAMPLE = [
    {
        "sku": "SKU-1",
        "warehouse": "berlin",
        "predicted_oos_at": "2026-11-24T19:40:00Z",
        "oos_earliest_at": "2026-11-24T14:55:00Z",
        "oos_latest_at": "2026-11-25T06:10:00Z",
        "probability": 0.93,
    }
]

_PARAMETERS = [
    {
        "name": "sku",
        "in": "query",
        "description": "Only this SKU, in all its warehouses, the most probable first. Without it all alerts of the "
        "tenant come, the newest first, in pages.",
        "schema": _NAME,
        "example": "SKU-1",
    },
    {
        "name": "sku_id",
        "in": "query",
        "deprecated": True,
        "description": "The old name of `sku`.",
        "schema": _NAME,
    },
    {
        "name": "since",
        "in": "query",
        "description": "Only where an alert is in force that was raised at this time or later (RFC 3339, to the second).",
        "schema": {"type": "string", "format": "date-time"},
        "example": "2026-11-24T06:00:00Z",
    },
    {
        "name": "threshold",
        "in": "query",
        "description": "With `sku`: every warehouse of at least this probability, whether an alert is in force or not, "
        "so 0 shows them all. Without `sku`: of the alerts in force only those of at least this probability.",
        "schema": {"type": "number", "minimum": 0, "maximum": 1},
        "example": 0.9,
    },
    {
        "name": "limit",
        "in": "query",
        "description": "Most alerts of a page; not with `sku`.",
        "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        "example": 50,
    },
    {
        "name": "cursor",
        "in": "query",
        "description": "Where the page begins, from the `Link` header of the page before; not with `sku`.",
        "schema": {"type": "string"},
    },
]

_HEADERS = {
    "ETag": {
        "description": "Names this answer; send it as If-None-Match to be answered 304 while nothing changes.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {"schema": {"type": "string"}, "example": "private, max-age=2"},
    "Aurora-Fresh-At": {
        "description": "Every prediction published before this time is in the answer.",
        "schema": {"type": "string", "format": "date-time"},
        "example": "2026-11-24T12:00:00.250Z",
    },
    "Age": {
        "description": "How many seconds ago that was (RFC 9111).",
        "schema": {"type": "integer", "minimum": 0},
        "example": 1,
    },
    "Link": {
        "description": 'The next page, as rel="next" (RFC 8288); the last page has none.',
        "schema": {"type": "string"},
        "example": '</v1/stock/alerts?limit=50&cursor=lAHPAAAB>; rel="next"',
    },
    **SKU_ID_HEADER,
}

_RESPONSES: dict[str, object] = {
    **dict(responses_of_every_protected_path()),
    "200": {
        "description": "The alerts.",
        "headers": _HEADERS,
        "content": {"application/json": {"schema": {"type": "array", "items": _ALERT}, "example": _EXAMPLE}},
    },
    "304": {"description": "Nothing changed since the answer that If-None-Match names."},
    "400": problem(
        "A parameter is unknown, given twice, or not of its form.",
        {
            "type": "/v1/problems/bad-parameters",
            "title": "Bad parameters",
            "status": 400,
            "detail": "threshold must be a number from 0 to 1.",
            "instance": REQUEST_ID,
            "errors": [{"parameter": "threshold", "reason": "must be a number from 0 to 1"}],
        },
    ),
}

paths: dict[str, object] = {
    PATH: {
        "get": {
            "operationId": "getStockAlerts",
            "tags": ["alerts"],
            "summary": "What is at risk of running out",
            "description": "An alert is raised when the probability of running out within 24 hours reaches the tenant's "
            "threshold (0.7 unless set otherwise), and stays in force until the risk is over. Pages that are joined by "
            "their links hold every alert that is in force during the whole walk once, and none twice; a page may be "
            "short, only the last has no `Link`.",
            "security": needs("alerts:read"),
            "parameters": _PARAMETERS,
            "responses": _RESPONSES,
        }
    }
}
