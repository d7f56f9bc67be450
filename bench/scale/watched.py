"""A cluster with the risk job, and what is to be seen of it."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.drain.flink_jobs import OF_RISK_JOB, Cluster, settings_beside
from bench.drain.looks import LOOKS_A_SECOND
from bench.freshness.processor_time import TASKMANAGER, THREADS, ProcessorTime
from bench.scale.checkpoints import Checkpoint, known
from bench.scale.history import History
from bench.scale.options import BACKENDS, lay_over
from bench.scale.spent import Spent
from ops.flink_rest import FlinkAway, FlinkRest, Job
from ops.parts import flink
from ops.stack import Stack

HEAP_USED = re.compile(r"^flink_taskmanager_Status_JVM_Memory_Heap_Used\{[^}]*\} (\S+)", re.M)
PREDICTIONS = re.compile(r"^flink_taskmanager_job_task_operator_predictions_total\{[^}]*\} (\S+)", re.M)
SOURCE, RISK = THREADS["Source: orders"], THREADS["SkuRisk"]
LONGEST_S = 1_800.0
"""Of anything that is waited for."""


def _sum_of(metric: re.Pattern[str], texts: Iterable[str]) -> float:
    return sum(float(value) for text in texts for value in metric.findall(text))


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

    def checkpoints(self) -> list[Checkpoint]:
        job = self.job
        return known(self.url, job.id) if job else []

    def spent(self) -> Spent:
        """Until now."""
        at, texts = time.monotonic(), [*self.cluster.metrics()]
        counts = self.cluster.counters.read(texts)
        times = [process.cpu_times() for process in self.cluster.processes]
        threads = ProcessorTime(self.cluster.stack).of_threads()
        return Spent(
            at=at,
            all=sum(each.user + each.system for each in times),
            source=threads.get(f"{TASKMANAGER}: {SOURCE}", 0.0),
            risk=threads.get(f"{TASKMANAGER}: {RISK}", 0.0),
            events=counts.events,
            rows=counts.rows or 0,
            predictions=int(_sum_of(PREDICTIONS, texts)),
        )

    def heap_mib(self) -> float:
        """What the TaskManager's heap holds, with what is not collected yet."""
        return _sum_of(HEAP_USED, self.cluster.metrics()) / 2**20

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for it."""
        for _ in self.turns():
            if is_so():
                return

    def turns(self) -> Iterator[None]:
        """Some a second, for as long as anything may take. Raises `RuntimeError` then."""
        began = time.monotonic()
        while time.monotonic() - began < LONGEST_S:
            yield
            self._look_at_memory()
            time.sleep(1 / LOOKS_A_SECOND)
        raise RuntimeError(f"nothing came of it within {LONGEST_S:.0f} s")

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
