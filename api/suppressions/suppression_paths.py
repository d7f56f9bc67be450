"""``/v1/suppressions`` in the OpenAPI document."""

from collections.abc import Mapping

from api.ingest.event_fields import MAX_NAME
from api.suppressions.suppression_rows import MAX_REASON
from api.web.openapi_components import (
    REQUEST_ID,
    RETRY_AFTER,
    needs,
    problem,
    responses_of_every_protected_path,
)

PATH = "/v1/suppressions"
ENTRY_PATH = "/v1/suppressions/entry"

_CSV = "sku,warehouse,expires_at,reason\r\nTEA-1,,,discontinued\r\nTEA-2,berlin,2027-01-31,\r\n"
_TAG = '"7-1795514400.120000"'
_NAME = {"type": "string", "minLength": 1, "maxLength": MAX_NAME, "pattern": r"^[^|\u0000-\u001f\u007f]+$"}
_COUNT = {"type": "integer", "minimum": 0}

_FORM = f"""\
The first line names the columns: `sku`, and any of the others, in any order.

| column | holds | empty |
|---|---|---|
| `sku` | the SKU, as in the events | |
| `warehouse` | the warehouse, as in the events | in all of them |
| `expires_at` | a date or a time, UTC, from which alerts come again; a date is its first moment | never |
| `reason` | why, for people; at most {MAX_REASON} characters | |

UTF-8, with or without byte order mark; the cells are parted by commas or by semicolons; at most 20 MB, also gzipped. Lines
that say the same again count once. Lines that say another thing of the same SKU and warehouse are errors. An entry that
has expired is not kept, so that a merge takes entries away by an expiry in the past.
"""

_HEADERS = {
    "ETag": {
        "description": "Names this state of the list, for If-None-Match, and for If-Match at a change.",
        "schema": {"type": "string"},
        "example": _TAG,
    },
    "Cache-Control": {"schema": {"type": "string"}, "example": "private, no-cache"},
}

_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "Change the list only if it is the one of this ETag.",
    "schema": {"type": "string"},
}
_SKU = {"name": "sku", "in": "query", "required": True, "schema": _NAME, "example": "TEA-2"}
_WAREHOUSE = {
    "name": "warehouse",
    "in": "query",
    "required": False,
    "description": "Left out: the entry for all warehouses, which is another one.",
    "schema": _NAME,
    "example": "berlin",
}


def _problem(description: str, status: int, type: str, title: str, detail: str, **more: object) -> object:
    headers = more.pop("headers", None)
    example = {
        "type": f"/v1/problems/{type}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": REQUEST_ID,
        **more,
    }
    return problem(description, example, headers if isinstance(headers, Mapping) else None)


_BAD_PARAMETERS = _problem(
    "A parameter is unknown, given twice, or not of its form.",
    400,
    "bad-parameters",
    "Bad parameters",
    "sku is required.",
    errors=[{"parameter": "sku", "reason": "is required"}],
)
_UNKNOWN = _problem(
    "There is no such entry.",
    404,
    "unknown-suppression",
    "Not suppressed",
    "The list has no entry of this name.",
)
_CONFLICT = _problem(
    "Others change the list at this moment. Nothing was changed.",
    409,
    "busy",
    "Changed meanwhile",
    "Others change the list at this moment. Nothing was changed; send the request again.",
    headers={"Retry-After": RETRY_AFTER},
)
_STALE = _problem(
    "The list is not the one that If-Match names. Nothing was changed.",
    412,
    "stale",
    "Changed meanwhile",
    "This is not what If-Match names any more. Nothing was changed; get it anew.",
)

_SUMMARY: Mapping[str, object] = {
    "description": "The list is changed, and the answer says how. Alerts follow within seconds.",
    "headers": _HEADERS,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["entries", "added", "changed", "removed"],
                "additionalProperties": False,
                "properties": {
                    "entries": {**_COUNT, "description": "That the list has now."},
                    "added": _COUNT,
                    "changed": _COUNT,
                    "removed": _COUNT,
                },
            },
            "example": {"entries": 2, "added": 1, "changed": 0, "removed": 0},
        }
    },
}

