"""How Feast is given a prediction."""

from datetime import UTC, datetime

from prediction_records import NOON_MS, prediction

from feature_repo import JOIN_KEYS
from feature_writer.feast_rows import feast_row


def test_feast_gets_whole_seconds_as_features_and_milliseconds_as_the_time_of_the_row() -> None:
    entity, values, at, created = feast_row(prediction(updated_at=NOON_MS + 1_999))
    assert tuple(entity.join_keys) == JOIN_KEYS
    assert [value.string_val for value in entity.entity_values] == [
        "SKU-1",
        prediction()["tenant_id"],
        "berlin",
    ]
    assert at == datetime(2026, 11, 24, 12, 0, 1, 999_000, UTC)
    assert created is None
    assert values["updated_at"].unix_timestamp_val == NOON_MS // 1000 + 1
    assert values["oos_earliest_at"].unix_timestamp_val == NOON_MS // 1000 + 2 * 3600
    assert values["oos_latest_at"].unix_timestamp_val == NOON_MS // 1000 + 9 * 3600
    assert values["stock"].int64_val == 3
    assert values["probability"].double_val == 0.9


def test_feast_gets_nothing_for_null() -> None:
    nullable = ("predicted_oos_at", "oos_earliest_at", "oos_latest_at", "alert_since")
    _, values, _, _ = feast_row(prediction(**{name: None for name in nullable}))
    assert [values[name].WhichOneof("val") for name in nullable] == [None] * 4
