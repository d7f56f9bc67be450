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


class LearnerMetrics:
    """The metrics of one subtask of the learner."""

    def __init__(self, group: Any) -> None:
        self._group = group
        self._labels = group.counter("labels_total")
        """Labels learned from."""
        self._versions = group.counter("model_versions_total")
        """Versions of a tenant's parameters published."""
        self._drifts = group.counter("drifts_total")
        """Times that the world of a tenant was seen to change, so that most of what was known is let go."""
        self._champion_changes = group.counter("champion_changes_total")
        """Times that a challenger took the champion's place."""
        self._log_losses: dict[str, Any] = {}

    def learned(self, labels: int) -> None:
        """So many labels of one grid hour."""
        self._labels.inc(labels)

    def drifted(self) -> None:
        """One drift seen."""
        self._drifts.inc()

    def champion_changed(self) -> None:
        """One champion replaced."""
        self._champion_changes.inc()

    def published(self, tenant_id: str, log_loss: float) -> None:
        """One version. ``champion_log_loss_millionths`` is the newest log loss of the tenant's champion, times a million.

        A whole number, because of Flink's settable gauges PyFlink has only that of whole numbers; a gauge that calls
        back would run Python on the reporter's thread.
        """
        self._versions.inc()
        gauge = self._log_losses.get(tenant_id)
        if gauge is None:
            of_tenant = self._group.add_group("tenant", tenant_id)
            gauge = self._log_losses[tenant_id] = of_tenant.distribution("champion_log_loss_millionths")
        gauge.update(round(log_loss * 1e6))
