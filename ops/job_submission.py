"""When the risk job is to be submitted, and by which command."""

import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ops.flink_rest import FlinkAway, FlinkDown, FlinkRest, Job
from ops.parts import flink, flink_jvm
from ops.parts.job import JOB
from ops.settings import PROJECT, StackSettings

STOCK_RISK = PROJECT / "jobs" / "stock_risk.py"
"""Submits the job at once."""
SUBMIT_JOB = PROJECT / "ops" / "submit_job.py"
"""Submits it from the newest checkpoint, once the cluster wants it, however long that takes."""
LOOK_EVERY = timedelta(milliseconds=500)


def has_job(jobs: Iterable[Job]) -> bool:
    """Whether the job is among those of the cluster, in whatever state but ended."""
    return any(job.name == JOB and not job.ended for job in jobs)


def must_submit(jobs: Iterable[Job], task_managers: int, slots: int) -> bool:
    """Whether the cluster lacks the job, and has the TaskManagers to run it."""
    return task_managers >= slots and not has_job(jobs)


def await_need(cluster: FlinkRest, slots: int) -> None:
    """Return once the cluster wants the job and can run it."""
    while True:
        try:
            if must_submit(cluster.jobs(), len(cluster.silence_of_task_managers()), slots):
                return
        except FlinkAway:
            # what it does not tell is no reason to submit a job that it may have
            pass
        time.sleep(LOOK_EVERY.total_seconds())


def await_loss(cluster: FlinkRest, at_most: timedelta) -> None:
    """Return once the cluster has lost the job, or nobody listens where it was; or after so long."""
    end = time.monotonic() + at_most.total_seconds()
    while time.monotonic() < end:
        try:
            if not has_job(cluster.jobs()):
                return
        except FlinkDown:
            return
        except FlinkAway:
            # frozen, it still has its jobs
            pass
        time.sleep(LOOK_EVERY.total_seconds())


def submission(
    settings: StackSettings, checkpoint: Path | None = None, program: Path = STOCK_RISK
) -> list[str]:
    """The command that submits the job."""
    restore = [] if checkpoint is None else ["--fromSavepoint", checkpoint.as_uri(), "--claimMode", "CLAIM"]
    version = [] if settings.state_version is None else ["--state-version", str(settings.state_version)]
    return [
        *(str(flink_jvm.PYFLINK / "bin" / "flink"), "run", "--detached"),
        *("--jobmanager", f"{settings.flink_host}:{settings.flink_port}"),
        *("--parallelism", str(settings.task_managers)),
        *restore,
        *("--python", str(program)),
        *("--kafka", settings.kafka_bootstrap),
        *version,
    ]
