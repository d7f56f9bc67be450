"""The steps of a trial: the state is built, sales are drained, all rests, a TaskManager dies, a cluster is replaced."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from bench.drain.standstill import settled
from bench.scale.checkpoints import Checkpoint, CheckpointLog, newest
from bench.scale.history import History
from bench.scale.spent import Cost, Spent
from bench.scale.watched import Watched
from ops.job_submission import submission

CHECKPOINTS_AT_REST = 3
LONGEST_CHECKPOINT_S = 150.0
"""Flink gives one up after two minutes."""
BACKLOG_AFTER_S = 11.0
"""Events that were received 10 s ago or longer are a backlog to `CombineEvents`."""


@dataclass(frozen=True, slots=True)
class Drain:
    """The sales, from the moment from which the job could see them until the last row was thought through."""

    cost: Cost
    checkpoints: Sequence[Checkpoint]
    """That began meanwhile."""


def built(job: Watched, history: History) -> Cost:
    """Submit the job, and wait until each SKU has its state; from the first event on."""
    job.cluster.submit(submission(job.cluster.stack.settings, None))
    job.until(lambda: job.cluster.counts().events > 0)
    began = job.spent()

    def is_there() -> bool:
        counts = job.cluster.counts()
        return counts.events >= history.events_before and (counts.rows or 0) >= history.backlog.skus

    job.until(is_there)
    return settled((job.spent() for _ in job.turns()), attrgetter("rows")).since(began)


def drained(job: Watched, history: History) -> Drain:
    """Let the job have the sales, once it is through with all before them."""
    let_go = history.hold_sales()
    time.sleep(BACKLOG_AFTER_S)
    log = CheckpointLog(job.checkpoints)
    began = job.spent()
    let_go()

    def is_read() -> bool:
        log.look()
        return job.cluster.counts().events >= history.events

    job.until(is_read)
    ended = settled(_looks(job, log), attrgetter("rows"))
    return Drain(ended.since(began), _finished(job, log, ended.at + time.time() - time.monotonic()))


def _looks(job: Watched, log: CheckpointLog) -> Iterator[Spent]:
    for _ in job.turns():
        log.look()
        yield job.spent()


def _finished(job: Watched, log: CheckpointLog, moment: float) -> list[Checkpoint]:
    """Those that began by then; one that is under way still may come to its end, if it is soon."""
    until = time.monotonic() + LONGEST_CHECKPOINT_S

    def is_over() -> bool:
        log.look()
        under_way = any(each.is_under_way for each in log.begun_by(moment))
        return not under_way or time.monotonic() > until

    job.until(is_over)
    return log.begun_by(moment)


def at_rest(job: Watched) -> list[Checkpoint]:
    """The first checkpoints that began when there was nothing left to drain."""
    # one more takes over what waited
    last = newest(job.checkpoints()) + 1
    found: list[Checkpoint] = []

    def are_there() -> bool:
        nonlocal found
        found = [each for each in job.checkpoints() if each.is_complete and each.number > last]
        return len(found) >= CHECKPOINTS_AT_REST

    job.until(are_there)
    return found


def killed(job: Watched) -> float:
    """End the TaskManager the hard way; seconds until all runs again, from a checkpoint."""
    began = time.monotonic()
    job.cluster.task_managers[0].kill()
    job.until(lambda: not job.runs())
    job.until(job.runs)
    return time.monotonic() - began


def restored(job: Watched, checkpoint: Path) -> float:
    """Submit it from there to a cluster without a job; seconds until all runs."""
    began = time.monotonic()
    job.cluster.submit(submission(job.cluster.stack.settings, checkpoint))
    job.until(job.runs)
    return time.monotonic() - began
