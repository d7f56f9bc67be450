"""The few questions that the stack asks Flink's REST API."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

ENDED = frozenset({"FINISHED", "FAILED", "CANCELED", "SUSPENDED"})


class FlinkAway(Exception):
    """The JobManager does not answer, or not as expected."""


class FlinkDown(FlinkAway):
    """Nobody listens where the JobManager should: it is not there, or comes back just now."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that the cluster knows. ``running`` of its ``tasks`` run now."""

    id: str
    name: str
    state: str
    started_ms: int
    running: int
    tasks: int

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def well(self) -> bool:
        """Whether all of it runs."""
        return self.state == "RUNNING" and self.running == self.tasks > 0


class FlinkRest:
    """One cluster's REST API. Every call raises `FlinkAway` where there is no good answer."""

    def __init__(self, url: str, timeout: timedelta = timedelta(seconds=3)) -> None:
        self._url = url
        # one client, because making one loads all certificates of the system; no connection is kept for the next call,
        # so that a JobManager that was restarted in between is none the worse
        self._client = httpx.Client(
            timeout=timeout.total_seconds(), limits=httpx.Limits(max_keepalive_connections=0)
        )

    def jobs(self) -> list[Job]:
        """Every job since the JobManager's start, also those that ended."""
        return [
            Job(
                id=str(row["jid"]),
                name=str(row["name"]),
                state=str(row["state"]),
                started_ms=int(row["start-time"]),
                running=int(row["tasks"]["running"]),
                tasks=int(row["tasks"]["total"]),
            )
            for row in self._get("/v1/jobs/overview")["jobs"]
        ]

    def silence_of_task_managers(self) -> dict[str, timedelta]:
        """How long ago each registered TaskManager was last heard of, by resource id."""
        now = time.time()
        rows = self._get("/v1/taskmanagers")["taskmanagers"]
        # the field is a point in time, whatever its name says
        return {row["id"]: timedelta(seconds=now - row["timeSinceLastHeartbeat"] / 1000) for row in rows}

    def _get(self, path: str) -> dict[str, Any]:
        try:
            response = self._client.get(f"{self._url}{path}").raise_for_status()
            answer = response.json()
        except httpx.ConnectError as error:
            raise FlinkDown(f"{self._url}{path}: {error}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise FlinkAway(f"{self._url}{path}: {error}") from error
        if not isinstance(answer, dict):
            raise FlinkAway(f"{self._url}{path} answered {answer!r:.200}")
        return answer
