"""When and how the job is submitted."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import repeat
from pathlib import Path

import pytest

from jobs import arguments
from ops.flink_rest import ENDED, FlinkDown, FlinkRest, Job
from ops.job_submission import SUBMIT_JOB, await_loss, await_need, must_submit, submission
from ops.settings import PROJECT, StackSettings

SETTINGS = StackSettings(kafka_port=1111, flink_port=2222, task_managers=3)


def test_it_goes_to_the_stack_s_own_cluster_and_uses_every_slot() -> None:
    command = submission(SETTINGS, None)
    assert command[command.index("--jobmanager") + 1] == "127.0.0.1:2222"
    assert command[command.index("--parallelism") + 1] == "3"
    assert "--detached" in command
    assert "--fromSavepoint" not in command


def test_it_is_restored_from_a_checkpoint_which_flink_may_then_remove() -> None:
    command = submission(SETTINGS, Path("/folder/chk 1"))
    assert command[command.index("--fromSavepoint") + 1] == "file:///folder/chk%201"
    assert command[command.index("--claimMode") + 1] == "CLAIM"


@pytest.mark.parametrize("script", [PROJECT / "jobs" / "stock_risk.py", SUBMIT_JOB])
def test_the_job_understands_its_arguments(script: Path) -> None:
    command = submission(SETTINGS, program=script)
    assert script.exists()
    own = command[command.index(str(script)) + 1 :]
    assert arguments.parse(own).kafka == "127.0.0.1:1111"


def test_it_says_which_state_to_write_where_that_is_not_the_newest() -> None:
    own = submission(SETTINGS.model_copy(update={"state_version": 1}))
    assert own[own.index("--state-version") + 1] == "1"
    assert "--state-version" not in submission(SETTINGS)


def job(state: str, name: str = "stock_risk") -> Job:
    return Job(id="1", name=name, state=state, started_ms=0, running=0, tasks=4)


@pytest.mark.parametrize(
    "state", ["INITIALIZING", "CREATED", "RUNNING", "RESTARTING", "FAILING", "CANCELLING"]
)
def test_a_job_that_is_there_in_any_state_is_never_submitted_again(state: str) -> None:
    assert not must_submit([job("FAILED"), job(state)], task_managers=1, slots=1)


@pytest.mark.parametrize("state", sorted(ENDED))
def test_a_job_that_ended_or_was_forgotten_is_submitted(state: str) -> None:
    assert must_submit([job(state)], task_managers=1, slots=1)
    assert must_submit([], task_managers=1, slots=1)
    assert must_submit([job("RUNNING", name="another")], task_managers=1, slots=1)


def test_it_waits_for_task_managers_that_are_not_back_yet() -> None:
    assert not must_submit([], task_managers=1, slots=2)
    assert must_submit([], task_managers=2, slots=2)


class Returning(FlinkRest):
    """A cluster that shows at each look what comes next: its jobs, or None for a JobManager that is down."""

    def __init__(self, looks: Iterator[list[Job] | None], task_managers: int = 1) -> None:
        self._looks = looks
        self._task_managers = task_managers

    def jobs(self) -> list[Job]:
        found = next(self._looks)
        if found is None:
            raise FlinkDown("nobody listens")
        return found

    def silence_of_task_managers(self) -> dict[str, timedelta]:
        return {str(number): timedelta() for number in range(self._task_managers)}


def test_a_job_that_stands_by_goes_out_when_the_cluster_has_none_any_more() -> None:
    looks: list[list[Job] | None] = [[job("RUNNING")], None, [job("RESTARTING")], None, []]
    left = iter(looks)
    await_need(Returning(left), slots=1)
    assert next(left, None) is None


@pytest.mark.parametrize("then", [None, [job("FAILED")]])
def test_a_job_that_is_lost_or_whose_job_manager_is_down_is_missed_at_once(then: list[Job] | None) -> None:
    looks: list[list[Job] | None] = [[job("RUNNING")], then, []]
    left = iter(looks)
    await_loss(Returning(left), at_most=timedelta(minutes=1))
    assert next(left) == []


def test_a_job_that_is_there_is_not_waited_for_for_ever() -> None:
    await_loss(Returning(repeat([job("RUNNING")])), at_most=timedelta(seconds=0.1))
