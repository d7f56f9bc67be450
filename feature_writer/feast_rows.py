"""Predictions as Feast takes them. Imports Feast, which takes seconds."""

from datetime import datetime

from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value

from feature_repo import JOIN_KEYS
from schemas.encoding import Record
from schemas.logical import to_datetime

FeastRow = tuple[EntityKey, dict[str, Value], datetime, datetime | None]
"""Entity key, feature values, event timestamp and time of creation, as a Feast provider writes them."""

_NULL = Value()


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


def seconds(at_ms: int | None) -> Value:
    """A time feature: whole seconds, as Feast has them; a row's event timestamp is exact."""
    return _NULL if at_ms is None else Value(unix_timestamp_val=at_ms // 1000)
