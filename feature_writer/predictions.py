"""Predictions as they come from Kafka, checked, and as Feast takes them."""

import math
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any

from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from feature_repo import JOIN_KEYS
from schemas import topics
from schemas.encoding import Record, UnreadableMessage, decoder
from schemas.logical import MAX_MS, to_datetime
from schemas.online_store import SEPARATOR

FeastRow = tuple[EntityKey, dict[str, Value], datetime, datetime | None]
"""Entity key, feature values, event timestamp and time of creation, as a Feast provider writes them."""

Key = tuple[str, str, str]
"""Tenant, SKU and warehouse."""

LONGEST_NAME = 64

_NULL = Value()


def read(message: bytes | None) -> Record:
    """The prediction in a Kafka message, times in ms. Raises `UnreadableMessage`, also for values that none can have."""
    record = decoder("prediction", "ms")(message)
    for name, holds in _RULES.items():
        if not holds(record[name]):
            raise UnreadableMessage("invalid", f"{record[name]!r} is no {name}.")
    return record


@cache
def _is_tenant(tenant_id: str) -> bool:
    return topics.tenant_of(f"{tenant_id}-orders") is not None


def _is_name(name: str) -> bool:
    return 1 <= len(name) <= LONGEST_NAME and SEPARATOR not in name


def _is_time(at_ms: int | None) -> bool:
    return at_ms is None or 0 <= at_ms <= MAX_MS


_RULES: dict[str, Callable[[Any], bool]] = {
    "tenant_id": _is_tenant,
    "sku": _is_name,
    "warehouse": _is_name,
    # also false for not a number
    "probability": lambda probability: 0.0 <= probability <= 1.0,
    "velocity": math.isfinite,
    "updated_at": _is_time,
    "predicted_oos_at": _is_time,
    "alert_since": _is_time,
    "received_at": _is_time,
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


def feast_row(prediction: Record) -> FeastRow:
    """The prediction as a row of the feature view `stock_risk`."""
    return (
        EntityKey(
            join_keys=JOIN_KEYS, entity_values=[Value(string_val=prediction[name]) for name in JOIN_KEYS]
        ),
        {
            "stock": Value(int64_val=prediction["stock"]),
            "velocity": Value(double_val=prediction["velocity"]),
            "probability": Value(double_val=prediction["probability"]),
            "predicted_oos_at": _seconds(prediction["predicted_oos_at"]),
            "alert_since": _seconds(prediction["alert_since"]),
            "model_version": Value(string_val=prediction["model_version"]),
            "updated_at": _seconds(prediction["updated_at"]),
        },
        to_datetime(prediction["updated_at"]),
        None,
    )


def _seconds(at_ms: int | None) -> Value:
    # Feast's time features are whole seconds; the row's event timestamp is exact
    return _NULL if at_ms is None else Value(unix_timestamp_val=at_ms // 1000)
