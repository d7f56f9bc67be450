"""Limits on guessing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.attempts import MOST_REMEMBERED, PER_ADDRESS, PER_CLIENT, FailedAttempts, TooManyFailures


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def fails(attempts: FailedAttempts, client: str, address: str) -> bool:
    """Whether another failed attempt is let through."""
    try:
        attempts.begin(client, address)
    except TooManyFailures:
        return False
    return True


@given(st.lists(st.floats(0, 60), max_size=60))
def test_failures_of_one_client_from_one_place_never_exceed_the_allowance(pauses: list[float]) -> None:
    clock = Clock()
    attempts = FailedAttempts(clock)
    let_through = 0
    for pause in pauses:
        clock.now += pause
        let_through += fails(attempts, "client", "10.0.0.1")
    assert let_through <= PER_CLIENT.at_once + (clock.now - 1000) / PER_CLIENT.seconds_each + 1e-6


def test_waiting_as_told_is_enough() -> None:
    clock = Clock()
    attempts = FailedAttempts(clock)
    for _ in range(PER_CLIENT.at_once):
        attempts.begin("client", "10.0.0.1")
    with pytest.raises(TooManyFailures) as refused:
        attempts.begin("client", "10.0.0.1")
    clock.now += refused.value.seconds
    attempts.begin("client", "10.0.0.1")


def test_another_place_and_another_client_are_not_locked_out() -> None:
    attempts = FailedAttempts(Clock())
    while fails(attempts, "client", "10.0.0.1"):
        pass
    assert fails(attempts, "client", "10.0.0.2")
    assert fails(attempts, "another", "10.0.0.1")


def test_trying_many_clients_from_one_place_is_limited_too() -> None:
    attempts = FailedAttempts(Clock())
    results = [fails(attempts, f"client {i}", "10.0.0.1") for i in range(PER_ADDRESS.at_once + 5)]
    assert results == [True] * PER_ADDRESS.at_once + [False] * 5


def test_addresses_of_one_ipv6_network_are_one_place() -> None:
    attempts = FailedAttempts(Clock())
    while fails(attempts, "client", "2001:db8::1"):
        pass
    assert not fails(attempts, "client", "2001:db8::ffff")
    assert fails(attempts, "client", "2001:db8:0:1::1")


@given(st.integers(1, 300))
def test_success_counts_for_nothing(times: int) -> None:
    attempts = FailedAttempts(Clock())
    for _ in range(times):
        attempts.begin("client", "a unix socket")
        attempts.succeeded("client", "a unix socket")
    assert fails(attempts, "client", "a unix socket")


def test_what_is_remembered_is_bounded_and_the_newest() -> None:
    attempts = FailedAttempts(Clock())
    for number in range(MOST_REMEMBERED + 10):
        address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        attempts.begin("client", address)
    while fails(attempts, "client", address):
        pass
    assert not fails(attempts, "client", address)
