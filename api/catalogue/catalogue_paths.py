"""``/v1/catalogue`` in the OpenAPI document."""

from collections.abc import Mapping

from api.ingest.event_fields import MAX_NAME
from api.tenant_settings.setting_components import BAD_NAME, NAME, UNCHANGED, name_in_path, or_null
from api.web.openapi_components import (
    REQUEST_ID,
    body_of_json,
    body_refused,
    needs,
    problem,
    refused,
    response_of_json,
    responses_of_every_protected_path,
)

SKUS_PATH = "/v1/catalogue/skus"
SKU_PATH = "/v1/catalogue/skus/{sku}"

_MEMBERS: Mapping[str, object] = {
    "category": {
        **or_null(NAME),
        "description": "Whose settings hold for the SKU, where it has none of its own.",
    },
    "brand": or_null({"type": "string", "minLength": 1, "maxLength": MAX_NAME}),
}
_SCHEMA: Mapping[str, object] = {
    "type": "object",
    "required": [*_MEMBERS],
    "additionalProperties": False,
    "properties": _MEMBERS,
}
_EXAMPLE = {"category": "tea", "brand": "Kesselhaus"}
_NDJSON = '{"sku": "TEA-1", "category": "tea"}\n{"sku": "TEA-2", "category": "tea", "brand": "Kesselhaus"}\n'
_COUNT = {"type": "integer", "minimum": 0}
_SKU = name_in_path("sku", "TEA-1")
_BODY_REFUSED = body_refused()
_UNKNOWN = refused(
    "The catalogue has no such SKU.", 404, "unknown-sku", "Unknown SKU", "The catalogue has no such SKU."
)

_GET = {
    "operationId": "getCatalogueSku",
    "tags": ["settings"],
    "summary": "Category and brand of a SKU",
    "security": needs("settings:read"),
    "parameters": [_SKU],
    "responses": {
        **responses_of_every_protected_path(),
        "200": response_of_json("What the tenant said of it.", _SCHEMA, _EXAMPLE),
        "304": UNCHANGED,
        "400": BAD_NAME,
        "404": _UNKNOWN,
    },
}

_PUT = {
    "operationId": "putCatalogueSku",
    "tags": ["settings"],
    "summary": "Say category and brand of a SKU",
    "description": "The SKU need not have been heard of. Settings of the category hold within 5 seconds.",
    "security": needs("settings:write"),
    "parameters": [_SKU],
    "requestBody": body_of_json(_MEMBERS, _EXAMPLE, *_MEMBERS),
    "responses": {
        **responses_of_every_protected_path(),
        **_BODY_REFUSED,
        "200": response_of_json("Said.", _SCHEMA, _EXAMPLE),
    },
}

_DELETE = {
    "operationId": "deleteCatalogueSku",
    "tags": ["settings"],
    "summary": "Say nothing of a SKU any more",
    "security": needs("settings:write"),
    "parameters": [_SKU],
    "responses": {
        **responses_of_every_protected_path(),
        "204": {"description": "Nothing is said of it any more."},
        "400": BAD_NAME,
        "404": _UNKNOWN,
    },
}

_TEXT = {"type": "string", "minLength": 1}

_POST = {
    "operationId": "postCatalogueSkus",
    "tags": ["settings"],
    "summary": "Say category and brand of many SKUs",
    "description": "One JSON object a line, or CSV whose first line names the columns `sku`, `category`, `brand`. Each line "
    "is all that is said of its SKU; other SKUs stay as they are. Either every line counts, or none.",
    "security": needs("settings:write"),
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {"schema": _TEXT, "example": _NDJSON},
            "text/csv": {
                "schema": _TEXT,
                "example": "sku,category,brand\nTEA-1,tea,\nTEA-2,tea,Kesselhaus\n",
            },
        },
    },
    "responses": {
        **responses_of_every_protected_path(),
        **{status: _BODY_REFUSED[status] for status in ("408", "413", "415")},
        "200": response_of_json(
            "How many SKUs there were, and of how many something new was said.",
            {
                "type": "object",
                "required": ["skus", "changed"],
                "additionalProperties": False,
                "properties": {"skus": _COUNT, "changed": _COUNT},
            },
            {"skus": 2, "changed": 1},
        ),
        "400": problem(
            "Lines that say nothing that can be, of which the first 100 are told. Nothing was changed.",
            {
                "type": "/v1/problems/invalid-catalogue",
                "title": "Invalid catalogue",
                "status": 400,
                "detail": "1 line is wrong; nothing was changed.",
                "instance": REQUEST_ID,
                "errors": [{"line": 3, "reason": "Object missing required field `sku`"}],
                "error_count": 1,
            },
        ),
    },
}

paths: dict[str, object] = {
    SKUS_PATH: {"post": _POST},
    SKU_PATH: {"get": _GET, "put": _PUT, "delete": _DELETE},
}
