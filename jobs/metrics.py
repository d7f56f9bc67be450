"""Every metric that the Python stage reports, each with its meaning; Flink's Prometheus reporter serves them.

They appear as ``flink_taskmanager_job_task_operator_<name>`` with the operator and subtask as labels.
"""

from typing import Any

HISTOGRAM_WINDOW = 1_000
"""Values of a histogram that its quantiles speak of."""


class RiskMetrics:
    """The metrics of one subtask of the risk operator."""

    def __init__(self, group: Any) -> None:
        # both exist only on a TaskManager: a client that builds the job has no embedded interpreter
        from pemja import findClass

        histogram = findClass("org.apache.flink.runtime.metrics.DescriptiveStatisticsHistogram")
        self._predictions = group.counter("predictions_total")
        """Predictions made, by events or by the clock."""
        self._alerts = {
            change: group.add_group("change", change).counter("alerts_generated_total")
            for change in ("raised", "updated", "resolved")
        }
        """Changes of alerts told."""
        # PyFlink has no histogram of its own; the JVM's group below it does
        self._latency = group._metrics.histogram("prediction_latency_ms", histogram(HISTOGRAM_WINDOW))
        """From the receipt of the oldest event in a row to the prediction that reflects it, milliseconds."""

    def predicted(self, now_ms: int, received_ms: int | None) -> None:
        """One prediction; ``received_ms`` is None where only time moved on."""
        self._predictions.inc()
        if received_ms is not None:
            self._latency.update(now_ms - received_ms)

    def alerted(self, change: str) -> None:
        """One change of an alert."""
        self._alerts[change].inc()
