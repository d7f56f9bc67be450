"""Predictions as Feast takes them. Imports Feast, which takes seconds."""

from collections.abc import Mapping
from datetime import datetime

from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from feature_repo import JOIN_KEYS
from feature_writer.predictions import Key, key
from schemas.encoding import Record
from schemas.logical import to_datetime

FeastRow = tuple[EntityKey, dict[str, Value], datetime, datetime | None]
"""Entity key, feature values, event timestamp and time of creation, as a Feast provider writes them."""

_NULL = Value()


def feast_row(prediction: Record) -> FeastRow:
    """The prediction as a row of the feature view `stock_risk`."""
    return (
        entity_key(key(prediction)),
        {
            "stock": Value(int64_val=prediction["stock"]),
            "velocity": Value(double_val=prediction["velocity"]),
            "probability": Value(double_val=prediction["probability"]),
            "predicted_oos_at": seconds(prediction["predicted_oos_at"]),
            "oos_earliest_at": seconds(prediction["oos_earliest_at"]),
            "oos_latest_at": seconds(prediction["oos_latest_at"]),
            "alert_since": seconds(prediction["alert_since"]),
            "model_version": Value(string_val=prediction["model_version"]),
            "updated_at": seconds(prediction["updated_at"]),
        },
        to_datetime(prediction["updated_at"]),
        None,
    )


def entity_key(whose: Key) -> EntityKey:
    """The key of a row of `stock_risk`."""
    tenant_id, sku, warehouse = whose
    parts = {"tenant_id": tenant_id, "sku": sku, "warehouse": warehouse}
    return EntityKey(join_keys=JOIN_KEYS, entity_values=[Value(string_val=parts[name]) for name in JOIN_KEYS])


def prediction_of(
    whose: Key, at: datetime | None, row: Mapping[str, Value] | None, alert_since_ms: int | None
) -> Record | None:
    """The prediction of a row, as `feast_row` made it, less when its events were received; None for no row.

    A row has the time of its alert in seconds, so it is given in ms.
    """
    if at is None or row is None or row["updated_at"].WhichOneof("val") is None:
        return None
    tenant_id, sku, warehouse = whose
    return {
        "tenant_id": tenant_id,
        "sku": sku,
        "warehouse": warehouse,
        "stock": row["stock"].int64_val,
        "velocity": row["velocity"].double_val,
        "probability": row["probability"].double_val,
        "predicted_oos_at": _milliseconds(row["predicted_oos_at"]),
        "oos_earliest_at": _milliseconds(row["oos_earliest_at"]),
        "oos_latest_at": _milliseconds(row["oos_latest_at"]),
        "alert_since": alert_since_ms,
        "model_version": row["model_version"].string_val,
        "updated_at": round(at.timestamp() * 1000),
        "received_at": None,
    }


def _milliseconds(value: Value) -> int | None:
    return None if value.WhichOneof("val") is None else int(value.unix_timestamp_val) * 1000


def seconds(at_ms: int | None) -> Value:
    """A time feature: whole seconds, as Feast has them; a row's event timestamp is exact."""
    return _NULL if at_ms is None else Value(unix_timestamp_val=at_ms // 1000)
