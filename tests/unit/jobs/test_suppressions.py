"""Which SKUs raise no alert, from the messages that came. Broadcast state is a dict here."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyflink.datastream.state import MapStateDescriptor

from jobs.suppressions import SUPPRESSIONS_STATE, KeysAtStake, Suppressions
from schemas import examples, topics
from schemas.encoding import UnreadableMessage, encoder
from schemas.suppression_buckets import key_of
from udfs.suppression import places_of

RECORD = examples.valid("suppression_bucket")["one-for-all-warehouses"]
KEY = key_of(RECORD["tenant_id"], RECORD["bucket"])
MESSAGE = encoder(topics.SUPPRESSIONS.schema)(RECORD)
SKU = f"{RECORD['tenant_id']}|TEA-1|berlin"


class DictState(dict[str, Any]):
    """Flink's names for what a dict does."""

    put = dict.__setitem__

    def remove(self, key: str) -> None:
        self.pop(key, None)


@pytest.fixture
def state() -> Callable[[MapStateDescriptor], DictState]:
    kept: dict[str, DictState] = {}
    return lambda descriptor: kept.setdefault(descriptor.get_name(), DictState())


def lists() -> Suppressions:
    return Suppressions(pytest.fail)


def test_a_bucket_holds_until_a_tombstone_empties_it(state: Any) -> None:
    suppressions = lists()
    assert not suppressions.is_suppressed(SKU, 0, state)
    suppressions.change(state, KEY, MESSAGE)
    assert suppressions.is_suppressed(SKU, 0, state)
    suppressions.change(state, KEY, None)
    assert not suppressions.is_suppressed(SKU, 0, state)
    suppressions.change(state, KEY, None)
    assert state(SUPPRESSIONS_STATE) == {}


def test_the_lists_survive_a_restart(state: Any) -> None:
    lists().change(state, KEY, MESSAGE)
    assert lists().is_suppressed(SKU, 0, state)


def test_a_bucket_that_this_release_cannot_read_is_told_and_hides_no_other(state: Any) -> None:
    later = key_of(RECORD["tenant_id"], RECORD["bucket"] + 1).decode()
    state(SUPPRESSIONS_STATE).update({later: b"\xc3\x01of a later release", KEY.decode(): MESSAGE})
    warnings: list[str] = []
    assert Suppressions(warnings.append).is_suppressed(SKU, 0, state)
    assert len(warnings) == 1 and later in warnings[0]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        (KEY, b"nonsense", "malformed"),
        (b"nobody", MESSAGE, "invalid"),
        (key_of(RECORD["tenant_id"], RECORD["bucket"] + 1), MESSAGE, "wrong-tenant"),
        (KEY, encoder(topics.SUPPRESSIONS.schema)({**RECORD, "expiries": b""}), "invalid"),
    ],
)
def test_what_cannot_be_read_leaves_the_bucket_as_it_was(
    state: Any, key: bytes, value: bytes, reason: str
) -> None:
    suppressions = lists()
    suppressions.change(state, KEY, MESSAGE)
    with pytest.raises(UnreadableMessage) as problem:
        suppressions.change(state, key, value)
    assert problem.value.reason == reason
    assert suppressions.is_suppressed(SKU, 0, state)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from("xy"), st.booleans())))
def test_a_bucket_tells_whose_alert_is_at_stake(assessed: list[tuple[str, str, bool]]) -> None:
    at_stake = KeysAtStake()
    last: dict[str, bool] = {}
    for sku, warehouse, is_at_stake in assessed:
        key = f"{RECORD['tenant_id']}|{sku}|{warehouse}"
        last[key] = is_at_stake
        at_stake.assessed(key, is_at_stake)
    for place in {place for key in last for place in places_of(key)}:
        concerned = {key for key, is_at_stake in last.items() if is_at_stake and place in places_of(key)}
        assert set(at_stake.of(place)) == concerned
