"""Metrics of what happens outside of this process, counted by the feature writer in Redis and shown here.

The contract (all written with increments, so that several writers may share it; a field that is not there is nought):

``aurora:metrics:alerts_generated_total``
    hash; field: the alert's kind of change (``raised`` or ``cleared``), value: how many there were.
``aurora:metrics:prediction_latency_ms``
    hash; a field for each upper bound in ms and ``+Inf``, value: how many predictions took up to that long (cumulative,
    as in Prometheus), and ``sum``: their total in ms. The latency runs from the receipt of the event that a prediction
    follows from to the prediction's storing in the online store.
``aurora:online_store_updated_at``
    string; ``updated_at`` of the newest prediction in the online store, in ms since 1970.
"""

from collections.abc import Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from redis.asyncio import Redis
from redis.exceptions import RedisError

ALERTS_KEY = "aurora:metrics:alerts_generated_total"
LATENCY_KEY = "aurora:metrics:prediction_latency_ms"
UPDATED_AT_KEY = "aurora:online_store_updated_at"
LATENCY_BOUNDS_MS = (50, 100, 250, 500, 1_000, 2_000, 3_000, 5_000, 10_000, 30_000, 60_000, 300_000)


class PipelineMetrics(Collector):
    """One reading of the counters; without one, only that there is none."""

    def __init__(self, alerts: Mapping[str, str] | None, latency: Mapping[str, str] | None) -> None:
        self._alerts = alerts
        self._latency = latency

    def collect(self) -> Iterator[Metric]:
        """What Prometheus shows."""
        known = self._alerts is not None and self._latency is not None
        yield GaugeMetricFamily(
            "pipeline_metrics_up",
            "Whether the counters of the pipeline could be read from Redis.",
            float(known),
        )
        if self._alerts is not None:
            yield _alerts(self._alerts)
        if self._latency is not None:
            yield _latency(self._latency)


async def read_pipeline_metrics(redis: Redis) -> CollectorRegistry:
    """A registry with the counters as they are now; one that says so when Redis does not answer."""
    registry = CollectorRegistry()
    try:
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(ALERTS_KEY)
            pipeline.hgetall(LATENCY_KEY)
            alerts, latency = await pipeline.execute()
    except RedisError:
        registry.register(PipelineMetrics(None, None))
    else:
        registry.register(PipelineMetrics(_text(alerts), _text(latency)))
    return registry


def _alerts(counts: Mapping[str, str]) -> Metric:
    family = CounterMetricFamily(
        "alerts_generated", "Changes of alerts that the risk job has sent, by kind.", labels=["change"]
    )
    for change, count in sorted(counts.items()):
        family.add_metric([change], float(count))
    return family


def _latency(fields: Mapping[str, str]) -> Metric:
    # also the bounds of an older writer: they are in the hash
    bounds = sorted(
        {float(name) for name in fields if name != "sum"} | {*map(float, LATENCY_BOUNDS_MS), float("inf")}
    )
    counted = {float(name): float(count) for name, count in fields.items() if name != "sum"}
    buckets: list[tuple[str, float]] = []
    reached = 0.0
    for bound in bounds:
        reached = max(reached, counted.get(bound, 0.0))
        buckets.append(("+Inf" if bound == float("inf") else f"{bound:g}", reached))
    return HistogramMetricFamily(
        "prediction_latency_ms",
        "From the receipt of an event to its prediction in the online store, in ms.",
        buckets=buckets,
        sum_value=float(fields.get("sum", 0)),
    )


def _text(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}
