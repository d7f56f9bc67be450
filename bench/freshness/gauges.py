"""What the stack tells of itself while it is under load: how far each stage has come."""

import re
from dataclasses import dataclass
from typing import Any

import httpx

from ops.settings import StackSettings

COUNTERS = {
    "messages": re.compile(
        r"^flink_taskmanager_job_task_operator_aurora_messages_total\{[^}]*\} (\S+)", re.M
    ),
    "predictions": re.compile(r"^flink_taskmanager_job_task_operator_predictions_total\{[^}]*\} (\S+)", re.M),
}
TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The stages at one moment."""

    messages: int
    """Events that the job has taken from Kafka since it began."""
    predictions: int
    """Predictions that it has made."""
    writer_lag: int | None
    """Predictions that are not in the online store; None where the API could not tell."""


class Gauges:
    """Reads the job's counters from its TaskManager and what the API says of the rest. Raises ``httpx.HTTPError``."""

    def __init__(self, settings: StackSettings) -> None:
        self._client = httpx.Client(timeout=TIMEOUT_S)
        self._metrics = [
            f"http://127.0.0.1:{settings.flink_metrics_port + number}/metrics"
            for number in range(settings.task_managers + 1)
        ]
        self._status = f"{settings.api_url}/v1/status"

    def close(self) -> None:
        self._client.close()

    def read(self) -> Reading:
        """Now."""
        counts = dict.fromkeys(COUNTERS, 0)
        for url in self._metrics:
            text = self._client.get(url).raise_for_status().text
            for name, pattern in COUNTERS.items():
                counts[name] += int(sum(map(float, pattern.findall(text))))
        told: dict[str, Any] = self._client.get(self._status).raise_for_status().json()["dependencies"]
        return Reading(**counts, writer_lag=told["feature_writer"].get("lag"))
