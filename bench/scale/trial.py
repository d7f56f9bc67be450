"""One backend with one number of SKUs: the state is built, sales are drained, a TaskManager dies, a cluster is replaced."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.drain.flink_jobs import OF_RISK_JOB, Cluster, settings_beside
from bench.drain.measured import LOOKS_A_SECOND
from bench.scale.checkpoints import Checkpoint, completed
from bench.scale.history import History
from bench.scale.options import BACKENDS, lay_over
from ops import checkpoints
from ops.flink_rest import FlinkAway, FlinkRest, Job
from ops.job_keeper import submission
from ops.parts import flink
from ops.stack import Stack

HEAP_USED = re.compile(r"^flink_taskmanager_Status_JVM_Memory_Heap_Used\{[^}]*\} (\S+)", re.M)
CHECKPOINTS_AT_REST = 3
LONGEST_S = 1_800.0
"""Of anything that is waited for."""


@dataclass(frozen=True, slots=True)
class Scaled:
    """What one trial showed. Seconds are by the clock of a machine that the broker shares."""

    backend: str
    skus: int
    build_s: float
    """Until each SKU has its state, from its first event on."""
    build_cpu_s: float
    drained_per_second: float
    drained_per_cpu_second: float
    longest_checkpoint_s: float
    """While it drained."""
    checkpoint_s: float
    """At rest, where only the refresh of each SKU every 15 minutes changes the state; the longest of three."""
    whole_mib: float
    written_mib: float
    """Of one checkpoint at rest."""
    restart_s: float
    """From the end of a TaskManager until all tasks run again; 8 s of it Flink may wait for its heartbeat."""
    restore_s: float
    """From the submission to a new cluster until all tasks run."""
    peak_rss_mib: float
    heap_mib: float
    """At rest."""
    load: float


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

    def cpu_seconds(self) -> float:
        """Of all its processes."""
        times = [process.cpu_times() for process in self.cluster.processes]
        return sum(each.user + each.system for each in times)

    def heap_mib(self) -> float:
        """What the TaskManager's heap holds, with what is not collected yet."""
        return max(float(used) for text in self.cluster.metrics() for used in HEAP_USED.findall(text)) / 2**20

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


def trial(
    backend: str, history: History, folder: Path, memory_mib: int, told: Callable[[str], None]
) -> Scaled:
    """Run it all; ``told`` hears of each step."""
    with watched(backend, history, folder / "first", memory_mib) as first:
        began = time.monotonic()
        first.cluster.submit(submission(first.cluster.stack.settings, None))
        told(f"submitted after {time.monotonic() - began:.0f} s")
        first.until(lambda: first.cluster.done() > 0)
        cpu = first.cpu_seconds()
        build_s = first.until(lambda: first.cluster.done() >= history.events_before)
        build_cpu = first.cpu_seconds() - cpu
        told(f"built in {build_s:.0f} s")
        seen: dict[int, Checkpoint] = {}
        done, cpu = first.cluster.done(), first.cpu_seconds()

        def is_through() -> bool:
            seen.update({each.number: each for each in first.checkpoints})
            return first.cluster.done() >= history.events

        drain_s = first.until(is_through)
        drained, drain_cpu = history.events - done, first.cpu_seconds() - cpu
        told(f"drained in {drain_s:.0f} s")
        resting = at_rest(first)
        heap = first.heap_mib()
        restart_s = killed(first)
        told(f"restarted in {restart_s:.0f} s")
        saved = checkpoints.newest(flink.checkpoints(first.cluster.stack.settings))
    with watched(backend, history, folder / "second", memory_mib) as second:
        began = time.monotonic()
        second.cluster.submit(submission(second.cluster.stack.settings, saved))
        second.until(second.runs)
        restore_s = time.monotonic() - began
    return Scaled(
        backend=backend,
        skus=history.backlog.skus,
        build_s=build_s,
        build_cpu_s=build_cpu,
        drained_per_second=drained / drain_s,
        drained_per_cpu_second=drained / drain_cpu,
        longest_checkpoint_s=max((each.seconds for each in seen.values()), default=0.0),
        checkpoint_s=max(each.seconds for each in resting),
        whole_mib=resting[-1].whole_mib,
        written_mib=resting[-1].written_mib,
        restart_s=restart_s,
        restore_s=restore_s,
        peak_rss_mib=max(first.peak_rss_mib, second.peak_rss_mib),
        heap_mib=heap,
        load=os.getloadavg()[0],
    )


def at_rest(watched_job: Watched) -> list[Checkpoint]:
    """The first checkpoints that began when there was nothing left to drain."""
    # the one under way, and one more that takes over what waited
    last = watched_job.checkpoints[-1].number + 2 if watched_job.checkpoints else 2
    found: list[Checkpoint] = []

    def are_there() -> bool:
        nonlocal found
        found = [each for each in watched_job.checkpoints if each.number > last]
        return len(found) >= CHECKPOINTS_AT_REST

    watched_job.until(are_there)
    return found


def killed(watched_job: Watched) -> float:
    """End the TaskManager the hard way; seconds until all runs again, from a checkpoint."""
    began = time.monotonic()
    watched_job.cluster.task_managers[0].kill()
    watched_job.until(lambda: not watched_job.runs())
    watched_job.until(watched_job.runs)
    return time.monotonic() - began


@contextmanager
def watched(backend: str, history: History, folder: Path, memory_mib: int) -> Iterator[Watched]:
    """A cluster of one slot with this backend, and no job yet."""
    settings = settings_beside(history.backlog, folder, 1)
    stack = Stack(settings)
    try:
        stack.up({flink.JOBMANAGER})
        options = {**BACKENDS[backend], "taskmanager.memory.process.size": f"{memory_mib}m"}
        lay_over(settings.folder / "flink" / "conf" / "config.yaml", options)
        stack.up({part.name for part in flink.taskmanagers(settings)})
        yield Watched(Cluster(stack, OF_RISK_JOB))
    finally:
        stack.down()
