"""How long predictions took from the receipt of their oldest event to the online store, as a Prometheus histogram."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate

from schemas.online_store import LATENCY_BOUNDS_MS


def histogram(latencies_ms: Iterable[int]) -> dict[str, int]:
    """The observations as increments of the fields of `schemas.online_store.PREDICTION_LATENCY`; empty for none."""
    observed = list(latencies_ms)
    if not observed:
        return {}
    counts = [0] * (len(LATENCY_BOUNDS_MS) + 1)
    for latency in observed:
        counts[bisect_left(LATENCY_BOUNDS_MS, latency)] += 1
    buckets = {
        f"le_{bound}": total for bound, total in zip(LATENCY_BOUNDS_MS, accumulate(counts), strict=False)
    }
    return {**buckets, "count": len(observed), "sum": sum(observed)}
