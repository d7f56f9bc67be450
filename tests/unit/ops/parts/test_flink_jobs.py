"""When a job counts as well."""

from dataclasses import replace

import pytest

from ops.flink_rest import ENDED, Job

JOB = Job(id="1", name="stock_risk", state="RUNNING", started_ms=0, running=4, tasks=4)


def test_a_job_is_well_when_all_of_it_runs() -> None:
    assert JOB.well and not JOB.ended


@pytest.mark.parametrize(
    "job",
    [
        replace(JOB, running=3),
        replace(JOB, state="RESTARTING", running=0),
        replace(JOB, state="INITIALIZING", running=0, tasks=0),
        replace(JOB, running=0, tasks=0),
    ],
)
def test_a_job_that_only_partly_runs_is_not_well_but_still_there(job: Job) -> None:
    assert not job.well and not job.ended


@pytest.mark.parametrize("state", sorted(ENDED))
def test_an_ended_job_is_not_there_any_more(state: str) -> None:
    assert replace(JOB, state=state).ended
