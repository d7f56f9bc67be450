"""Flink's configuration and environment."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ops.parts import flink
from ops.settings import StackSettings

SETTINGS = StackSettings(
    folder=Path("/stack"), flink_port=1111, flink_rpc_port=2222, flink_metrics_port=3333, task_managers=2
)


@pytest.fixture
def configuration() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(flink.configuration(SETTINGS))
    return loaded


def test_every_field_of_the_template_is_filled() -> None:
    assert "$" not in flink.configuration(SETTINGS)


def test_it_listens_on_loopback_only(configuration: dict[str, Any]) -> None:
    assert configuration["jobmanager"]["bind-host"] == "127.0.0.1"
    assert configuration["taskmanager"]["bind-host"] == "127.0.0.1"
    assert configuration["rest"] == {"address": "127.0.0.1", "bind-address": "127.0.0.1", "port": 1111}
    assert configuration["jobmanager"]["rpc"]["port"] == 2222


def test_each_process_finds_a_port_for_its_metrics(configuration: dict[str, Any]) -> None:
    # a JobManager and two TaskManagers
    assert configuration["metrics"]["reporter"]["prometheus"]["port"] == "3333-3335"


def test_a_task_manager_has_the_memory_of_the_settings() -> None:
    more = SETTINGS.model_copy(update={"task_manager_memory_mib": 3_600})
    assert all("taskmanager.memory.process.size=3600m" in part.command for part in flink.taskmanagers(more))
    assert not any("memory" in word for part in flink.taskmanagers(SETTINGS) for word in part.command)


def test_python_is_the_one_that_runs_the_stack(configuration: dict[str, Any]) -> None:
    assert configuration["python"]["executable"] == sys.executable
    assert flink.environment(SETTINGS, "one")["PATH"].startswith(str(Path(sys.executable).parent))


def test_processes_keep_their_files_apart() -> None:
    first, second = (flink.environment(SETTINGS, name) for name in ("one", "two"))
    assert first["FLINK_IDENT_STRING"] != second["FLINK_IDENT_STRING"]
    assert first["FLINK_CONF_DIR"] == second["FLINK_CONF_DIR"] == "/stack/flink/conf"


def test_each_task_manager_is_known_by_its_part_s_name() -> None:
    parts = flink.taskmanagers(SETTINGS)
    assert [part.name for part in parts] == ["flink-taskmanager-1", "flink-taskmanager-2"]
    assert all(f"taskmanager.resource-id={part.name}" in part.command for part in parts)


def test_a_restarted_job_manager_is_found_within_a_second(configuration: dict[str, Any]) -> None:
    # Flink's default of 10 s is a third of what a whole recovery may take
    assert configuration["cluster"]["registration"]["error-delay"] == "1 s"
