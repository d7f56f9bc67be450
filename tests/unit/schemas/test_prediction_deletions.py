"""Which predictions a deletion hides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.encoding import decoder, encoder
from schemas.prediction_deletions import Deletion, State, key_of, state_of

TENANT = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa"

names = st.sampled_from(["A", "B", "Ü|,\"'"])
times = st.integers(0, 9)
deletions = st.builds(
    Deletion,
    st.uuids().map(str),
    st.none() | names,
    st.none() | names,
    st.none() | times,
    times,
    st.sampled_from(State),
)


@pytest.mark.parametrize(
    ("deletion", "hides"),
    [
        (Deletion("d", None, None, None, 100), True),
        (Deletion("d", "TEA", None, None, 100), True),
        (Deletion("d", "TEA", "north", 99, 100), True),
        (Deletion("d", "TEA", "north", 100, 200), False),
        (Deletion("d", "TEA", "north", None, 99), False),
        (Deletion("d", "SALT", None, None, 100), False),
        (Deletion("d", None, "south", None, 100), False),
        (Deletion("d", None, None, None, 100, State.RESTORED), False),
        (Deletion("d", None, None, None, 100, State.PURGED), True),
    ],
)
def test_a_deletion_hides_what_was_made_in_its_time_of_its_sku(deletion: Deletion, hides: bool) -> None:
    assert deletion.covers("TEA", "north", 99) == hides


@given(deletions)
def test_both_forms_tell_all_of_it(deletion: Deletion) -> None:
    assert Deletion.of_text(deletion.text) == deletion
    message = encoder("prediction_deletion")(deletion.record(TENANT, 5))
    assert Deletion.of(decoder("prediction_deletion", "ms")(message)) == deletion


@given(st.lists(deletions), names, names, times)
def test_what_is_purged_stays_gone_whatever_else_hides_it(
    several: list[Deletion], sku: str, warehouse: str, at: int
) -> None:
    state = state_of(several, sku, warehouse, at)
    covering = {each.state for each in several if each.covers(sku, warehouse, at)}
    assert (state is None) == (not covering)
    assert (state is State.PURGED) == (State.PURGED in covering)


def test_a_key_names_tenant_and_deletion() -> None:
    assert key_of(TENANT, "d") == f"{TENANT}|d".encode()
