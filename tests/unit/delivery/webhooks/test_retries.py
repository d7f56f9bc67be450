"""What follows a try."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.webhooks.retries import (
    LONGEST_RETRY_AFTER,
    TRIES,
    Outcome,
    Verdict,
    retry_after_of,
    verdict,
    wait,
)

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FIRST = timedelta(seconds=5)
CHANCES = st.floats(0, 1)
STATUSES = st.integers(100, 599).map(Outcome)


@given(status=st.integers(200, 299), tries=st.integers(1, TRIES), chance=CHANCES)
def test_a_good_status_ends_it(status: int, tries: int, chance: float) -> None:
    assert verdict(Outcome(status), tries, NOW, FIRST, chance) == Verdict("delivered")


@given(outcome=STATUSES, tries=st.integers(1, TRIES - 1), chance=CHANCES)
def test_whatever_fails_is_tried_five_times_more(outcome: Outcome, tries: int, chance: float) -> None:
    follows = verdict(outcome, tries, NOW, FIRST, chance)
    if outcome.got_through or outcome.is_gone:
        assert follows.state != "waiting"
    else:
        assert follows.state == "waiting"
        assert follows.next_try_at is not None and follows.next_try_at > NOW


@pytest.mark.parametrize("outcome", [Outcome(500), Outcome(302), Outcome(error="no answer within 15 s")])
def test_the_sixth_is_the_last(outcome: Outcome) -> None:
    assert verdict(outcome, TRIES, NOW, FIRST, 0.5) == Verdict("failed")


def test_gone_is_gone_at_once() -> None:
    assert verdict(Outcome(410), 1, NOW, FIRST, 0.5) == Verdict("failed")


def test_the_plan() -> None:
    waits = [wait(tries, FIRST, None, 0.5) for tries in range(1, TRIES)]
    assert waits == [timedelta(seconds=5 * 6**exponent) for exponent in range(5)]
    assert sum(waits, timedelta()) < timedelta(hours=2, minutes=15)


@given(tries=st.integers(1, TRIES - 1), chance=CHANCES)
def test_chance_moves_it_by_a_quarter(tries: int, chance: float) -> None:
    planned = wait(tries, FIRST, None, 0.5)
    assert 0.75 * planned <= wait(tries, FIRST, None, chance) <= 1.25 * planned


@given(asked=st.timedeltas(timedelta(0), timedelta(days=100)), chance=CHANCES)
def test_who_asks_for_time_has_it_within_reason(asked: timedelta, chance: float) -> None:
    given_time = wait(1, FIRST, asked, chance)
    assert given_time >= min(asked, LONGEST_RETRY_AFTER)
    assert given_time <= 1.25 * max(LONGEST_RETRY_AFTER, FIRST)


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("9" * 50, None),
        ("\u0661", None),
        ("0", timedelta(0)),
        (" 120 ", timedelta(minutes=2)),
        (format_datetime(NOW + timedelta(minutes=2), usegmt=True), timedelta(minutes=2)),
        (format_datetime(NOW - timedelta(minutes=2), usegmt=True), timedelta(0)),
        ("Wed, 25 Nov 2026 99:99:99 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_time(header: str | None, asked: timedelta | None) -> None:
    assert retry_after_of(header, NOW) == asked


@given(st.text(max_size=60))
def test_no_header_of_a_receiver_s_breaks_us(header: str) -> None:
    asked = retry_after_of(header, NOW)
    assert asked is None or asked >= timedelta(0)
