"""Keeps the risk job on the cluster: ``python -m ops.job_keeper``.

The cluster keeps its jobs only as long as its JobManager lives. So the keeper looks every few seconds, and submits the
job, from the newest complete checkpoint, whenever the cluster has none.
"""

import fcntl
import logging
import subprocess
import time
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import structlog

from api.logs import configure_logs
from ops import checkpoints
from ops.flink_rest import FlinkAway, FlinkRest, Job
from ops.parts import flink
from ops.parts.job import JOB
from ops.settings import PROJECT, StackSettings

LOOK_EVERY = timedelta(seconds=2)
# a submission that fails for good would otherwise start a Java client every few seconds
PAUSE_AFTER_FAILURE = timedelta(seconds=15)
SUBMISSION_LIMIT = timedelta(minutes=3)

log = structlog.get_logger("job_keeper")


def main() -> None:
    """Run until told to stop."""
    configure_logs("INFO")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write a line for every look
    settings = StackSettings()
    cluster = FlinkRest(settings.flink_url)
    # a submission inherits this lock, so a keeper that replaces a killed one waits for what that one began
    with (settings.folder / "job.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        while True:
            time.sleep(tend(settings, cluster, lock.fileno()).total_seconds())


def tend(settings: StackSettings, cluster: FlinkRest, lock: int) -> timedelta:
    """Submit the job if the cluster has none and could run it; returns how long to wait before the next look."""
    try:
        wanted = must_submit(cluster.jobs(), len(cluster.silence_of_task_managers()), settings.task_managers)
    except FlinkAway as error:
        log.warning("cluster does not answer", error=str(error))
        return LOOK_EVERY
    return PAUSE_AFTER_FAILURE if wanted and not _submit(settings, lock) else LOOK_EVERY


def must_submit(jobs: Iterable[Job], task_managers: int, slots: int) -> bool:
    """Whether the cluster lacks the job, in whatever state, and has the TaskManagers to run it."""
    return task_managers >= slots and all(job.ended for job in jobs if job.name == JOB)


def submission(settings: StackSettings, checkpoint: Path | None) -> list[str]:
    """The command that submits the job."""
    restore = [] if checkpoint is None else ["--fromSavepoint", checkpoint.as_uri(), "--claimMode", "CLAIM"]
    return [
        *(str(flink.PYFLINK / "bin" / "flink"), "run", "--detached"),
        *("--jobmanager", f"{settings.flink_host}:{settings.flink_port}"),
        *("--parallelism", str(settings.task_managers)),
        *restore,
        *("--python", str(PROJECT / "jobs" / "stock_risk.py")),
        *("--kafka", settings.kafka_bootstrap),
    ]


def _submit(settings: StackSettings, lock: int) -> bool:
    checkpoint = checkpoints.newest(flink.checkpoints(settings))
    log.info("submitting", checkpoint=str(checkpoint) if checkpoint else None)
    try:
        # its output goes to this part's log
        done = subprocess.run(
            submission(settings, checkpoint),
            cwd=PROJECT,
            pass_fds=(lock,),
            timeout=SUBMISSION_LIMIT.total_seconds(),
        )
    except subprocess.TimeoutExpired:
        log.error("submission took too long", limit_s=SUBMISSION_LIMIT.total_seconds())
        return False
    if done.returncode:
        log.error("submission failed", exit_code=done.returncode)
    return done.returncode == 0


if __name__ == "__main__":
    main()
