"""The histogram's fields against counting one by one."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from feature_writer.latency import histogram
from schemas.online_store import LATENCY_BOUNDS_MS

latencies = st.lists(
    st.integers(0, 100_000)
    | st.sampled_from([bound + step for bound in LATENCY_BOUNDS_MS for step in (0, 1)])
)


@given(latencies)
def test_each_bucket_counts_what_is_at_most_its_bound(observed: list[int]) -> None:
    found = Counter(histogram(observed))
    for bound in LATENCY_BOUNDS_MS:
        assert found[f"le_{bound}"] == sum(latency <= bound for latency in observed)
    assert found["count"] == len(observed)
    assert found["sum"] == sum(observed)


@given(latencies, latencies)
def test_increments_add_up_however_the_observations_are_batched(first: list[int], second: list[int]) -> None:
    added = Counter(histogram(first))
    added.update(histogram(second))
    assert added == Counter(histogram(first + second))
