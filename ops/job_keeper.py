"""Keeps the risk job on the cluster: ``python -m ops.job_keeper``.

The cluster keeps its jobs only as long as its JobManager lives. So the keeper looks every second, and has the job
submitted whenever the cluster has none. It does not wait for a JobManager that is down: what is submitted is built
meanwhile (`ops.submit_job`).
"""

import fcntl
import logging
import subprocess
import time
from datetime import timedelta

import structlog

from api.logs import configure_logs
from ops.flink_rest import FlinkAway, FlinkDown, FlinkRest
from ops.job_submission import SUBMIT_JOB, must_submit, submission
from ops.settings import PROJECT, StackSettings

LOOK_EVERY = timedelta(seconds=1)
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
    """Have the job submitted if the cluster has none; returns how long to wait before the next look."""
    try:
        wanted = must_submit(cluster.jobs(), len(cluster.silence_of_task_managers()), settings.task_managers)
    except FlinkDown:
        # what it ran is gone with it
        wanted = True
    except FlinkAway as error:
        log.warning("cluster does not answer", error=str(error))
        return LOOK_EVERY
    return PAUSE_AFTER_FAILURE if wanted and not _submit(settings, lock) else LOOK_EVERY


def _submit(settings: StackSettings, lock: int) -> bool:
    log.info("preparing a submission")
    try:
        # its output goes to this part's log
        done = subprocess.run(
            submission(settings, program=SUBMIT_JOB),
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
