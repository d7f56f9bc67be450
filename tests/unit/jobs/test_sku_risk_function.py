"""What becomes of the state of a tenant that is no more. State is a list or a dict here."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from jobs.broadcasts import SETTINGS_STATE, TenantSettings
from jobs.sku_risk_function import LESSONS, SkuRiskFunction
from jobs.suppressions import KeysAtStake
from jobs.watched_keys import WatchedKeys
from schemas import topics
from schemas.encoding import encoder
from schemas.setting_levels import WHOLE_TENANT, key_of
from udfs.lessons import FORGET

TENANT = "2f0c9a4e-5a57-4bb0-9f5a-0a4e3d8f1a11"
KEY = f"{TENANT}|tea|berlin"


class PackedState:
    """Of the current key."""

    def __init__(self, packed: bytes | None) -> None:
        self.packed = packed

    def value(self) -> bytes | None:
        return self.packed

    def clear(self) -> None:
        self.packed = None


@pytest.fixture
def context() -> SimpleNamespace:
    """Of a tenant that is closed."""
    now = datetime.now(UTC)
    closed = {"tenant_id": TENANT, "threshold": 0.7, "updated_at": now, "closed_at": now}
    settings = {key_of(TENANT, WHOLE_TENANT): encoder(topics.SETTINGS.schema)(closed)}
    return SimpleNamespace(
        get_broadcast_state=lambda descriptor: settings if descriptor is SETTINGS_STATE else {},
        get_current_key=lambda: KEY,
    )


def function(packed: bytes | None) -> Any:
    made = SkuRiskFunction(timedelta(minutes=15))
    # as `open` does it on a TaskManager, without what only a TaskManager has
    made._state = PackedState(packed)
    made._settings = TenantSettings(pytest.fail)
    made._watched, made._at_stake = WatchedKeys(), KeysAtStake()
    made._watched.assessed(KEY, 0.9, in_force=True)
    made._at_stake.assessed(KEY, at_stake=True)
    return made


@pytest.mark.parametrize("by_the_clock", [False, True])
def test_it_is_forgotten_and_the_learner_told(context: SimpleNamespace, by_the_clock: bool) -> None:
    made = function(b"a state that nobody reads")
    row = (KEY, b"a book that nobody reads")
    told = made.on_timer(0, context) if by_the_clock else made.process_element(row, context)
    assert [*told] == [(LESSONS, TENANT.encode(), FORGET)]
    assert made._state.packed is None
    assert [*made._watched.at(TENANT, WHOLE_TENANT)] == []
    assert made._at_stake._all == set()


def test_a_timer_of_what_was_forgotten_before_tells_nothing(context: SimpleNamespace) -> None:
    assert [*function(None).on_timer(0, context)] == []
