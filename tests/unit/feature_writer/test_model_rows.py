"""How Feast is given versions of models, and how what is current is read back."""

from datetime import UTC, datetime

import pytest
from feast.protos.feast.types.Value_pb2 import Value
from model_records import model_update
from prediction_records import NOON_MS, TENANT

from feature_repo import CURRENT_KEYS, VERSION_KEYS
from feature_writer.current_models import CurrentModel
from feature_writer.model_rows import current_of, current_row, version_row


def test_a_version_is_a_row_of_its_tenant_and_name() -> None:
    entity, values, at, _ = version_row({**model_update(), "scores": "{}"})
    assert tuple(entity.join_keys) == VERSION_KEYS == tuple(sorted(VERSION_KEYS))
    assert [value.string_val for value in entity.entity_values] == ["nb-2.1-aaaaaa", TENANT]
    assert at == datetime(2026, 11, 24, 12, 0, 0, 123_000, UTC)
    assert values["created_at"].unix_timestamp_val == NOON_MS // 1000
    assert values["parent"].WhichOneof("val") is None
    assert values["labels"].int64_val == 812


@pytest.mark.parametrize(
    "current",
    [
        CurrentModel(TENANT, updated_at=NOON_MS + 1),
        CurrentModel(TENANT, "b", NOON_MS, None, None, NOON_MS + 7),
        CurrentModel(TENANT, "b", NOON_MS, "a", NOON_MS + 3_000, NOON_MS + 3_001),
    ],
)
def test_what_is_current_is_read_as_it_was_written(current: CurrentModel) -> None:
    entity, values, at, _ = current_row(current)
    assert tuple(entity.join_keys) == CURRENT_KEYS
    assert current_of(TENANT, at, values) == current


def test_a_tenant_without_a_row_has_nothing_current() -> None:
    assert current_of(TENANT, None, None) == CurrentModel(TENANT)
    empty = dict.fromkeys(current_row(CurrentModel(TENANT, updated_at=1))[1], Value())
    assert current_of(TENANT, datetime(1970, 1, 1, tzinfo=UTC), empty) == CurrentModel(TENANT)
