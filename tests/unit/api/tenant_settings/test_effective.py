"""What holds for a SKU: the API says it, the stream acts by it, and both are the same."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.tenant_settings.effective import DEFAULTS, effective, where
from api.tenant_settings.setting import QuietHours, Setting
from api.tenant_settings.setting_query import parse_setting
from api.tenant_settings.setting_records import message_of
from api.web.problems import Problem
from schemas import topics
from schemas.encoding import decoder
from schemas.setting_levels import WHOLE_TENANT, Level, levels_of
from udfs import alert_rules
from udfs.quiet_hours import QuietHours as LocalQuietHours

TENANT = UUID("3f0c5a52-9d1e-4c1b-8a67-2e4b7d90c1aa")
NOW = datetime(2026, 11, 25, tzinfo=UTC)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
settings = st.builds(
    Setting,
    threshold=st.none() | st.floats(0, 1),
    horizon_hours=st.none() | st.sampled_from([6, 12, 24, 48]),
    quiet_hours=st.none() | st.builds(QuietHours, times, times),
    time_zone=st.none() | st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu"]),
    locale=st.none() | st.just("de-DE"),
)
LEVELS = [*levels_of("tea", "north", "drinks")]


def minute(time_of_day: str) -> int:
    hours, minutes = time_of_day.split(":")
    return int(hours) * 60 + int(minutes)


@given(st.dictionaries(st.sampled_from(LEVELS), settings), st.none() | st.just("drinks"))
def test_the_stream_acts_by_what_the_api_says(said: dict[Level, Setting], category: str | None) -> None:
    shown = effective([*levels_of("tea", "north", category)], said, category)
    decode, told = decoder(topics.SETTINGS.schema), {}
    for level in {*said, Level("tea")}:
        of_sku = category if level == Level("tea") else None
        key, value = message_of(TENANT, level, said.get(level), 0.5, NOW, of_sku)
        if value is not None:
            told[key.decode()] = alert_rules.Setting.of(decode(value))
    rule = alert_rules.rule_for(f"{TENANT}|tea|north", told)
    assert (rule.threshold, rule.horizon_hours) == (shown.threshold, shown.horizon_hours)
    quiet = shown.quiet_hours
    if quiet is None or quiet.begin == quiet.end:
        assert rule.quiet is None
    else:
        assert rule.quiet == LocalQuietHours(minute(quiet.begin), minute(quiet.end), shown.time_zone)


@given(st.dictionaries(st.sampled_from(LEVELS), settings))
def test_each_field_is_said_by_a_level_that_sets_it(said: dict[Level, Setting]) -> None:
    shown = effective(LEVELS, said)
    by_name = {where(level): setting for level, setting in said.items()}
    for field, name in shown.said_by.items():
        setting = DEFAULTS if name == "default" else by_name[name]
        assert getattr(shown, field) == getattr(setting, field)


def test_the_defaults_are_those_of_the_stream() -> None:
    assert (DEFAULTS.threshold, DEFAULTS.horizon_hours) == alert_rules.DEFAULT[:2]


def test_a_level_without_anything_takes_its_message_back() -> None:
    assert message_of(TENANT, WHOLE_TENANT, None, 0.7, NOW) == (f"{TENANT}||".encode(), None)


@pytest.mark.parametrize(
    "body", [b"", b"[" * 100_000, b'"\xff"', b'{"threshold": NaN}', b'{"threshold": 1e999}']
)
def test_what_is_no_json_is_refused_and_never_an_error(body: bytes) -> None:
    with pytest.raises(Problem) as problem:
        parse_setting(body, WHOLE_TENANT)
    assert (problem.value.status, problem.value.type) == (400, "bad-settings")
