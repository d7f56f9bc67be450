"""Which threshold and which version serves a tenant, from the messages that came. Broadcast state is a dict here."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from pyflink.datastream.state import MapStateDescriptor

from jobs.broadcasts import MODELS_STATE, SETTINGS_STATE, Models, Thresholds
from schemas import topics
from schemas.encoding import UnreadableMessage, encoder
from schemas.model_keys import newest_key, pinned_key
from udfs.risk_parameters import FAMILY, RiskParameters

TENANT = "2f0c9a4e-5a57-4bb0-9f5a-0a4e3d8f1a11"
OTHER = "2f0c9a4e-5a57-4bb0-9f5a-0a4e3d8f1a12"
NEWEST, PINNED = newest_key(TENANT), pinned_key(TENANT)
COLD = RiskParameters().to_json()


class DictState(dict[str, Any]):
    """Flink's names for what a dict does."""

    put = dict.__setitem__
    remove = dict.pop


@pytest.fixture
def state() -> Callable[[MapStateDescriptor], DictState]:
    kept: dict[str, DictState] = {}
    return lambda descriptor: kept.setdefault(descriptor.get_name(), DictState())


def version(name: str, tenant_id: str = TENANT, parameters: str = COLD, **changes: object) -> bytes:
    digest = sha256(parameters.encode()).hexdigest()
    return encoder(topics.MODELS.schema)(
        {
            "tenant_id": tenant_id,
            "model_version": name,
            "created_at": 0,
            "data_from": 0,
            "data_to": 0,
            "parameters": parameters,
            "parameters_digest": digest,
            "scores": {},
            **changes,
        }
    )


def books() -> Models:
    return Models(pytest.fail)


def test_a_pin_wins_while_it_stands_and_a_tombstone_takes_it_back(state: Any) -> None:
    models, served = books(), []
    changes = (
        (NEWEST, version("v1")),
        (PINNED, version("v0")),
        (NEWEST, version("v2")),
        (PINNED, None),
        (NEWEST, None),
    )
    for key, value in changes:
        models.change(state, key, value)
        served.append(models.of(TENANT, state).model_version)
    assert served == ["v1", "v0", "v0", "v2", FAMILY]
    assert models.of(OTHER, state).model_version == FAMILY
    assert state(MODELS_STATE) == {}


def test_after_a_recovery_the_same_serves(state: Any) -> None:
    before = books()
    for key, value in (
        (NEWEST, version("v1")),
        (PINNED, version("v0")),
        (newest_key(OTHER), version("w1", OTHER)),
    ):
        before.change(state, key, value)
    after = books()
    served = [after.of(each, state).model_version for each in (TENANT, OTHER)]
    assert served == [before.of(each, state).model_version for each in (TENANT, OTHER)] == ["v0", "w1"]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (NEWEST, b"no avro", "malformed"),
        (NEWEST, version("v9", OTHER), "wrong-tenant"),
        (NEWEST, version("v9", parameters_digest="0" * 64), "invalid"),
        (NEWEST, version("v9", parameters='{"family":"nb-3"}'), "invalid"),
        (NEWEST, version("v9", parameters="[" * 100_000), "invalid"),
        (NEWEST, version("v9", parameters=COLD.replace('"slope":3.8', '"slope":1' + "0" * 400)), "invalid"),
        (b"nobody", version("v9"), "invalid"),
        (b"\xff", None, "invalid"),
        (b"", version("v9"), "invalid"),
    ],
    ids=[
        "no-avro",
        "other-tenant",
        "other-digest",
        "other-family",
        "deep",
        "huge",
        "no-key",
        "no-text",
        "no-bytes",
    ],
)
def test_what_cannot_be_read_changes_nothing(
    state: Any, key: bytes, value: bytes | None, reason: str
) -> None:
    models = books()
    models.change(state, NEWEST, version("v1"))
    before = dict(state(MODELS_STATE))
    with pytest.raises(UnreadableMessage) as problem:
        models.change(state, key, value)
    assert problem.value.reason == reason
    assert models.of(TENANT, state).model_version == "v1"
    assert state(MODELS_STATE) == before


def test_a_version_that_this_release_cannot_read_any_more_is_told_and_not_served(state: Any) -> None:
    state(MODELS_STATE)[NEWEST.decode()] = version("old", parameters='{"family":"nb-1"}')
    warnings: list[str] = []
    models = Models(warnings.append)
    assert models.of(TENANT, state).model_version == FAMILY
    assert len(warnings) == 1 and TENANT in warnings[0]


def test_a_threshold_is_kept_until_it_is_taken_back(state: Any) -> None:
    thresholds, key = Thresholds(), f"{TENANT}||"
    setting = {"tenant_id": TENANT, "threshold": 0.4, "updated_at": 0}
    thresholds.change(state, key.encode(), encoder(topics.SETTINGS.schema)(setting))
    with pytest.raises(UnreadableMessage):
        thresholds.change(state, key.encode(), b"no avro")
    assert thresholds.by_key(state) == Thresholds().by_key(state) == state(SETTINGS_STATE) == {key: 0.4}
    thresholds.change(state, key.encode(), None)
    assert thresholds.by_key(state) == state(SETTINGS_STATE) == {}
