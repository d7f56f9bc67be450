"""How the job is submitted."""

from pathlib import Path

from jobs import arguments
from ops.job_keeper import submission
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


def test_the_job_understands_its_arguments() -> None:
    command = submission(SETTINGS, None)
    script = PROJECT / "jobs" / "stock_risk.py"
    assert script.exists()
    own = command[command.index(str(script)) + 1 :]
    assert arguments.parse(own).kafka == "127.0.0.1:1111"