_UPLOAD_RESPONSES: Mapping[str, object] = {
    **responses_of_every_protected_path(),
    "200": _SUMMARY,
    "400": _problem(
        "Lines that are no entries, of which the first 100 are told; or a body that is not what it says.",
        400,
        "invalid-suppressions",
        "Invalid suppressions",
        "1 error; the list is as it was.",
        errors=[{"line": 3, "field": "sku", "reason": "must be a string of 1 to 64 characters"}],
        error_count=1,
    ),
    "408": _problem(
        "The body took too long.",
        408,
        "slow-body",
        "Request timeout",
        "The body did not arrive within 300 s.",
    ),
    "409": _CONFLICT,
    "412": _STALE,
    "413": _problem(
        "The body, or the list that it would make, is too large.",
        413,
        "too-large",
        "Too large",
        "The body has more than 20971520 bytes.",
    ),
    "415": _problem(
        "Another media type or content coding than we take.",
        415,
        "unsupported-media-type",
        "Unsupported media type",
        "A list comes as text/csv, in UTF-8.",
    ),
}


def _upload(operation_id: str, summary: str, description: str) -> Mapping[str, object]:
    return {
        "operationId": operation_id,
        "tags": ["suppressions"],
        "summary": summary,
        "description": f"{description}\n\n{_FORM}",
        "security": needs("suppressions:write"),
        "parameters": [
            _IF_MATCH,
            {
                "name": "Content-Encoding",
                "in": "header",
                "required": False,
                "schema": {"enum": ["gzip", "identity"]},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string"}, "example": _CSV}},
        },
        "responses": _UPLOAD_RESPONSES,
    }


_EXPORT = {
    "operationId": "getSuppressions",
    "tags": ["suppressions"],
    "summary": "The list, as CSV",
    "description": "UTF-8 with byte order mark, so that spreadsheets open it right; times in UTC; sent back as it is, it "
    "makes the same list. The order of lines has no meaning. Of an entry that has expired a line may be left.",
    "security": needs("suppressions:read"),
    "responses": {
        **responses_of_every_protected_path(),
        "200": {
            "description": "The list.",
            "headers": {
                **_HEADERS,
                "Content-Disposition": {
                    "schema": {"type": "string"},
                    "example": 'attachment; filename="suppressions.csv"',
                },
            },
            "content": {"text/csv": {"schema": {"type": "string"}, "example": f"\ufeff{_CSV}"}},
        },
        "304": {"description": "The list is still the one that If-None-Match names."},
        "400": _BAD_PARAMETERS,
    },
}

_CLEAR = {
    "operationId": "deleteSuppressions",
    "tags": ["suppressions"],
    "summary": "Empty the list",
    "security": needs("suppressions:write"),
    "parameters": [_IF_MATCH],
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "No SKU is suppressed any more."},
        "400": _BAD_PARAMETERS,
        "409": _CONFLICT,
        "412": _STALE,
    },
}

_ENTRY = {
    "operationId": "getSuppression",
    "tags": ["suppressions"],
    "summary": "One entry",
    "security": needs("suppressions:read"),
    "parameters": [_SKU, _WAREHOUSE],
    "responses": {
        **responses_of_every_protected_path(),
        "200": {
            "description": "The entry of exactly this SKU and warehouse.",
            "headers": {"Cache-Control": _HEADERS["Cache-Control"]},
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["sku", "warehouse", "expires_at", "reason"],
                        "additionalProperties": False,
                        "properties": {
                            "sku": {"type": "string"},
                            "warehouse": {"type": ["string", "null"], "description": "null: in all of them."},
                            "expires_at": {
                                "type": ["string", "null"],
                                "format": "date-time",
                                "description": "null: never.",
                            },
                            "reason": {"type": "string"},
                        },
                    },
                    "example": {
                        "sku": "TEA-2",
                        "warehouse": "berlin",
                        "expires_at": "2027-01-31T00:00:00Z",
                        "reason": "",
                    },
                }
            },
        },
        "400": _BAD_PARAMETERS,
        "404": _UNKNOWN,
    },
}

_REMOVE = {
    "operationId": "deleteSuppression",
    "tags": ["suppressions"],
    "summary": "Take one entry away",
    "security": needs("suppressions:write"),
    "parameters": [_SKU, _WAREHOUSE],
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "It is gone."},
        "400": _BAD_PARAMETERS,
        "404": _UNKNOWN,
        "409": _CONFLICT,
    },
}

paths: dict[str, object] = {
    PATH: {
        "get": _EXPORT,
        "put": _upload(
            "replaceSuppressions", "Replace the list", "The list is what is sent, and nothing else."
        ),
        "post": _upload(
            "mergeSuppressions",
            "Add to the list",
            "What is sent is on the list too; entries of the same SKU and warehouse are replaced.",
        ),
        "delete": _CLEAR,
    },
    ENTRY_PATH: {"get": _ENTRY, "delete": _REMOVE},
}
