"""The versions of each tenant's learned model, and which of them is served.

The online store cannot list what it holds. A tenant's versions are found from the newest on, by `parent`.
"""

import os
from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.data_format import ParquetFormat
from feast.types import Int64, String, UnixTimestamp
from stock_risk import OWNER, tenant  # type: ignore[import-not-found]  # Feast puts this folder on the path

# relative to this folder, as Feast has it; a stack that keeps its files elsewhere says so when it applies
HISTORY = os.environ.get("AURORA_MODEL_HISTORY", "../.aurora/model_history")
TAGS = {"freshness": "seconds", "online": "python -m feature_writer online", "pii": "none"}

model_version = Entity(
    name="model_version",
    join_keys=["model_version"],
    value_type=ValueType.STRING,
    description="A version of a tenant's model, as its predictions name it: 1 to 64 printable characters.",
    owner=OWNER,
    tags={"example": "nb-2.17-1f3a9c"},
)

version_history = FileSource(
    name="version_history",
    path=f"{HISTORY}/versions",
    file_format=ParquetFormat(),
    timestamp_field="event_timestamp",
    description="Every version that was learned, as Parquet (Snappy) by day; new ones arrive within minutes.",
    owner=OWNER,
    tags={"from": "Kafka topic models", "written_by": "python -m feature_writer offline"},
)

current_history = FileSource(
    name="current_history",
    path=f"{HISTORY}/current",
    file_format=ParquetFormat(),
    timestamp_field="event_timestamp",
    description="What was newest and what was pinned after each change, as Parquet (Snappy) by day.",
    owner=OWNER,
    tags={"from": "Kafka topic models", "written_by": "python -m feature_writer offline"},
)

model_versions = FeatureView(
    name="model_versions",
    entities=[tenant, model_version],
    # a version does not change, and can be served again at any time
    ttl=timedelta(0),
    schema=[
        Field(name="tenant_id", dtype=String),
        Field(name="model_version", dtype=String),
        Field(
            name="parent",
            dtype=String,
            description="The version that this one was learned on from; null for a first one.",
        ),
        Field(
            name="created_at",
            dtype=UnixTimestamp,
            description="In seconds; the row's event timestamp has the milliseconds.",
        ),
        Field(
            name="data_from",
            dtype=UnixTimestamp,
            description="The first of the time that it was learned from.",
        ),
        Field(
            name="data_to", dtype=UnixTimestamp, description="The last of the time that it was learned from."
        ),
        Field(
            name="parameters",
            dtype=String,
            description="A JSON object, read by the code that the version's name begins with.",
        ),
        Field(
            name="parameters_digest", dtype=String, description="SHA-256 of parameters (UTF-8), hexadecimal."
        ),
        Field(
            name="scores",
            dtype=String,
            description="A JSON object of numbers, such as log_loss and ece over data_from to data_to.",
        ),
        Field(name="reason", dtype=String, description="Why it was published; may be empty."),
        Field(name="labels", dtype=Int64, description="Labels that it and its ancestors learned from."),
    ],
    source=version_history,
    online=True,
    description="What each version of a tenant's model was learned from, and how good it was.",
    owner=OWNER,
    tags=TAGS,
)

current_model = FeatureView(
    name="current_model",
    entities=[tenant],
    ttl=timedelta(0),
    schema=[
        Field(name="tenant_id", dtype=String),
        Field(
            name="newest_version",
            dtype=String,
            description="The version learned last; it is served unless another is pinned. Null: none was learned.",
        ),
        Field(name="newest_at", dtype=UnixTimestamp, description="When that was published, in seconds."),
        Field(
            name="pinned_version",
            dtype=String,
            description="The version that is served instead of the newest; null where none is pinned.",
        ),
        Field(name="pinned_at", dtype=UnixTimestamp, description="When that was pinned, in seconds."),
        Field(
            name="updated_at",
            dtype=UnixTimestamp,
            description="When either changed last, in seconds; the row's event timestamp has the milliseconds.",
        ),
    ],
    source=current_history,
    online=True,
    description="Where a tenant's versions begin, and which of them is served.",
    owner=OWNER,
    tags=TAGS,
)
