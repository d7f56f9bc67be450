"""Which threshold and which version serves a tenant, from the messages that came. Broadcast state is a dict here."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from pyflink.datastream.state import MapStateDescriptor

from jobs.broadcasts import MODELS_STATE, SETTINGS_STATE, THRESHOLDS_STATE, Changed, Models, TenantSettings
from schemas import topics
from schemas.encoding import UnreadableMessage, encoder
from schemas.model_keys import newest_key, pinned_key
from schemas.setting_levels import WHOLE_TENANT, Level
from udfs.alert_rules import Setting
from udfs.risk_parameters import FAMILY, RiskParameters

TENANT = "2f0c9a4e-5a57-4bb0-9f5a-0a4e3d8f1a11"
OTHER = "2f0c9a4e-5a57-4bb0-9f5a-0a4e3d8f1a12"
NEWEST, PINNED = newest_key(TENANT), pinned_key(TENANT)
COLD = RiskParameters().to_json()


class DictState(dict[str, Any]):
    """Flink's names for what a dict does."""

    put = dict.__setitem__

    def remove(self, key: str) -> None:
        self.pop(key, None)


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


def levels() -> TenantSettings:
    return TenantSettings(pytest.fail)


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


def setting(**fields: object) -> bytes:
    record = {"tenant_id": TENANT, "threshold": 0.4, "updated_at": 0, **fields}
    return encoder(topics.SETTINGS.schema)(record)


def test_a_setting_is_kept_until_it_is_taken_back(state: Any) -> None:
    settings, key = levels(), f"{TENANT}|tea|"
    message = setting(sku="tea", category="drinks", horizon_hours=6)
    changed = settings.change(state, key.encode(), message)
    after = Setting(0.4, 6, category="drinks")
    assert changed == Changed(TENANT, Level("tea"), None, after)
    for unreadable in (b"no avro", setting(threshold=2.0), setting(tenant_id=OTHER)):
        with pytest.raises(UnreadableMessage):
            settings.change(state, key.encode(), unreadable)
    assert settings.by_key(state) == levels().by_key(state) == {key: after}
    assert state(SETTINGS_STATE) == {key: message}
    assert settings.change(state, key.encode(), None) == Changed(TENANT, Level("tea"), after, None)
    assert settings.by_key(state) == state(SETTINGS_STATE) == {}


def test_a_setting_that_this_release_cannot_read_is_told_and_hides_no_other(state: Any) -> None:
    later, good = f"{TENANT}|coffee|", f"{TENANT}|tea|"
    state(SETTINGS_STATE).update({later: b"\xc3\x01of a later release", good: setting(sku="tea")})
    warnings: list[str] = []
    settings = TenantSettings(warnings.append)
    assert settings.by_key(state) == {good: Setting(0.4)}
    assert len(warnings) == 1 and later in warnings[0]
    settings.change(state, later.encode(), None)
    assert [*state(SETTINGS_STATE)] == [good]


@pytest.mark.parametrize("key", [b"", b"acme||", f"{TENANT}|a".encode(), b"\xff"])
def test_a_setting_of_no_level_is_refused(state: Any, key: bytes) -> None:
    with pytest.raises(UnreadableMessage):
        levels().change(state, key, setting())


def test_thresholds_of_an_earlier_release_are_taken_over(state: Any) -> None:
    whole, sku = f"{TENANT}||", f"{TENANT}|tea|"
    state(THRESHOLDS_STATE).update({whole: 0.3, sku: 0.2})
    settings = levels()
    assert settings.by_key(state) == {whole: Setting(0.3), sku: Setting(0.2)}
    settings.change(state, whole.encode(), setting())
    settings.change(state, sku.encode(), None)
    assert levels().by_key(state) == {whole: Setting(0.4)}
    assert state(THRESHOLDS_STATE) == {}


@pytest.mark.parametrize(
    ("before", "after", "of_thresholds"),
    [
        (None, Setting(0.5), True),
        (Setting(0.5), None, True),
        (Setting(0.5), Setting(0.6, quiet=(0, 60), time_zone="UTC"), True),
        (None, Setting(0.5, 6), False),
        (Setting(horizon_hours=6), Setting(horizon_hours=12), False),
        (Setting(category="tea"), Setting(), False),
    ],
)
def test_another_horizon_or_category_makes_probabilities_others(
    before: Setting | None, after: Setting | None, of_thresholds: bool
) -> None:
    assert Changed(TENANT, WHOLE_TENANT, before, after).is_of_thresholds == of_thresholds
