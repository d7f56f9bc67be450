"""Contenders that are jobs of a Flink cluster, which each has for itself: the risk job, and PyFlink event by event."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from bench.drain.backlog import Backlog
from bench.drain.looks import Counts, Running
from ops.job_submission import submission
from ops.parts import flink, flink_jvm
from ops.settings import PROJECT
from ops.stack import Stack, StackSettings

PER_EVENT_JOB = PROJECT / "bench" / "drain" / "contenders" / "per_event_job.py"


@dataclass(frozen=True, slots=True)
class Counters:
    """Names of what tells how far a job is."""

    events: str
    rows: str | None = None

    def read(self, texts: Iterable[str]) -> Counts:
        """From what the processes of a cluster say to Prometheus."""
        texts = [*texts]
        return Counts(
            _sum_of(self.events, texts),
            None if self.rows is None else _sum_of(self.rows, texts),
        )


# the histogram holds predictions of events alone: those by the clock go on for ever
OF_RISK_JOB = Counters("aurora_messages_total", "prediction_latency_ms_count")
OF_PER_EVENT_JOB = Counters("events_total")


def _sum_of(counter: str, texts: Iterable[str]) -> int:
    pattern = re.compile(rf"^flink_taskmanager_job_task_operator_{counter}\{{[^}}]*\}} (\S+)", re.M)
    return int(sum(float(value) for text in texts for value in pattern.findall(text)))


@dataclass(frozen=True, slots=True)
class Cluster:
    """A JobManager and its TaskManagers; what a job has done are counters of theirs."""

    stack: Stack
    counters: Counters

    @property
    def task_managers(self) -> list[psutil.Process]:
        return [process for name, process in self._by_name().items() if name.startswith(flink.TASKMANAGER)]

    @property
    def processes(self) -> Sequence[psutil.Process]:
        return list(self._by_name().values())

    def counts(self) -> Counts:
        """Of all TaskManagers; nothing of one that cannot be asked now."""
        return self.counters.read(self.metrics())

    def metrics(self) -> Iterator[str]:
        """What each process of the cluster says to Prometheus."""
        settings = self.stack.settings
        for number in range(settings.task_managers + 1):
            try:
                yield httpx.get(f"http://127.0.0.1:{settings.flink_metrics_port + number}/metrics").text
            except httpx.HTTPError:
                continue

    def submit(self, command: Sequence[str]) -> None:
        """Run a client of Flink that submits a job."""
        environment = {**flink.environment(self.stack.settings, "bench"), "PYTHONPATH": str(PROJECT)}
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])

    def pin(self) -> None:
        """Give each TaskManager one processor, with all the threads that it has and will have."""
        for core, process in enumerate(self.task_managers):
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), {core})

    def _by_name(self) -> dict[str, psutil.Process]:
        return {
            name: psutil.Process(status.process.pid)
            for name, status in self.stack.status().items()
            # one that was just killed is still listed
            if psutil.pid_exists(status.process.pid) and name.startswith("flink-")
        }


@contextmanager
def cluster(settings: StackSettings, counters: Counters) -> Iterator[Cluster]:
    """A cluster of these settings."""
    stack = Stack(settings)
    try:
        stack.up({part.name for part in flink.taskmanagers(settings)})
        yield Cluster(stack, counters)
    finally:
        stack.down()


def settings_beside(backlog: Backlog, folder: Path, slots: int) -> StackSettings:
    """Settings of a cluster in this folder that reads from the backlog's broker."""
    kafka_port = int(backlog.kafka.rpartition(":")[2])
    return StackSettings.for_tests(folder).model_copy(
        update={"kafka_port": kafka_port, "task_managers": slots}
    )


@contextmanager
def risk_job(backlog: Backlog, folder: Path, slots: int, pinned: bool) -> Iterator[Running]:
    """The real one, in so many slots."""
    with cluster(settings_beside(backlog, folder, slots), OF_RISK_JOB) as its:
        if pinned:
            its.pin()
        its.submit(submission(its.stack.settings, None))
        yield its


@contextmanager
def per_event_job(backlog: Backlog, folder: Path) -> Iterator[Running]:
    """Everything in Python."""
    with cluster(settings_beside(backlog, folder, 1), OF_PER_EVENT_JOB) as its:
        url = its.stack.settings.flink_url.removeprefix("http://")
        client = [str(flink_jvm.PYFLINK / "bin" / "flink"), "run", "--detached", "--jobmanager", url]
        its.submit([*client, "--python", str(PER_EVENT_JOB), backlog.kafka, backlog.topic.name])
        yield its
