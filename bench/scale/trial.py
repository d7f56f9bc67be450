"""One backend with one number of SKUs: the state is built, sales are drained, a TaskManager dies, a cluster is replaced."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.scale.checkpoints import Checkpoint
from bench.scale.history import History
from bench.scale.watched import Watched, watched
from ops import checkpoints
from ops.job_submission import submission
from ops.parts import flink

CHECKPOINTS_AT_REST = 3


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
    event_us: float
    """CPU of the source's thread for an event, while it drained."""
    row_us: float
    """CPU of the Python thread for a SKU and window, while it drained."""
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


def trial(
    backend: str, history: History, folder: Path, memory_mib: int, told: Callable[[str], None]
) -> Scaled:
    """Run it all; ``told`` hears of each step."""
    with watched(backend, history, folder / "first", memory_mib) as first:
        first.cluster.submit(submission(first.cluster.stack.settings, None))
        first.until(lambda: first.cluster.done() > 0)
        began = first.spent()
        build_s = first.until(lambda: first.cluster.done() >= history.events_before)
        built = first.spent()
        told(f"built in {build_s:.0f} s")
        drain_s, under_way = drained(first, history)
        drain = first.spent().since(built)
        told(
            f"drained in {drain_s:.0f} s: {drain.events:,} events as {drain.rows:,} rows "
            f"of {drain.row_us:.0f} us in Python"
        )
        resting = at_rest(first)
        heap = first.heap_mib()
        told(
            f"at rest: checkpoints of {resting[-1].whole_mib:.0f} MiB, {resting[-1].written_mib:.0f} of them new, "
            f"in {resting[-1].seconds:.1f} s; heap of {heap:,.0f} MiB"
        )
        restart_s = killed(first)
        told(f"restarted in {restart_s:.0f} s; TaskManager of {first.peak_rss_mib:,.0f} MiB")
    saved = checkpoints.newest(flink.checkpoints(first.cluster.stack.settings))
    if saved is None:
        raise RuntimeError("the first cluster left no checkpoint")
    with watched(backend, history, folder / "second", memory_mib) as second:
        restore_began = time.monotonic()
        second.cluster.submit(submission(second.cluster.stack.settings, saved))
        second.until(second.runs)
        restore_s = time.monotonic() - restore_began
    return Scaled(
        backend=backend,
        skus=history.backlog.skus,
        build_s=build_s,
        build_cpu_s=built.since(began).all,
        drained_per_second=drain.events / drain_s,
        drained_per_cpu_second=drain.events / drain.all,
        event_us=drain.event_us,
        row_us=drain.row_us,
        longest_checkpoint_s=max((each.seconds for each in under_way), default=0.0),
        checkpoint_s=max(each.seconds for each in resting),
        whole_mib=resting[-1].whole_mib,
        written_mib=resting[-1].written_mib,
        restart_s=restart_s,
        restore_s=restore_s,
        peak_rss_mib=max(first.peak_rss_mib, second.peak_rss_mib),
        heap_mib=heap,
        load=os.getloadavg()[0],
    )


def drained(watched_job: Watched, history: History) -> tuple[float, list[Checkpoint]]:
    """Wait for the end of the backlog: the seconds, and the checkpoints meanwhile."""
    seen: dict[int, Checkpoint] = {}

    def is_through() -> bool:
        seen.update({each.number: each for each in watched_job.checkpoints})
        return watched_job.cluster.done() >= history.events

    return watched_job.until(is_through), [*seen.values()]


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
