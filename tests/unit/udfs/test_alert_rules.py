"""The most specific level that sets a field says it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.setting_levels import Level, key_of, levels_of
from udfs.alert_rules import DEFAULT, AlertRule, Setting, is_closed, rule_for
from udfs.quiet_hours import QuietHours

TENANT = "3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa"
KEY = f"{TENANT}|apples|north"
LEVELS = [*levels_of("apples", "north", "fruit")]
RECORD: dict[str, Any] = {
    "tenant_id": TENANT,
    "sku": "apples",
    "threshold": 0.4,
    "threshold_is_set": True,
    "category": "fruit",
    "horizon_hours": 12,
    "quiet_from": "22:00",
    "quiet_to": "06:30",
    "time_zone": "Europe/Berlin",
    "closed_at": None,
}
settings = st.builds(
    Setting,
    st.none() | st.sampled_from([0.0, 0.5, 1.0]),
    st.none() | st.sampled_from([6, 48]),
    st.none() | st.sampled_from([(0, 60), (600, 600)]),
    st.none() | st.sampled_from(["UTC", "Asia/Tokyo"]),
    st.none() | st.just("fruit"),
)


@given(st.dictionaries(st.sampled_from(LEVELS), settings))
def test_each_field_is_said_by_the_most_specific_level(said: dict[Level, Setting]) -> None:
    category = said.get(Level("apples"), Setting()).category
    found = [said[level] for level in levels_of("apples", "north", category) if level in said]

    def first(field: str, otherwise: Any) -> Any:
        return next((value for each in found if (value := getattr(each, field)) is not None), otherwise)

    rule = rule_for(KEY, {key_of(TENANT, level): setting for level, setting in said.items()})
    assert rule.threshold == first("threshold", DEFAULT.threshold)
    assert rule.horizon_hours == first("horizon_hours", DEFAULT.horizon_hours)
    quiet = first("quiet", None)
    if quiet is None or quiet[0] == quiet[1]:
        assert rule.quiet is None
    else:
        assert rule.quiet == QuietHours(quiet[0], quiet[1], first("time_zone", "UTC"))


def test_without_a_setting_the_default_holds() -> None:
    of_others = ["u||", f"{TENANT}|pears|", f"{TENANT}|apples|south", f"{TENANT}|||fruit"]
    assert rule_for(KEY, {key: Setting(0.1) for key in of_others}) == DEFAULT == AlertRule(0.7, 24, None)


def test_a_threshold_of_zero_is_a_setting() -> None:
    assert rule_for(KEY, {KEY: Setting(0.0), f"{TENANT}||": Setting(0.9)}).threshold == 0.0


def test_a_record_says_what_it_sets() -> None:
    assert Setting.of(RECORD) == Setting(0.4, 12, (22 * 60, 6 * 60 + 30), "Europe/Berlin", "fruit")
    assert Setting.of({**RECORD, "threshold_is_set": False}).threshold is None
    # by itself it is the category that is spoken of
    assert Setting.of({**RECORD, "sku": None}).category is None


def test_a_tenant_is_closed_by_its_own_level_alone() -> None:
    closed = Setting.of({**RECORD, "closed_at": 1_795_521_600_000})
    assert is_closed(TENANT, {f"{TENANT}||": closed})
    assert not is_closed(TENANT, {f"{TENANT}||": Setting(0.4), f"{TENANT}|apples|": closed, "u||": closed})


@pytest.mark.parametrize(
    "change",
    [
        {"threshold": 1.5},
        {"threshold": float("nan")},
        {"horizon_hours": 7},
        {"quiet_from": "25:00"},
        {"quiet_to": "noon"},
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Setting.of({**RECORD, **change})
