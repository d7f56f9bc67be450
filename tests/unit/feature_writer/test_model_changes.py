"""What counts as a change of a tenant's models."""

import math

import pytest
from model_records import model_update
from prediction_records import NOON_MS, TENANT

from feature_writer.consuming import Received
from feature_writer.model_changes import ModelChange, read
from schemas import examples
from schemas.encoding import UnreadableMessage, encoder
from schemas.model_keys import newest_key, pinned_key

encode = encoder("model_update")


def message(key: bytes | None, value: bytes | None, timestamp_ms: int = NOON_MS) -> Received:
    return Received("models", 0, 7, value, key, timestamp_ms)


def reason_against(key: bytes | None, value: bytes | None) -> tuple[str, str]:
    with pytest.raises(UnreadableMessage) as caught:
        read(message(key, value))
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize(("key", "is_pin"), [(newest_key(TENANT), False), (pinned_key(TENANT), True)])
def test_a_version_is_read_with_its_scores_as_text(key: bytes, is_pin: bool) -> None:
    sent = model_update()
    version = {**sent, "scores": '{"ece": 0.0016, "log_loss": 0.0641}'}
    assert read(message(key, encode(sent))) == ModelChange(TENANT, is_pin, version, NOON_MS)


@pytest.mark.parametrize(("key", "is_pin"), [(newest_key(TENANT), False), (pinned_key(TENANT), True)])
def test_a_tombstone_takes_away(key: bytes, is_pin: bool) -> None:
    assert read(message(key, None)) == ModelChange(TENANT, is_pin, None, NOON_MS)


def test_a_message_without_a_time_is_as_old_as_can_be() -> None:
    assert read(message(newest_key(TENANT), None, timestamp_ms=-1)).at_ms == 0


def test_every_example_of_the_contract_is_a_version() -> None:
    for name, record in examples.valid("model_update").items():
        change = read(message(newest_key(record["tenant_id"]), encode(record)))
        assert change.version is not None, name
        assert change.version["model_version"] == record["model_version"]


@pytest.mark.parametrize(
    "fault",
    [
        {"model_version": ""},
        {"model_version": "v" * 65},
        {"model_version": "a\nb"},
        {"parent": ""},
        {"created_at": -1},
        {"data_from": -1},
        {"data_to": -1},
        {"parameters": "[]"},
        {"parameters": "no JSON"},
        {"parameters": "[" * 100_000},
        {"parameters_digest": "0" * 64},
        {"scores": {"log_loss": math.nan}},
        {"labels": -1},
    ],
)
def test_values_that_no_version_can_have_make_a_message_unreadable(fault: dict[str, object]) -> None:
    reason, detail = reason_against(newest_key(TENANT), encode(model_update(**fault)))
    assert reason == "invalid"
    assert next(iter(fault)) in detail


@pytest.mark.parametrize("key", [None, b"", b"acme", f"{TENANT}|other".encode()])
def test_a_key_that_is_no_tenants_makes_a_message_unreadable(key: bytes | None) -> None:
    assert reason_against(key, encode(model_update()))[0] == "invalid"
    assert reason_against(key, None)[0] == "invalid"


def test_a_version_under_anothers_key_is_unreadable() -> None:
    other = encode(model_update(tenant_id="22222222-2222-4222-8222-222222222222"))
    assert reason_against(newest_key(TENANT), other)[0] == "wrong-tenant"
