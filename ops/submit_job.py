"""Submits the risk job once the cluster wants it: the program that the keeper gives to ``flink run``.

To build the job takes most of a submission and needs no cluster. So it is built first, and stands by. Once the cluster has no
job and the TaskManagers to run it, it takes the newest checkpoint and goes out.
"""

import logging
import signal
from datetime import timedelta
from pathlib import Path

import structlog
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment

from api.logs import configure_logs
from jobs import arguments, stock_risk
from ops import checkpoints
from ops.flink_rest import FlinkRest
from ops.job_submission import await_need
from ops.parts import flink
from ops.parts.job import JOB
from ops.settings import StackSettings

LIMIT = timedelta(minutes=2)
"""A cluster that has not taken the job by then never will; a signal then ends this process, and the client with it."""

log = structlog.get_logger("submit_job")


def main() -> None:
    """Build, wait until the job is wanted, and submit it."""
    configure_logs("INFO")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write a line for every look
    settings = StackSettings()
    environment = stock_risk.build(arguments.parse())
    await_need(FlinkRest(settings.flink_url), settings.task_managers)
    signal.alarm(int(LIMIT.total_seconds()))
    checkpoint = checkpoints.newest(flink.checkpoints(settings))
    log.info("submitting", checkpoint=str(checkpoint) if checkpoint else None)
    if checkpoint is not None:
        _restore_from(checkpoint, environment)
    environment.execute(JOB)


def _restore_from(checkpoint: Path, environment: StreamExecutionEnvironment) -> None:
    configuration = Configuration()
    configuration.set_string("execution.state-recovery.path", checkpoint.as_uri())
    configuration.set_string("execution.state-recovery.claim-mode", "CLAIM")
    environment.configure(configuration)


if __name__ == "__main__":
    main()
