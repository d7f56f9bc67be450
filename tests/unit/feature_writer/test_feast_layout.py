"""Rows in Redis without Feast's objects are, byte for byte, what Feast makes of its own."""

from feast.infra.online_stores.helpers import _mmh3, _redis_key
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st
from prediction_records import prediction

from feature_repo import FEATURE_VIEW
from feature_writer.feast_layout import row_fields, row_key, time_ms
from feature_writer.feast_rows import feast_row
from feature_writer.predictions import key
from schemas.logical import MAX_MS, to_datetime

PROJECT = "aurora"

times = st.integers(0, MAX_MS)
names = st.text(min_size=1, max_size=64)
records = st.builds(
    prediction,
    sku=names,
    warehouse=names,
    stock=st.integers(-(2**63), 2**63 - 1),
    velocity=st.floats(allow_nan=False, allow_infinity=False),
    probability=st.floats(0, 1),
    predicted_oos_at=st.none() | times,
    oos_earliest_at=st.none() | times,
    oos_latest_at=st.none() | times,
    alert_since=st.none() | times,
    # longer than one byte of a length can tell
    model_version=st.text(max_size=200),
    updated_at=times,
)


@given(records)
def test_a_row_is_what_feast_would_write(record: dict[str, object]) -> None:
    entity, values, at, _ = feast_row(record)
    time = Timestamp()
    time.FromDatetime(at)
    fields = {f"_ts:{FEATURE_VIEW}".encode(): time.SerializeToString()}
    fields |= {_mmh3(f"{FEATURE_VIEW}:{name}"): value.SerializeToString() for name, value in values.items()}
    written = row_fields(record)
    assert dict(zip(written[::2], written[1::2], strict=True)) == fields
    assert row_key(key(record), PROJECT.encode()) == _redis_key(PROJECT, entity)


@given(times)
def test_the_time_of_a_row_is_read_as_feast_wrote_it(at_ms: int) -> None:
    time = Timestamp()
    time.FromDatetime(to_datetime(at_ms))
    assert time_ms(time.SerializeToString()) == at_ms


def test_no_row_is_older_than_any() -> None:
    assert time_ms(None) < 0
