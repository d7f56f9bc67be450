"""One backend with one number of SKUs, step by step."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.scale import steps
from bench.scale.checkpoints import Checkpoint
from bench.scale.history import History
from bench.scale.spent import Cost
from bench.scale.steps import Drain
from bench.scale.watched import Watched, watched
from ops import checkpoints
from ops.parts import flink


@dataclass(frozen=True, slots=True)
class Scaled:
    """What one trial showed. Seconds are by the clock of a machine that the broker shares."""

    backend: str
    skus: int
    build_s: float
    """Until each SKU has its state and its prediction, from its first event on."""
    build_cpu_s: float
    drained_per_second: float
    """Until the last prediction."""
    drained_per_cpu_second: float
    event_us: float
    """CPU of the source's thread for an event, while it drained."""
    row_us: float
    """CPU of the Python thread for a look at a SKU, while it drained."""
    longest_checkpoint_s: float | None
    """Of those that began while it drained; None where none came to its end."""
    failed_checkpoints: int
    """Of those, the others."""
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


@dataclass(frozen=True, slots=True)
class First:
    """What the first cluster showed."""

    build: Cost
    drain: Drain
    resting: Sequence[Checkpoint]
    heap_mib: float
    restart_s: float
    peak_rss_mib: float


def trial(
    backend: str, history: History, folder: Path, memory_mib: int, told: Callable[[str], None]
) -> Scaled:
    """Run it all; ``told`` hears of each step."""
    with watched(backend, history, folder / "first", memory_mib) as job:
        first = lived_through(job, history, told)
    saved = checkpoints.newest(flink.checkpoints(job.cluster.stack.settings))
    if saved is None:
        raise RuntimeError("the first cluster left no checkpoint")
    with watched(backend, history, folder / "second", memory_mib) as second:
        restore_s = steps.restored(second, saved)
    return scaled(backend, history.backlog.skus, first, restore_s, second.peak_rss_mib)


def lived_through(job: Watched, history: History, told: Callable[[str], None]) -> First:
    """All steps of a job until its TaskManager has died."""
    build = steps.built(job, history)
    told(f"built in {build.seconds:.0f} s")
    drain = steps.drained(job, history)
    cost = drain.cost
    told(
        f"drained in {cost.seconds:.0f} s: {cost.events:,} events as {cost.rows:,} rows; "
        f"{cost.predictions:,} looks of {cost.row_us:.0f} us in Python"
    )
    resting, heap_mib = steps.at_rest(job), job.heap_mib()
    told(
        f"at rest: checkpoints of {resting[-1].whole_mib:.0f} MiB, {resting[-1].written_mib:.0f} of them new, "
        f"in {resting[-1].seconds:.1f} s; heap of {heap_mib:,.0f} MiB"
    )
    restart_s = steps.killed(job)
    told(f"restarted in {restart_s:.0f} s; TaskManager of {job.peak_rss_mib:,.0f} MiB")
    return First(build, drain, resting, heap_mib, restart_s, job.peak_rss_mib)


def scaled(backend: str, skus: int, first: First, restore_s: float, second_rss_mib: float) -> Scaled:
    """The figures of a trial."""
    cost, under_way = first.drain.cost, first.drain.checkpoints
    complete = [each.seconds for each in under_way if each.is_complete]
    return Scaled(
        backend=backend,
        skus=skus,
        build_s=first.build.seconds,
        build_cpu_s=first.build.all,
        drained_per_second=cost.events / cost.seconds,
        drained_per_cpu_second=cost.events / cost.all,
        event_us=cost.event_us,
        row_us=cost.row_us,
        longest_checkpoint_s=max(complete, default=None),
        failed_checkpoints=len(under_way) - len(complete),
        checkpoint_s=max(each.seconds for each in first.resting),
        whole_mib=first.resting[-1].whole_mib,
        written_mib=first.resting[-1].written_mib,
        restart_s=first.restart_s,
        restore_s=restore_s,
        peak_rss_mib=max(first.peak_rss_mib, second_rss_mib),
        heap_mib=first.heap_mib,
        load=os.getloadavg()[0],
    )
