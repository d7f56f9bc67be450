"""Quiet hours by the clocks of those who sleep, also in the nights in which the clocks change."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from udfs.quiet_hours import QuietHours

NIGHT = QuietHours(22 * 60, 6 * 60 + 30, "Europe/Berlin")
NOON = QuietHours(12 * 60, 13 * 60, "Europe/Berlin")


def ms(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


@pytest.mark.parametrize(
    ("quiet", "now", "end"),
    [
        (NIGHT, "2026-11-24T21:59:59+01:00", None),
        (NIGHT, "2026-11-24T22:00:00+01:00", "2026-11-25T06:30:00+01:00"),
        (NIGHT, "2026-11-25T00:00:00+01:00", "2026-11-25T06:30:00+01:00"),
        (NIGHT, "2026-11-25T06:29:59+01:00", "2026-11-25T06:30:00+01:00"),
        (NIGHT, "2026-11-25T06:30:00+01:00", None),
        (NOON, "2026-07-01T12:30:00+02:00", "2026-07-01T13:00:00+02:00"),
        (NOON, "2026-07-01T13:00:00+02:00", None),
        # the clocks go forward at 02:00, and back at 03:00
        (NIGHT, "2026-03-28T23:00:00+01:00", "2026-03-29T06:30:00+02:00"),
        (NIGHT, "2026-10-24T23:00:00+02:00", "2026-10-25T06:30:00+01:00"),
        # an end that no clock shows that night
        (QuietHours(60, 150, "Europe/Berlin"), "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
        (QuietHours(22 * 60, 360, "Nowhere/Known"), "2026-11-24T23:00:00+00:00", "2026-11-25T06:00:00+00:00"),
    ],
)
def test_they_end_by_the_local_clock(quiet: QuietHours, now: str, end: str | None) -> None:
    assert quiet.end_ms(ms(now)) == (None if end is None else ms(end))


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_they_end_ahead_and_within_a_day(begin: int, end: int, zone: str, now: datetime) -> None:
    now_ms = round(now.timestamp() * 1000)
    found = QuietHours(begin, end, zone).end_ms(now_ms)
    if begin == end:
        assert found is None
    elif found is not None:
        # a day in which the clocks go back has an hour more
        assert timedelta() <= timedelta(milliseconds=found - now_ms) <= timedelta(hours=25)
