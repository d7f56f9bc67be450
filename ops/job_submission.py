"""When the risk job is to be submitted, and by which command."""

import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ops.flink_rest import FlinkAway, FlinkRest, Job
from ops.parts import flink
from ops.parts.job import JOB
from ops.settings import PROJECT, StackSettings

STOCK_RISK = PROJECT / "jobs" / "stock_risk.py"
"""Submits the job at once."""
SUBMIT_JOB = PROJECT / "ops" / "submit_job.py"
"""Submits it from the newest checkpoint, once the cluster wants it."""
LOOK_EVERY = timedelta(milliseconds=250)
WAITS = timedelta(minutes=2)
"""Less than the keeper waits for a submission."""


def has_job(jobs: Iterable[Job]) -> bool:
    """Whether the job is among those of the cluster, in whatever state but ended."""
    return any(job.name == JOB and not job.ended for job in jobs)


def must_submit(jobs: Iterable[Job], task_managers: int, slots: int) -> bool:
    """Whether the cluster lacks the job, and has the TaskManagers to run it."""
    return task_managers >= slots and not has_job(jobs)


def await_cluster(cluster: FlinkRest, slots: int, waits: timedelta = WAITS) -> bool:
    """Whether to submit, once the cluster answers and has so many TaskManagers. Raises ``TimeoutError``."""
    deadline = time.monotonic() + waits.total_seconds()
    while time.monotonic() < deadline:
        try:
            jobs = cluster.jobs()
            if has_job(jobs):
                return False
            if must_submit(jobs, len(cluster.silence_of_task_managers()), slots):
                return True
        except FlinkAway:
            # it is on its way back
            pass
        time.sleep(LOOK_EVERY.total_seconds())
    raise TimeoutError(f"No cluster with {slots} TaskManagers within {waits.total_seconds():g} s.")


def submission(
    settings: StackSettings, checkpoint: Path | None = None, program: Path = STOCK_RISK
) -> list[str]:
    """The command that submits the job."""
    restore = [] if checkpoint is None else ["--fromSavepoint", checkpoint.as_uri(), "--claimMode", "CLAIM"]
    return [
        *(str(flink.PYFLINK / "bin" / "flink"), "run", "--detached"),
        *("--jobmanager", f"{settings.flink_host}:{settings.flink_port}"),
        *("--parallelism", str(settings.task_managers)),
        *restore,
        *("--python", str(program)),
        *("--kafka", settings.kafka_bootstrap),
    ]
