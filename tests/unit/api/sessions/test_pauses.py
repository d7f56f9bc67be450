"""Pauses after failed attempts: none at first, then growing, never beyond the longest."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.sessions.pauses import OF_ACCOUNT, OF_NETWORK, Pauses

PAUSES = st.sampled_from([OF_ACCOUNT, OF_NETWORK, Pauses(0, timedelta(seconds=1), timedelta(hours=1))])


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 0), (1, 0), (5, 0), (6, 2), (7, 4), (8, 8), (14, 512), (15, 900), (99, 900)]
)
def test_an_account_s_pauses(failures: int, seconds: int) -> None:
    assert OF_ACCOUNT.after(failures) == timedelta(seconds=seconds)


@given(PAUSES, st.integers(0, 10_000))
def test_a_further_failure_never_costs_less(pauses: Pauses, failures: int) -> None:
    assert timedelta(0) <= pauses.after(failures) <= pauses.after(failures + 1) <= pauses.longest


@given(st.integers(6, 10_000))
def test_a_password_of_a_million_s_chance_takes_years_to_guess(failures: int) -> None:
    # from the tenth pause on, no more than four a hour
    assert sum((OF_ACCOUNT.after(each) for each in range(failures)), timedelta(0)) >= (
        timedelta(minutes=15) * max(0, failures - 16)
    )
