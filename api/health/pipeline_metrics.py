"""Metrics of what happens outside of this process: others count them in Redis (`schemas.online_store`)."""

from collections.abc import Iterable, Iterator, Mapping

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

from api.health.webhook_metrics import webhook_metrics
from schemas.online_store import (
    ALERTS_GENERATED,
    LATENCY_BOUNDS_MS,
    PREDICTION_LATENCY,
    WEBHOOK_OLDEST_WAITING,
    WEBHOOK_TRIES,
)


class PipelineMetrics(Collector):
    """One reading of the counters; where there is none, it tells only that."""

    def __init__(
        self,
        alerts: Mapping[str, str] | None,
        latency: Mapping[str, str] | None,
        webhooks: Iterable[Metric] = (),
    ) -> None:
        self._alerts = alerts
        self._latency = latency
        self._webhooks = tuple(webhooks)

    def collect(self) -> Iterator[Metric]:
        """What Prometheus shows."""
        known = self._alerts is not None and self._latency is not None
        yield GaugeMetricFamily(
            "pipeline_metrics_up", "Whether the pipeline's counters could be read from Redis.", float(known)
        )
        if self._alerts is not None:
            yield _alerts(self._alerts)
        if self._latency is not None:
            yield _latency(self._latency)
        yield from self._webhooks


async def read_pipeline_metrics(redis: Redis) -> CollectorRegistry:
    """A registry of the counters as they are now."""
    registry = CollectorRegistry()
    try:
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.hgetall(ALERTS_GENERATED)
            pipeline.hgetall(PREDICTION_LATENCY)
            pipeline.hgetall(WEBHOOK_TRIES)
            pipeline.get(WEBHOOK_OLDEST_WAITING)
            alerts, latency, tries, oldest = await pipeline.execute()
    except RedisError:
        registry.register(PipelineMetrics(None, None))
    else:
        webhooks = webhook_metrics(_text(tries), None if oldest is None else oldest.decode())
        registry.register(PipelineMetrics(_text(alerts), _text(latency), webhooks))
    return registry


def _alerts(counts: Mapping[str, str]) -> Metric:
    family = CounterMetricFamily(
        "alerts_generated", "Changes of alerts that the risk job has published, by kind.", labels=["change"]
    )
    for change, count in sorted(counts.items()):
        family.add_metric([change], float(count))
    return family


def _latency(fields: Mapping[str, str]) -> Metric:
    buckets = [(str(bound), float(fields.get(f"le_{bound}", 0))) for bound in LATENCY_BOUNDS_MS]
    buckets.append(("+Inf", float(fields.get("count", 0))))
    return HistogramMetricFamily(
        "prediction_latency_ms",
        "From the receipt of a prediction's oldest new event to its place in the online store, in ms.",
        buckets=buckets,
        sum_value=float(fields.get("sum", 0)),
    )


def _text(fields: Mapping[bytes, bytes]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in fields.items()}
