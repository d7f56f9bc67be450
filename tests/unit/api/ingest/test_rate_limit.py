"""The token bucket of a tenant."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.api.event_cases import OTHER_TENANT, TENANT

from api.ingest import rate_limit
from api.ingest.rate_limit import RateLimit


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def passed(limit: RateLimit, tries: int, tenant_id: UUID = TENANT) -> int:
    return sum(limit.take(tenant_id) == 0 for _ in range(tries))


def test_a_burst_passes_at_once_and_no_more(clock: Clock) -> None:
    limit = RateLimit(10, 5, clock)
    assert passed(limit, 20) == 5


def test_tokens_come_back_at_the_rate_up_to_the_burst(clock: Clock) -> None:
    limit = RateLimit(10, 5, clock)
    passed(limit, 5)
    clock.now += 0.35
    assert passed(limit, 20) == 3
    clock.now += 60
    assert passed(limit, 20) == 5


def test_the_answer_is_how_long_to_wait(clock: Clock) -> None:
    limit = RateLimit(0.5, 1, clock)
    assert limit.take(TENANT) == 0
    assert limit.take(TENANT) == pytest.approx(2)
    clock.now += 1.5
    assert limit.take(TENANT) == pytest.approx(0.5)
    clock.now += 0.75
    assert limit.take(TENANT) == 0


def test_a_refused_request_costs_nothing(clock: Clock) -> None:
    limit = RateLimit(1, 1, clock)
    passed(limit, 100)
    clock.now += 1.001
    assert limit.take(TENANT) == 0


def test_tenants_do_not_share(clock: Clock) -> None:
    limit = RateLimit(10, 5, clock)
    assert passed(limit, 20) == 5
    assert passed(limit, 20, OTHER_TENANT) == 5


def test_a_burst_below_one_still_lets_requests_through(clock: Clock) -> None:
    assert RateLimit(10, 0, clock).take(TENANT) == 0


def test_only_so_many_tenants_are_remembered(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MAX_TENANTS", 2)
    limit = RateLimit(1, 1, clock)
    tenants = [UUID(int=number) for number in range(3)]
    assert [limit.take(tenant) for tenant in tenants] == [0, 0, 0]
    assert limit.take(tenants[2]) > 0 and limit.take(tenants[1]) > 0
    assert limit.take(tenants[0]) == 0


@given(st.floats(0.5, 50), st.floats(1, 20), st.lists(st.floats(0, 2), max_size=60))
def test_no_span_of_time_sees_more_than_burst_and_rate_allow(
    rate: float, burst: float, pauses: list[float]
) -> None:
    clock = Clock()
    limit = RateLimit(rate, burst, clock)
    passes = []
    for pause in pauses:
        clock.now += pause
        if limit.take(TENANT) == 0:
            passes.append(clock.now)
    for first in range(len(passes)):
        for last in range(first, len(passes)):
            assert last - first + 1 <= burst + rate * (passes[last] - passes[first]) + 1e-6
