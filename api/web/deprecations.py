"""What clients should stop to use, and how an answer says so: the header ``Deprecation`` (RFC 9745)."""

from collections.abc import Mapping

# 2026-11-24, the first version, which had the new name from the start
SKU_ID: Mapping[str, str] = {"Deprecation": "@1795478400"}
"""Goes with every answer to a request that named a SKU ``sku_id`` instead of ``sku``."""

SKU_ID_HEADER: Mapping[str, object] = {
    "Deprecation": {
        "description": "There where `sku_id` was used (RFC 9745).",
        "schema": {"type": "string"},
        "example": SKU_ID["Deprecation"],
    }
}
"""The same in the OpenAPI document: a header of a response."""
