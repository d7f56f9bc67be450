"""Operational time runs with the week's profile, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.operational_time import DAY_MS, HOUR_MS, HOURS, MONDAY_MS, WEEK_MS, WeekProfile

moments = st.integers(1_500_000_000_000, 2_000_000_000_000)
profiles = (
    st.lists(st.floats(0, 10), min_size=14, max_size=14)
    .filter(lambda pace: sum(pace) > 1)
    .map(lambda pace: WeekProfile([hour for half_day in pace for hour in [half_day] * 12]))
)
A_MONDAY_MS = MONDAY_MS + 2900 * WEEK_MS


def days_between(profile: WeekProfile, start_ms: int, end_ms: int) -> float:
    return profile.position(end_ms) - profile.position(start_ms)


def after(profile: WeekProfile, start_ms: int, days: float) -> int:
    return profile.moment(profile.position(start_ms) + days)


@given(moments, st.integers(0, 60 * DAY_MS))
def test_the_flat_profile_is_wall_clock_time(start_ms: int, length_ms: int) -> None:
    assert days_between(WeekProfile.flat(), start_ms, start_ms + length_ms) == pytest.approx(
        length_ms / DAY_MS, abs=1e-9
    )


@given(profiles, moments)
def test_a_week_is_a_week_whatever_its_profile(profile: WeekProfile, start_ms: int) -> None:
    assert days_between(profile, start_ms, start_ms + WEEK_MS) == pytest.approx(7)


@given(profiles, moments, st.integers(0, WEEK_MS), st.integers(0, WEEK_MS))
def test_time_adds_up(profile: WeekProfile, start_ms: int, first_ms: int, second_ms: int) -> None:
    middle_ms, end_ms = start_ms + first_ms, start_ms + first_ms + second_ms
    parts = days_between(profile, start_ms, middle_ms) + days_between(profile, middle_ms, end_ms)
    assert days_between(profile, start_ms, end_ms) == pytest.approx(parts, abs=1e-6)


@given(profiles, moments, st.floats(0.01, 40))
def test_after_is_the_moment_by_which_so_much_time_has_passed(
    profile: WeekProfile, start_ms: int, days: float
) -> None:
    end_ms = after(profile, start_ms, days)
    assert days_between(profile, start_ms, end_ms) == pytest.approx(days, abs=1e-4)
    assert days_between(profile, start_ms, end_ms - 1000) <= days + 1e-6


def test_closed_hours_take_no_time() -> None:
    open_at_noon = WeekProfile([1.0 if hour % 24 == 12 else 0.0 for hour in range(HOURS)])
    evening_ms = A_MONDAY_MS + 18 * HOUR_MS
    assert days_between(open_at_noon, evening_ms, evening_ms + 12 * HOUR_MS) == pytest.approx(0, abs=1e-9)
    assert after(open_at_noon, evening_ms, 0.5) == A_MONDAY_MS + 36 * HOUR_MS + HOUR_MS // 2


def test_the_profile_begins_on_monday_utc() -> None:
    only_monday = WeekProfile([1.0] * 24 + [0.0] * (HOURS - 24))
    monday_ms = 1_795_392_000_000  # 2026-11-23T00:00:00Z
    assert days_between(only_monday, monday_ms, monday_ms + DAY_MS) == pytest.approx(7)


@pytest.mark.parametrize("weights", [[1.0] * 24, [0.0] * HOURS, [-1.0] + [1.0] * 167, [float("inf")] * HOURS])
def test_a_profile_that_is_none_is_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="profile"):
        WeekProfile(weights)
