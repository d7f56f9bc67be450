"""Refreshes come once a period and are spread over it."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from udfs.refresh import next_refresh_ms

MOMENTS = st.integers(0, 2**41)
PERIODS = st.integers(1, 10**8)


@given(key=st.text(), now_ms=MOMENTS, period_ms=PERIODS)
def test_comes_within_a_period_and_then_once_a_period(key: str, now_ms: int, period_ms: int) -> None:
    first = next_refresh_ms(key, now_ms, period_ms)
    assert now_ms < first <= now_ms + period_ms
    assert next_refresh_ms(key, first, period_ms) == first + period_ms


def test_many_keys_spread_over_the_period() -> None:
    buckets = Counter(next_refresh_ms(f"tenant|sku-{n}|w", 0, 1_000) // 100 for n in range(10_000))
    assert min(buckets[n] for n in range(1, 10)) > 800
