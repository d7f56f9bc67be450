"""A cluster with the risk job, and what is to be seen of it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.drain.flink_jobs import OF_RISK_JOB, Cluster, settings_beside
from bench.drain.measured import LOOKS_A_SECOND
from bench.freshness.processor_time import TASKMANAGER, THREADS, ProcessorTime
from bench.scale.checkpoints import Checkpoint, completed
from bench.scale.history import History
from bench.scale.options import BACKENDS, lay_over
from ops.flink_rest import FlinkAway, FlinkRest, Job
from ops.parts import flink
from ops.stack import Stack

HEAP_USED = re.compile(r"^flink_taskmanager_Status_JVM_Memory_Heap_Used\{[^}]*\} (\S+)", re.M)
PREDICTIONS = re.compile(r"^flink_taskmanager_job_task_operator_predictions_total\{[^}]*\} (\S+)", re.M)
SOURCE, RISK = THREADS["Source: orders"], THREADS["SkuRisk"]
LONGEST_S = 1_800.0
"""Of anything that is waited for."""


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds of a cluster up to a moment, and what it had done by then."""

    all: float
    source: float
    """Of the thread that reads, decodes and combines."""
    risk: float
    """Of the thread that thinks, in Python."""
    events: int
    rows: int
    """Predictions: one for each SKU and window in which something happened to it."""

    @property
    def event_us(self) -> float:
        """Of the source's thread for an event."""
        return self.source / max(self.events, 1) * 1e6

    @property
    def row_us(self) -> float:
        """Of the Python thread for a row."""
        return self.risk / max(self.rows, 1) * 1e6

    def since(self, earlier: "Spent") -> "Spent":
        return Spent(
            self.all - earlier.all,
            self.source - earlier.source,
            self.risk - earlier.risk,
            self.events - earlier.events,
            self.rows - earlier.rows,
        )


@dataclass(slots=True)
class Watched:
    """A cluster with the risk job, and the most memory that its TaskManager was seen to have."""

    cluster: Cluster
    peak_rss_mib: float = 0.0

    @property
    def url(self) -> str:
        return self.cluster.stack.settings.flink_url

    @property
    def job(self) -> Job | None:
        """As it is now, if the cluster answers."""
        try:
            return next((job for job in FlinkRest(self.url).jobs() if not job.ended), None)
        except FlinkAway:
            return None

    @property
    def checkpoints(self) -> list[Checkpoint]:
        job = self.job
        return completed(self.url, job.id) if job else []

    def spent(self) -> Spent:
        """Until now."""
        times = [process.cpu_times() for process in self.cluster.processes]
        threads = ProcessorTime(self.cluster.stack).of_threads()
        return Spent(
            all=sum(each.user + each.system for each in times),
            source=threads.get(f"{TASKMANAGER}: {SOURCE}", 0.0),
            risk=threads.get(f"{TASKMANAGER}: {RISK}", 0.0),
            events=self.cluster.done(),
            rows=int(self._sum_of(PREDICTIONS)),
        )

    def heap_mib(self) -> float:
        """What the TaskManager's heap holds, with what is not collected yet."""
        return self._sum_of(HEAP_USED) / 2**20

    def _sum_of(self, metric: re.Pattern[str]) -> float:
        return sum(float(value) for text in self.cluster.metrics() for value in metric.findall(text))

    def until(self, is_so: Callable[[], bool]) -> float:
        """Wait for it; returns the seconds that it took."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > LONGEST_S:
                raise RuntimeError(f"nothing came of it within {LONGEST_S:.0f} s")
            self._look_at_memory()
            time.sleep(1 / LOOKS_A_SECOND)
        return time.monotonic() - began

    def runs(self) -> bool:
        job = self.job
        return job is not None and job.well

    def _look_at_memory(self) -> None:
        for process in self.cluster.task_managers:
            try:
                self.peak_rss_mib = max(self.peak_rss_mib, process.memory_info().rss / 2**20)
            except psutil.NoSuchProcess:
                continue


@contextmanager
def watched(backend: str, history: History, folder: Path, memory_mib: int) -> Iterator[Watched]:
    """A cluster of one slot with this backend, and no job yet."""
    settings = settings_beside(history.backlog, folder, 1).model_copy(
        update={"task_manager_memory_mib": memory_mib}
    )
    stack = Stack(settings)
    try:
        stack.up({flink.JOBMANAGER})
        lay_over(settings.folder / "flink" / "conf" / "config.yaml", BACKENDS[backend])
        stack.up({part.name for part in flink.taskmanagers(settings)})
        yield Watched(Cluster(stack, OF_RISK_JOB))
    finally:
        stack.down()
