"""``/v1/settings`` in the OpenAPI document."""

from collections.abc import Mapping

from api.tenant_settings.setting_components import (
    BAD_NAME,
    BAD_PARAMETERS,
    BODY_RESPONSES,
    CHANGE_RESPONSES,
    EXAMPLE,
    HEADERS,
    LEVEL_KINDS,
    LINK,
    NAME,
    NOTHING,
    PRECONDITIONS,
    SETTINGS,
    TIME,
    UNCHANGED,
    VALUES,
    WHOLE_SETTINGS,
    name_in_path,
    or_null,
    settings_answer,
)
from api.tenant_settings.setting_query import DEFAULT_LIMIT, MAX_LIMIT
from api.web.openapi_components import needs, refused, responses_of_every_protected_path

SETTINGS_PATH = "/v1/settings"
LEVELS_PATH = "/v1/settings/levels"
EFFECTIVE_PATH = "/v1/settings/effective"
CATEGORY_PATH = "/v1/settings/categories/{category}"
SKU_PATH = "/v1/settings/skus/{sku}"
PAIR_PATH = "/v1/settings/skus/{sku}/warehouses/{warehouse}"
WAREHOUSE_PATH = "/v1/settings/warehouses/{warehouse}"


def _level(subject: str, operation: str, *names: dict[str, object]) -> Mapping[str, object]:
    """The operations on one level; ``operation`` ends their ids."""
    named: dict[str, object] = {"400": BAD_NAME} if names else {}
    bad_body = refused(
        "The body is not of its form, or a name in the path can be none.",
        400,
        "bad-settings",
        "Bad settings",
        "Expected `float` <= 1.0 - at `$.threshold`.",
    )
    return {
        "get": {
            "operationId": f"get{operation}",
            "tags": ["settings"],
            "summary": f"What is set for {subject}",
            "description": "What is null here is left to the level above; see `/v1/settings/effective`.",
            "security": needs("settings:read"),
            "parameters": [*names],
            "responses": {
                **responses_of_every_protected_path(),
                "200": settings_answer("The settings."),
                "304": UNCHANGED,
                **named,
                "404": NOTHING,
            },
        },
        "put": {
            "operationId": f"put{operation}",
            "tags": ["settings"],
            "summary": f"Set this for {subject}, and nothing else",
            "description": "What is left out, or null, is left to the level above. The stream follows within 5 seconds, "
            "also for SKUs of which nothing is heard.",
            "security": needs("settings:write"),
            "parameters": [*names, *PRECONDITIONS],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": SETTINGS, "example": EXAMPLE}},
            },
            "responses": {
                **responses_of_every_protected_path(),
                **BODY_RESPONSES,
                **CHANGE_RESPONSES,
                "200": settings_answer("Set."),
                "201": settings_answer("Set, where nothing was."),
                "400": bad_body,
            },
        },
        "delete": {
            "operationId": f"delete{operation}",
            "tags": ["settings"],
            "summary": f"Leave all to the level above {subject}",
            "security": needs("settings:write"),
            "parameters": [*names, PRECONDITIONS[0]],
            "responses": {
                **responses_of_every_protected_path(),
                **CHANGE_RESPONSES,
                "204": {"description": "Nothing is set any more."},
                **named,
                "404": NOTHING,
            },
        },
    }


_LEVELS = {
    "operationId": "getSettingLevels",
    "tags": ["settings"],
    "summary": "All that the tenant sets",
    "description": "Each level that sets something: the tenant, its warehouses, SKUs, SKUs in a warehouse, categories.",
    "security": needs("settings:read"),
    "parameters": [
        {
            "name": "limit",
            "in": "query",
            "description": "Most levels of a page.",
            "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "example": 10,
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
            "description": "The levels.",
            "headers": {**HEADERS, "Link": LINK},
            "content": {
                "application/json": {
                    "schema": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["level", "category", "sku", "warehouse", "settings", "updated_at"],
                            "additionalProperties": False,
                            "properties": {
                                "level": {"type": "string", "enum": LEVEL_KINDS},
                                **{name: or_null(NAME) for name in ("category", "sku", "warehouse")},
                                "settings": WHOLE_SETTINGS,
                                "updated_at": TIME,
                            },
                        },
                    },
                    "example": [
                        {
                            "level": "tenant",
                            "category": None,
                            "sku": None,
                            "warehouse": None,
                            "settings": EXAMPLE,
                            "updated_at": "2026-11-25T09:30:00.120000Z",
                        }
                    ],
                }
            },
        },
        "304": UNCHANGED,
        "400": BAD_PARAMETERS,
    },
}

_EFFECTIVE = {
    "operationId": "getEffectiveSettings",
    "tags": ["settings"],
    "summary": "What holds for a SKU in a warehouse, and which level says so",
    "description": "For each field the most specific level that sets it: the SKU in the warehouse, the SKU, its category, "
    "the warehouse, the tenant, and else what Aurora does by itself.",
    "security": needs("settings:read"),
    "parameters": [
        {
            "name": name,
            "in": "query",
            "description": f"Left out: what holds for every {name} that nothing is set for.",
            "schema": NAME,
            "example": example,
        }
        for name, example in (("sku", "TEA-1"), ("warehouse", "berlin"))
    ],
    "responses": {
        **responses_of_every_protected_path(),
        "200": {
            "description": "What holds.",
            "headers": HEADERS,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": [*VALUES, "category", "said_by"],
                        "additionalProperties": False,
                        "properties": {
                            **{**VALUES, "quiet_hours": or_null(VALUES["quiet_hours"])},
                            "category": {**or_null(NAME), "description": "That the SKU belongs to."},
                            "said_by": {
                                "type": "object",
                                "required": [*VALUES],
                                "additionalProperties": False,
                                "properties": {
                                    name: {"type": "string", "enum": [*LEVEL_KINDS, "default"]}
                                    for name in VALUES
                                },
                            },
                        },
                    },
                    "example": {
                        **EXAMPLE,
                        "retention_days": 7,
                        "category": "tea",
                        "said_by": {
                            "threshold": "sku",
                            "horizon_hours": "category",
                            "quiet_hours": "tenant",
                            "time_zone": "tenant",
                            "locale": "tenant",
                            "retention_days": "default",
                        },
                    },
                }
            },
        },
        "304": UNCHANGED,
        "400": BAD_PARAMETERS,
    },
}

_SKU, _WAREHOUSE = name_in_path("sku", "TEA-1"), name_in_path("warehouse", "berlin")

paths: dict[str, object] = {
    SETTINGS_PATH: _level("the whole tenant", "Settings"),
    LEVELS_PATH: {"get": _LEVELS},
    EFFECTIVE_PATH: {"get": _EFFECTIVE},
    CATEGORY_PATH: _level("a category", "CategorySettings", name_in_path("category", "tea")),
    SKU_PATH: _level("a SKU", "SkuSettings", _SKU),
    PAIR_PATH: _level("a SKU in a warehouse", "SkuWarehouseSettings", _SKU, _WAREHOUSE),
    WAREHOUSE_PATH: _level("a warehouse", "WarehouseSettings", _WAREHOUSE),
}
