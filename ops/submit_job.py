"""Submits the risk job once the cluster wants it: the program that the keeper gives to ``flink run``.

To build the job takes most of a submission and needs no cluster, so a JobManager that was killed comes back meanwhile.
Only then is it looked whether the job is wanted at all, and which checkpoint is the newest.
"""

import logging
import sys
from pathlib import Path

import structlog
from pyflink.common import Configuration
from pyflink.datastream import StreamExecutionEnvironment

from api.logs import configure_logs
from jobs import arguments, stock_risk
from ops import checkpoints
from ops.flink_rest import FlinkRest
from ops.job_submission import await_cluster
from ops.parts import flink
from ops.parts.job import JOB
from ops.settings import StackSettings

log = structlog.get_logger("submit_job")


def main() -> None:
    """Build, and submit once the job is wanted. Exits with code 1 where the cluster cannot run it in time."""
    configure_logs("INFO")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would write a line for every look
    settings = StackSettings()
    environment = stock_risk.build(arguments.parse())
    try:
        wanted = await_cluster(FlinkRest(settings.flink_url), settings.task_managers)
    except TimeoutError as problem:
        log.error("not submitted", reason=str(problem))
        sys.exit(1)
    if not wanted:
        log.info("not submitted", reason="The cluster has the job.")
        return
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
