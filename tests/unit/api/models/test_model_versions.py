"""Which version is served, and the record that pins one."""

from datetime import UTC, datetime

import pytest

from api.models.model_versions import Current, ModelVersion, update_of
from schemas.encoding import decoder, encoder


@pytest.mark.parametrize(
    ("newest", "pinned", "served"),
    [(None, None, None), ("b", None, "b"), ("b", "a", "a"), (None, "a", "a")],
)
def test_a_pin_goes_before_the_newest(newest: str | None, pinned: str | None, served: str | None) -> None:
    assert Current(newest, pinned).served == served


def test_a_version_is_a_record_of_the_contract() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    version = ModelVersion("b", "a", noon, noon, noon, '{"x":1}', "d" * 64, '{"ece":0.1}', "why", 7)
    record = update_of("tenant", version, {"ece": 0.1})
    assert decoder("model_update")(encoder("model_update")(record)) == {
        **{"tenant_id": "tenant", "model_version": "b", "parent": "a", "parameters": '{"x":1}'},
        **{"created_at": noon, "data_from": noon, "data_to": noon, "parameters_digest": "d" * 64},
        **{"scores": {"ece": 0.1}, "reason": "why", "labels": 7},
    }
