"""Keeps the risk job on the cluster: ``python -m ops.job_keeper``.

The cluster keeps its jobs only as long as its JobManager lives. So a submission of the job stands by, built and ready: it
goes out whenever the cluster has none, from the newest complete checkpoint, and then the next one is prepared.
"""

import fcntl
import logging
import subprocess
import time
from datetime import timedelta

import structlog

from api.logs import configure_logs
from ops.flink_rest import FlinkRest
from ops.job_submission import SUBMIT_JOB, await_loss, submission
from ops.settings import PROJECT, StackSettings

STANDS_BY_AFTER = timedelta(seconds=30)
"""A job that was just submitted, and all that starts with it, needs the processors more than one that may never be needed."""
# a submission that fails for good would otherwise start a Java client every few seconds
PAUSE_AFTER_FAILURE = timedelta(seconds=15)

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
            await_loss(cluster, STANDS_BY_AFTER)
            if not _submit(settings, lock.fileno()):
                time.sleep(PAUSE_AFTER_FAILURE.total_seconds())


def _submit(settings: StackSettings, lock: int) -> bool:
    """Build the job, and submit it once it is wanted, which may be in days. Whether that went well."""
    log.info("preparing a submission")
    # its output goes to this part's log
    done = subprocess.run(submission(settings, program=SUBMIT_JOB), cwd=PROJECT, pass_fds=(lock,))
    if done.returncode:
        log.error("submission failed", exit_code=done.returncode)
    return done.returncode == 0


if __name__ == "__main__":
    main()
