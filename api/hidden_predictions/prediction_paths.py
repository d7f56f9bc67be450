"""``/v1/predictions`` in the OpenAPI document."""

from collections.abc import Mapping

from api.hidden_predictions.deletion_query import DEFAULT_LIMIT, MAX_LIMIT
from api.ingest.event_fields import MAX_NAME
from api.web.openapi_components import (
    REQUEST_ID,
    needs,
    problem,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

PREDICTIONS_PATH = "/v1/predictions"
DELETIONS_PATH = "/v1/predictions/deletions"
DELETION_PATH = "/v1/predictions/deletions/{deletion_id}"
RESTORE_PATH = "/v1/predictions/deletions/{deletion_id}/restore"

_TIME = {"type": "string", "format": "date-time"}
_NAME = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": r"^[^|\x00-\x1f\x7f]+$"}

_MEMBERS: Mapping[str, object] = {
    "deletion_id": {"type": "string", "format": "uuid"},
    "sku": {"type": ["string", "null"], "description": "null: of every SKU."},
    "warehouse": {"type": ["string", "null"], "description": "null: in every warehouse."},
    "since": {"type": ["string", "null"], "format": "date-time", "description": "null: from the first on."},
    "until": {**_TIME, "description": "Predictions made before it; never later than the deletion itself."},
    "deleted_at": _TIME,
    "state": {
        "enum": ["hidden", "restored", "purged"],
        "description": "What has become of the predictions; `purged` is for good.",
    },
    "restorable_until": {**_TIME, "description": "Then what is hidden is purged."},
}
_DELETION: Mapping[str, object] = {
    "type": "object",
    "required": [*_MEMBERS],
    "additionalProperties": False,
    "properties": _MEMBERS,
}
_EXAMPLE: Mapping[str, object] = {
    "deletion_id": "7b1d2c34-5e6f-4a7b-8c9d-0e1f2a3b4c5d",
    "sku": "TEA-100",
    "warehouse": None,
    "since": None,
    "until": "2026-11-24T10:15:30.124Z",
    "deleted_at": "2026-11-24T10:15:30.123456Z",
    "state": "hidden",
    "restorable_until": "2026-12-24T10:15:30.123456Z",
}

_ID = {
    "name": "deletion_id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "example": _EXAMPLE["deletion_id"],
}
_UNKNOWN = refused(
    "The tenant has no such deletion.",
    404,
    "unknown-deletion",
    "Unknown deletion",
    "The tenant has no such deletion.",
)
_UNCHANGED = {"description": "Nothing changed since the answer that If-None-Match names."}


def _query(name: str, description: str, schema: Mapping[str, object]) -> Mapping[str, object]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _bad_parameters(parameter: str, reason: str) -> Mapping[str, object]:
    return problem(
        "A parameter is unknown, missing, given twice, or not of its form.",
        {
            "type": "/v1/problems/bad-parameters",
            "title": "Bad parameters",
            "status": 400,
            "detail": f"{parameter} {reason}.",
            "instance": REQUEST_ID,
            "errors": [{"parameter": parameter, "reason": reason}],
        },
    )


_DELETE = {
    "operationId": "deletePredictions",
    "tags": ["predictions"],
    "summary": "Hide predictions",
    "description": "Those that were made so far, of a SKU, of a warehouse, of a span of time, or of all of these at once. When "
    "this is answered the API shows none of them; the feature store has none within seconds. What is predicted from now on "
    "is shown. For 30 days they can be restored, then they are purged.",
    "security": needs("predictions:write"),
    "parameters": [
        _query("sku", "Of this SKU.", _NAME),
        _query("warehouse", "In this warehouse.", _NAME),
        _query("since", "Made at this time or later.", _TIME),
        _query("until", "Made before this time.", _TIME),
        _query("all", "Every prediction; only by itself.", {"const": "true"}),
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("They are hidden.", _DELETION, _EXAMPLE),
        "400": _bad_parameters("all", "must be true where none of sku, warehouse, since and until is given"),
    },
}

_LIST = {
    "operationId": "getPredictionDeletions",
    "tags": ["predictions"],
    "summary": "What was deleted, the newest first",
    "security": needs("predictions:read"),
    "parameters": [
        _query(
            "limit",
            "Most deletions of a page.",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
        ),
        _query(
            "cursor",
            "Where the page begins, from the `Link` header of the page before.",
            {"type": "string"},
        ),
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "200": {
            **response_of_json("The deletions.", {"type": "array", "items": _DELETION}, [_EXAMPLE]),
            "headers": {
                "Link": {
                    "description": 'The next page, as rel="next" (RFC 8288); the last page has none.',
                    "schema": {"type": "string"},
                }
            },
        },
        "304": _UNCHANGED,
        "400": _bad_parameters("limit", f"must be a whole number from 1 to {MAX_LIMIT}"),
    },
}

_GET = {
    "operationId": "getPredictionDeletion",
    "tags": ["predictions"],
    "summary": "One deletion",
    "security": needs("predictions:read"),
    "parameters": [_ID],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("The deletion.", _DELETION, _EXAMPLE),
        "304": _UNCHANGED,
        "404": _UNKNOWN,
    },
}

_RESTORE = {
    "operationId": "restorePredictions",
    "tags": ["predictions"],
    "summary": "Show again what was hidden",
    "description": "Within seconds; where there is a newer prediction by now, that one stays. Restored twice is restored.",
    "security": needs("predictions:write"),
    "parameters": [_ID],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("It is restored.", _DELETION, {**_EXAMPLE, "state": "restored"}),
        "404": _UNKNOWN,
        "409": refused(
            "It is too late.",
            409,
            "deletion-purged",
            "Purged",
            "What this deletion hid is purged after 30 days, and cannot be restored.",
        ),
    },
}

paths: dict[str, object] = {
    PREDICTIONS_PATH: {"delete": _DELETE},
    DELETIONS_PATH: {"get": _LIST},
    DELETION_PATH: {"get": _GET},
    RESTORE_PATH: {"post": _RESTORE},
}
