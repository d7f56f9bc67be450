"""Predictions as they come from Kafka, checked."""

import math
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from schemas import topics
from schemas.encoding import Record, UnreadableMessage, decoder
from schemas.logical import MAX_MS
from schemas.online_store import SEPARATOR

Key = tuple[str, str, str]
"""Tenant, SKU and warehouse."""

LONGEST_NAME = 64


def read(message: bytes | None) -> Record:
    """The prediction in a Kafka message, times in ms. Raises `UnreadableMessage`, also for values that none can have."""
    record = decoder("prediction", "ms")(message)
    for name, holds in _RULES.items():
        if not holds(record[name]):
            raise UnreadableMessage("invalid", f"{record[name]!r} is no {name}.")
    return record


def key_of_message(message_key: bytes | None) -> Key:
    """Whose prediction a message without a value takes away. Raises `UnreadableMessage` for what is no key."""
    parts = (message_key or b"").decode(errors="replace").split(SEPARATOR)
    if len(parts) != 3 or not _is_tenant(parts[0]):
        raise UnreadableMessage("invalid", f"{message_key!r:.200} is no key of a prediction.")
    tenant_id, sku, warehouse = parts
    return tenant_id, sku, warehouse


@cache
def _is_tenant(tenant_id: str) -> bool:
    return topics.tenant_of(f"{tenant_id}-orders") is not None


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_NAME and SEPARATOR not in name


def is_time(at_ms: int | None) -> bool:
    """Whether the stores can keep it."""
    return at_ms is None or 0 <= at_ms <= MAX_MS


_RULES: dict[str, Callable[[Any], bool]] = {
    "tenant_id": _is_tenant,
    "sku": _is_name,
    "warehouse": _is_name,
    # also false for not a number
    "probability": lambda probability: 0.0 <= probability <= 1.0,
    "velocity": math.isfinite,
    "updated_at": is_time,
    "predicted_oos_at": is_time,
    "oos_earliest_at": is_time,
    "oos_latest_at": is_time,
    "alert_since": is_time,
    "received_at": is_time,
}


def key(prediction: Record) -> Key:
    return prediction["tenant_id"], prediction["sku"], prediction["warehouse"]


def newest(predictions: Iterable[Record]) -> list[Record]:
    """The prediction with the latest ``updated_at`` of each key; of equals the last."""
    found: dict[Key, Record] = {}
    for prediction in predictions:
        other = found.get(key(prediction))
        if other is None or other["updated_at"] <= prediction["updated_at"]:
            found[key(prediction)] = prediction
    return list(found.values())
