"""Whom a changed setting concerns, and whose alert it changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.watched_keys import WatchedKeys
from schemas.setting_levels import WHOLE_TENANT, Level
from udfs.alert_rules import AlertRule
from udfs.alerting import in_force_since, step

KEYS = ["t|a|n", "t|a|s", "t|b|n", "u|a|n"]


def watched() -> WatchedKeys:
    found = WatchedKeys()
    found.add(KEYS)
    return found


@pytest.mark.parametrize(
    ("level", "concerned"),
    [
        (WHOLE_TENANT, ["t|a|n", "t|a|s", "t|b|n"]),
        (Level(category="fruit"), ["t|a|n", "t|a|s", "t|b|n"]),
        (Level("", "n"), ["t|a|n", "t|b|n"]),
        (Level("a"), ["t|a|n", "t|a|s"]),
        (Level("a", "s"), ["t|a|s"]),
        (Level("b", "s"), []),
        (Level("c"), []),
    ],
)
def test_a_level_concerns_its_keys(level: Level, concerned: list[str]) -> None:
    assert sorted(watched().at("t", level)) == concerned


def test_a_tenant_that_is_not_known_has_none() -> None:
    assert [*watched().at("v", WHOLE_TENANT)] == [*watched().at("v", Level("a"))] == []


def test_what_is_not_known_may_change() -> None:
    assert watched().would_change("t|a|n", AlertRule(0.5))


def test_a_key_that_is_known_stays_known() -> None:
    found = watched()
    found.assessed("t|a|n", 0.4, in_force=False)
    found.add(KEYS)
    assert not found.would_change("t|a|n", AlertRule(0.5))


def test_a_key_that_is_no_more_concerns_nobody() -> None:
    found = watched()
    found.forget("t|a|n")
    assert [*found.at("t", Level("", "n"))] == ["t|b|n"]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_it_foretells_what_the_alert_will_do(chance: float, old: float, new: float) -> None:
    """Beyond the window in which a resolved alert is reopened, and before an update is due."""
    state, _ = step(None, chance, None, old, 0)
    found = watched()
    found.assessed("t|a|n", chance, in_force_since(state) is not None)
    _, change = step(state, chance, None, new, 1)
    assert found.would_change("t|a|n", AlertRule(new)) == (change is not None)
