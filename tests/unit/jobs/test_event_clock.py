"""How far time passes for a quiet SKU: with its tenant's feed, and not without."""

from hypothesis import given
from hypothesis import strategies as st

from jobs.event_clock import HISTORY_MS, LATE_MINUTES, EventClock
from udfs.combined import MINUTE_MS

NOW_MS = 29_000_000 * MINUTE_MS


def test_a_silent_feed_says_nothing() -> None:
    assert EventClock().passed_minute("t") is None


def test_time_passes_with_the_newest_event_less_what_may_be_late() -> None:
    clock = EventClock()
    for age_minutes in (30, 10, 20):
        clock.heard("t", NOW_MS - age_minutes * MINUTE_MS, NOW_MS)
    assert clock.passed_minute("t") == 29_000_000 - 10 - LATE_MINUTES
    assert clock.passed_minute("another") is None


def test_history_says_nothing_of_the_skus_not_read_yet() -> None:
    clock = EventClock()
    clock.heard("t", NOW_MS - HISTORY_MS - 1, NOW_MS)
    assert clock.passed_minute("t") is None
    clock.heard("t", NOW_MS - HISTORY_MS, NOW_MS)
    assert clock.passed_minute("t") == (NOW_MS - HISTORY_MS) // MINUTE_MS - LATE_MINUTES


@given(st.lists(st.tuples(st.integers(-(10**9), 10**12), st.integers(0, 10**9)), min_size=1))
def test_time_never_passes_the_clock_nor_goes_back(events: list[tuple[int, int]]) -> None:
    clock, passed, now_ms = EventClock(), -(2**62), NOW_MS
    for ahead_ms, wait_ms in events:
        now_ms += wait_ms
        clock.heard("t", now_ms + ahead_ms, now_ms)
        minute = clock.passed_minute("t")
        if minute is not None:
            assert passed <= minute <= now_ms // MINUTE_MS - LATE_MINUTES
            passed = minute
