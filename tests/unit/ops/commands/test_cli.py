"""The command line: what it offers, and how it refuses."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from ops.cli import COMMANDS, main
from ops.commands.lifecycle import status_table
from ops.settings import StackSettings
from ops.stack import PartStatus
from ops.supervision import ProcessState


def aurora(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_every_command_is_listed_with_what_it_does() -> None:
    code, output = aurora("--help")
    assert code == 0
    lines = output.partition("Commands:")[2].strip().splitlines()
    assert [line.split()[0] for line in lines] == [*COMMANDS]
    assert all(len(line.split()) > 3 for line in lines)


def test_every_setting_has_an_option_and_names_its_variable() -> None:
    _, output = aurora("--help")
    for name in StackSettings.model_fields.keys() - {"owner_pid"}:
        assert f"--{name.replace('_', '-')} " in output
        assert f"AURORA_{name.upper()}]" in output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["--kafka-port", "many", "status"], "kafka_port: input should be a valid integer"),
        (["--task-managers", "0", "status"], "task_managers: input should be greater than or equal to 1"),
        (["logs", "kafak"], "There is no part kafak; the parts are kafka, redis"),
        (["tenant", "threshold", "someone", "1.5"], "1.5 is not in the range 0<=x<=1"),
        (["tenant", "create", "name", "--region", "moon"], "'moon' is not one of"),
    ],
)
def test_a_wrong_command_line_is_code_2_and_says_what_is_wrong(arguments: list[str], complaint: str) -> None:
    code, output = aurora(*arguments)
    assert code == 2
    assert complaint in output


def test_a_stack_that_is_down_is_code_1(tmp_path: Path) -> None:
    assert aurora("--folder", str(tmp_path), "status") == (1, "The stack is down.\n")


def test_stopping_a_stack_that_is_down_is_no_error(tmp_path: Path) -> None:
    assert aurora("--folder", str(tmp_path), "down") == (0, "The stack is down.\n")


def test_a_part_without_a_log_is_one_line(tmp_path: Path) -> None:
    code, output = aurora("--folder", str(tmp_path), "logs", "kafka")
    assert (code, output) == (1, "Error: kafka has not written anything yet.\n")


def test_accounts_that_are_not_there_yet_are_one_line(tmp_path: Path) -> None:
    code, output = aurora("--folder", str(tmp_path), "tenant", "threshold", "nobody", "0.5")
    assert code == 1
    assert output.startswith("Error: The accounts database: ")
    assert output.endswith("; `aurora preflight` tells what is missing.\n")
    assert output.count("\n") == 1


def test_the_status_table_tells_what_is_wrong() -> None:
    well = ProcessState("kafka", "RUNNING", 7, timedelta(hours=30, seconds=5))
    ill = ProcessState("redis", "BACKOFF", 0, timedelta(0))
    text = StringIO()
    Console(file=text, width=100).print(
        status_table({"kafka": PartStatus(well, ""), "redis": PartStatus(ill, "the process is backoff")})
    )
    kafka, redis = (line.split("│") for line in text.getvalue().splitlines() if "│" in line)
    assert [cell.strip() for cell in kafka[1:-1]] == ["kafka", "running", "7", "1 day, 6:00:05", "well"]
    assert [cell.strip() for cell in redis[1:-1]] == ["redis", "backoff", "", "", "the process is backoff"]
