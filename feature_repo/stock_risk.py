"""What Aurora keeps in Feast: the newest prediction of each SKU and warehouse (online), and every one before it (offline)."""

import os
from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, Project, ValueType
from feast.data_format import ParquetFormat
from feast.types import Float64, Int64, String, UnixTimestamp

OWNER = "aurora-risk"

# relative to this folder, as Feast has it; a stack that keeps its files elsewhere says so when it applies
HISTORY = os.environ.get("AURORA_FEATURE_HISTORY", "../.aurora/feature_history")

aurora = Project(
    name="aurora",
    description="Live stock-out risk by tenant, SKU and warehouse, from the retailers' own event streams.",
    owner=OWNER,
)

tenant = Entity(
    name="tenant",
    join_keys=["tenant_id"],
    value_type=ValueType.STRING,
    description="A retailer, by its UUID in lower case. Part of every key: no row is read without naming its tenant.",
    owner=OWNER,
    tags={"example": "11111111-1111-4111-8111-111111111111"},
)

sku = Entity(
    name="sku",
    join_keys=["sku"],
    value_type=ValueType.STRING,
    description="Stock keeping unit, as the tenant names it: 1 to 64 characters.",
    owner=OWNER,
    tags={"example": "SKU-1"},
)

warehouse = Entity(
    name="warehouse",
    join_keys=["warehouse"],
    value_type=ValueType.STRING,
    description="Where the stock lies (a warehouse or a shop), as the tenant names it: 1 to 64 characters.",
    owner=OWNER,
    tags={"example": "berlin"},
)

prediction_history = FileSource(
    name="prediction_history",
    path=HISTORY,
    file_format=ParquetFormat(),
    # not updated_at itself: Feast cannot serve one column both as a feature and as the time to join on
    timestamp_field="event_timestamp",
    description="Every prediction since the stack began, as Parquet (Snappy) by day; new ones arrive within minutes.",
    owner=OWNER,
    tags={"from": "Kafka topic predictions", "written_by": "python -m feature_writer offline"},
)

stock_risk = FeatureView(
    name="stock_risk",
    entities=[tenant, sku, warehouse],
    # a prediction stays the newest word on its key however quiet the key is
    ttl=timedelta(0),
    schema=[
        Field(name="tenant_id", dtype=String),
        Field(name="sku", dtype=String),
        Field(name="warehouse", dtype=String),
        Field(
            name="stock",
            dtype=Int64,
            description="Units on hand; negative when more was sold than was counted.",
        ),
        Field(name="velocity", dtype=Float64, description="Expected demand, units per 24 h."),
        Field(
            name="probability",
            dtype=Float64,
            description="Of running out within 24 h of updated_at, 0 to 1.",
        ),
        Field(
            name="predicted_oos_at",
            dtype=UnixTimestamp,
            description="Median time of running out; null beyond the model's reach.",
        ),
        Field(
            name="oos_earliest_at",
            dtype=UnixTimestamp,
            description="Running out falls between oos_earliest_at and oos_latest_at with a chance of 80 %; "
            "null beyond the model's reach.",
        ),
        Field(
            name="oos_latest_at",
            dtype=UnixTimestamp,
            description="The later end of that interval; null beyond the model's reach.",
        ),
        Field(
            name="alert_since",
            dtype=UnixTimestamp,
            description="When the alert now in force was raised; null when none is.",
        ),
        Field(name="model_version", dtype=String, description="Of the model that made the prediction."),
        Field(
            name="updated_at",
            dtype=UnixTimestamp,
            description="When the prediction was made, in seconds; the row's event timestamp has the milliseconds.",
        ),
    ],
    source=prediction_history,
    online=True,
    description="Risk of running out of stock within 24 hours, by tenant, SKU and warehouse.",
    owner=OWNER,
    tags={"freshness": "seconds", "online": "python -m feature_writer online", "pii": "none"},
)
