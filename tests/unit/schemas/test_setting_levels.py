"""Which settings go before which, and the keys of their messages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.setting_levels import WHOLE_TENANT, Level, key_of, levels_of, tenant_and_level

TENANT = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa"
NAMES = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), min_size=1)
NONE = st.just("")
LEVELS = st.builds(Level, NONE | NAMES, NONE | NAMES, NONE) | st.builds(Level, NONE, NONE, NAMES)


def test_the_most_specific_goes_first() -> None:
    assert [*levels_of("apples", "north", "fruit")] == [
        Level("apples", "north"),
        Level("apples"),
        Level(category="fruit"),
        Level("", "north"),
        WHOLE_TENANT,
    ]


def test_what_is_not_known_has_no_level() -> None:
    assert [*levels_of("apples", "", None)] == [Level("apples"), WHOLE_TENANT]


@given(LEVELS, st.uuids().map(str))
def test_a_key_tells_its_level(level: Level, tenant_id: str) -> None:
    assert tenant_and_level(key_of(tenant_id, level)) == (tenant_id, level)


def test_the_keys_are_those_of_the_contract() -> None:
    assert key_of(TENANT, WHOLE_TENANT) == f"{TENANT}||"
    assert key_of(TENANT, Level("apples", "north")) == f"{TENANT}|apples|north"
    assert key_of(TENANT, Level("apples")) == f"{TENANT}|apples|"
    assert key_of(TENANT, Level("", "north")) == f"{TENANT}||north"
    assert key_of(TENANT, Level(category="fruit")) == f"{TENANT}|||fruit"


@pytest.mark.parametrize(
    "key", ["", "acme||", TENANT, f"{TENANT}|a", f"{TENANT}|a|b|c", f"{TENANT}|||", f"{TENANT}|||a|b"]
)
def test_any_other_key_is_no_levels(key: str) -> None:
    with pytest.raises(ValueError, match="no key of a tenant's settings"):
        tenant_and_level(key)
