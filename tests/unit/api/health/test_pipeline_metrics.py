"""The pipeline's counters as Prometheus sees them."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest

from api.health.pipeline_metrics import PipelineMetrics
from api.health.webhook_metrics import webhook_metrics
from feature_writer.latency import histogram
from schemas.online_store import LATENCY_BOUNDS_MS


def registry(alerts: Mapping[str, str] | None, latency: Mapping[str, str] | None) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(PipelineMetrics(alerts, latency))
    return registry


def test_alerts_by_change() -> None:
    shown = registry({"raised": "3", "resolved": "1"}, {})
    assert shown.get_sample_value("alerts_generated_total", {"change": "raised"}) == 3
    assert shown.get_sample_value("alerts_generated_total", {"change": "resolved"}) == 1
    assert shown.get_sample_value("pipeline_metrics_up") == 1


@given(st.lists(st.integers(0, 100_000), min_size=1))
def test_latency_is_the_histogram_that_the_feature_writer_wrote(latencies: list[int]) -> None:
    written = {field: str(value) for field, value in histogram(latencies).items()}
    shown = registry({}, written)
    for bound in LATENCY_BOUNDS_MS:
        within = sum(latency <= bound for latency in latencies)
        assert shown.get_sample_value("prediction_latency_ms_bucket", {"le": str(bound)}) == within
    assert shown.get_sample_value("prediction_latency_ms_bucket", {"le": "+Inf"}) == len(latencies)
    assert shown.get_sample_value("prediction_latency_ms_count") == len(latencies)
    assert shown.get_sample_value("prediction_latency_ms_sum") == sum(latencies)


def test_before_the_first_prediction_the_histogram_is_there_and_empty() -> None:
    shown = registry({}, {})
    assert shown.get_sample_value("prediction_latency_ms_count") == 0


def test_webhooks_by_what_came_of_them() -> None:
    shown = CollectorRegistry()
    shown.register(PipelineMetrics({}, {}, webhook_metrics({"delivered": "7", "retried": "2"}, "1.250")))
    assert shown.get_sample_value("webhook_tries_total", {"outcome": "delivered"}) == 7
    assert shown.get_sample_value("webhook_tries_total", {"outcome": "retried"}) == 2
    assert shown.get_sample_value("webhook_oldest_waiting_seconds") == 1.25


def test_without_a_delivery_nothing_is_said_of_how_long_messages_wait() -> None:
    assert [metric.name for metric in webhook_metrics({}, None)] == ["webhook_tries"]


def test_without_redis_only_that_is_shown() -> None:
    text = generate_latest(registry(None, None)).decode()
    assert "pipeline_metrics_up 0.0" in text
    assert "prediction_latency_ms" not in text
    assert "alerts_generated" not in text
