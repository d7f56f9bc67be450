"""The risk job on the Flink cluster, submitted and watched by a small keeper."""

from datetime import timedelta

from ops.flink_rest import FlinkAway, FlinkRest
from ops.parts import flink, kafka
from ops.parts.part import Part, Unhealthy, checked
from ops.settings import StackSettings

NAME = "job"
JOB = "stock_risk"
"""What the cluster calls it."""


def job(settings: StackSettings) -> Part:
    """The keeper; well when every task of the job runs. It refuses to start where the preflight fails."""
    return Part(
        name=NAME,
        command=checked("ops.job_keeper"),
        needs=(kafka.NAME, *(part.name for part in flink.taskmanagers(settings))),
        environment=flink.environment(settings, NAME),
        check=lambda: _check(settings.flink_url),
        start_limit=timedelta(minutes=4),
    )


def _check(url: str) -> None:
    try:
        current = [job for job in FlinkRest(url).jobs() if job.name == JOB and not job.ended]
    except FlinkAway as error:
        raise Unhealthy(f"the JobManager does not answer: {error}") from error
    if not current:
        raise Unhealthy("not submitted")
    if not current[0].well:
        raise Unhealthy(f"{current[0].state}, {current[0].running} of {current[0].tasks} tasks run")
