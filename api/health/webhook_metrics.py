"""Metrics of webhooks: the delivery counts them in Redis (`schemas.online_store`)."""

from collections.abc import Iterator, Mapping

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric


def webhook_metrics(tries: Mapping[str, str], oldest_waiting: str | None) -> Iterator[Metric]:
    """Of one reading; before the delivery has written any there is no age to show."""
    family = CounterMetricFamily(
        "webhook_tries",
        "Tries to deliver a message to a webhook, by what came of it: delivered, retried or failed for good.",
        labels=["outcome"],
    )
    for outcome, count in sorted(tries.items()):
        family.add_metric([outcome], float(count))
    yield family
    if oldest_waiting is not None:
        yield GaugeMetricFamily(
            "webhook_oldest_waiting_seconds",
            "How long the oldest message has waited for a webhook that is active; 0 where none waits.",
            float(oldest_waiting),
        )
