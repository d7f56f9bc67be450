"""The rate limit of a tenant over several processes, with a bucket in memory in the place of the one in Redis."""

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import ConnectionError
from unit.api.event_cases import OTHER_TENANT, TENANT

from api.limits import rate_limit
from api.limits.limit import Grant, Limit
from api.limits.local_shares import LocalShares
from api.limits.rate_limit import AWAY_S, RateLimit


class Clock:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class OneBucket:
    """What processes share, full at first; it can be away, and counts how often it was asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets = LocalShares(since=-1e12)
        self.asked = 0
        self.is_away = False

    async def take(self, tenant_id: UUID, limit: Limit, wanted: int) -> Grant:
        self.asked += 1
        # as with Redis, others get their turn before the answer
        await asyncio.sleep(0)
        if self.is_away:
            raise ConnectionError
        return self._buckets.take(tenant_id, limit, wanted, self._clock())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bucket(clock: Clock) -> OneBucket:
    return OneBucket(clock)


def process(bucket: OneBucket, clock: Clock, limit: Limit, of: int = 1) -> RateLimit:
    """One of so many processes."""
    return RateLimit(bucket, lambda _: limit, lambda: of, clock)


async def passed(limit: RateLimit, tries: int, tenant_id: UUID = TENANT) -> int:
    found = sum([await limit.take(tenant_id) == 0 for _ in range(tries)])
    await limit.close()
    return found


async def test_a_burst_passes_at_once_and_no_more(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(10, 5))
    assert await passed(limit, 20) == 5


async def test_tokens_come_back_at_the_rate_up_to_the_burst(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(10, 5))
    await passed(limit, 20)
    clock.now += 0.35
    assert await passed(limit, 20) == 3
    clock.now += 60
    assert await passed(limit, 20) == 5


async def test_the_answer_is_how_long_to_wait(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(0.5, 1))
    assert await limit.take(TENANT) == 0
    assert await limit.take(TENANT) == pytest.approx(2)
    clock.now += 1.5
    assert await limit.take(TENANT) == pytest.approx(0.5)
    clock.now += 0.75
    assert await limit.take(TENANT) == 0


async def test_tenants_do_not_share(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(10, 5))
    assert await passed(limit, 20) == 5
    assert await passed(limit, 20, OTHER_TENANT) == 5


async def test_the_bucket_is_asked_for_few_of_many_requests(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(15_000, 30_000))
    for _ in range(1_000):
        clock.now += 0.001
        assert await passed(limit, 10) == 10
    assert bucket.asked <= 10_000 / (limit.limit_of(TENANT).lease / 2) + 2


async def test_a_tenant_over_its_limit_costs_few_questions(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(1_000, 1_000))
    await passed(limit, 1_100)
    bucket.asked = 0
    for _ in range(1_000):
        clock.now += 0.001
        await passed(limit, 5)
    assert 50 <= bucket.asked <= 110


async def test_requests_that_come_together_ask_once(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(1_000, 1_000))
    assert await asyncio.gather(*(limit.take(TENANT) for _ in range(20))) == [0.0] * 20
    assert bucket.asked == 1


@pytest.mark.timeout(10)
async def test_requests_that_come_as_the_last_token_is_given_do_not_wait_for_ever(
    bucket: OneBucket, clock: Clock
) -> None:
    # each question brings one token; at each step of the loop two requests come, and both find it taken sooner or later
    one = process(bucket, clock, Limit(20, 20))
    requests = []
    for _ in range(20):
        requests += [asyncio.create_task(one.take(TENANT)) for _ in range(2)]
        await asyncio.sleep(0)
    waits = await asyncio.gather(*requests)
    assert waits.count(0.0) == 20


async def test_a_raised_limit_counts_within_a_second(bucket: OneBucket, clock: Clock) -> None:
    limits = [Limit(0.01, 1)]
    limit = RateLimit(bucket, lambda _: limits[0], lambda: 1, clock)
    assert await passed(limit, 5) == 1
    limits[0] = Limit(100, 50)
    clock.now += 1.001
    assert await passed(limit, 200) == 50


async def test_without_the_bucket_each_process_goes_by_its_share(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(100, 40), of=4)
    await passed(limit, 1)
    bucket.is_away = True
    held = limit.limit_of(TENANT).lease
    assert await passed(limit, 100) <= held
    assert not limit.is_shared
    clock.now += 60
    assert await passed(limit, 100) == 10
    clock.now += 0.2
    assert await passed(limit, 100) == 5


async def test_the_bucket_is_not_asked_all_the_time_while_it_is_away(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(1_000, 1_000))
    bucket.is_away = True
    for _ in range(100):
        clock.now += AWAY_S / 50
        await passed(limit, 10)
    assert 2 <= bucket.asked <= 4


async def test_when_the_bucket_is_back_the_processes_share_again(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(100, 40))
    bucket.is_away = True
    await passed(limit, 5)
    bucket.is_away = False
    clock.now += AWAY_S
    assert await passed(limit, 100) == 40
    assert limit.is_shared


async def test_one_who_gives_up_takes_nobody_along(bucket: OneBucket, clock: Clock) -> None:
    limit = process(bucket, clock, Limit(10, 5))
    impatient, patient = (asyncio.create_task(limit.take(TENANT)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 0
    assert impatient.cancelled()


async def test_only_so_many_tenants_are_remembered(
    bucket: OneBucket, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limit, "MOST_TENANTS", 2)
    limit = process(bucket, clock, Limit(1, 1))
    tenants = [UUID(int=number) for number in range(3)]
    assert [await limit.take(tenant) for tenant in tenants] == [0, 0, 0]
    # whoever was forgotten asks the bucket, which knows
    assert [await limit.take(tenant) > 0 for tenant in tenants] == [True] * 3


Step = tuple[float, int, int]
"""A pause in seconds, then a process and how many requests it is sent."""


@given(
    st.floats(1, 2_000),
    st.floats(1, 4_000),
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from([0, 0.001, 0.02, 0.3, 2]), st.integers(0, 3), st.integers(1, 400))),
)
def test_no_span_of_time_sees_more_than_the_limit_allows_over_all_processes(
    requests_per_second: float, burst: float, count: int, steps: list[Step]
) -> None:
    limit = Limit(requests_per_second, burst)
    passes = asyncio.run(_passes(limit, count, steps))
    slack = count * limit.lease
    # the passes of the steps up to each, so that any span is a difference
    for first in range(len(passes)):
        total = 0
        for last in range(first, len(passes)):
            total += passes[last][1]
            span = passes[last][0] - passes[first][0]
            assert total <= limit.requests_per_second * span + max(1.0, limit.burst) + slack + 1e-6


async def _passes(limit: Limit, count: int, steps: list[Step]) -> list[tuple[float, int]]:
    clock = Clock()
    bucket = OneBucket(clock)
    processes = [process(bucket, clock, limit, count) for _ in range(count)]
    passes = []
    for pause, number, tries in steps:
        clock.now += pause
        passes.append((clock.now, await passed(processes[number % count], tries)))
    return passes


@given(st.floats(1, 2_000), st.floats(1, 4_000), st.integers(1, 4), st.lists(st.integers(1, 50), min_size=1))
def test_what_the_limit_allows_does_pass(
    requests_per_second: float, burst: float, count: int, pauses_ms: list[int]
) -> None:
    """One process alone, asked for less than the limit, refuses nothing, whatever the others hold."""
    limit = Limit(requests_per_second, burst)

    async def refused() -> int:
        clock = Clock()
        bucket = OneBucket(clock)
        alone, *others = [process(bucket, clock, limit, count) for _ in range(count)]
        for other in others:
            await passed(other, 1)
        clock.now += 100 * burst / requests_per_second
        found = 0
        for pause_ms in pauses_ms:
            clock.now += max(pause_ms / 1000, 1.001 / requests_per_second)
            found += 1 - await passed(alone, 1)
        return found

    assert asyncio.run(refused()) == 0


def test_a_share_never_lets_nothing_through() -> None:
    share: Callable[[int], Limit] = Limit(10, 2).share
    assert [share(count).burst for count in (1, 2, 8)] == [2, 1, 1]
