"""One part in the foreground, as in a container."""

import os
import sys
from pathlib import Path

import pytest

from ops import run_part
from ops.parts import services

Replaced = tuple[str, list[str], dict[str, str]]


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Replaced]:
    """What the process would become."""
    calls: list[Replaced] = []
    monkeypatch.setattr(os, "execvpe", lambda *call: calls.append(call))
    monkeypatch.setenv("AURORA_FOLDER", str(tmp_path))
    return calls


def test_it_becomes_the_part_with_the_stack_s_environment(replaced: list[Replaced], tmp_path: Path) -> None:
    run_part.main(services.OFFLINE_WRITER, ["--extra"])
    ((program, command, environment),) = replaced
    assert program == sys.executable
    assert command == [sys.executable, "-m", "feature_writer", "offline", "--extra"]
    assert environment["AURORA_FOLDER"] == str(tmp_path)
    assert environment["AURORA_ENCRYPTION_KEY"] in (tmp_path / "secrets.env").read_text()
    assert environment["HOME"] == os.environ["HOME"]


def test_other_hosts_reach_the_programs(replaced: list[Replaced], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AURORA_KAFKA_HOST", "kafka")
    monkeypatch.setenv("AURORA_REDIS_HOST", "redis")
    run_part.main(services.API, [])
    ((_, _, environment),) = replaced
    assert environment["AURORA_KAFKA_BOOTSTRAP"] == "kafka:19092"
    assert environment["AURORA_REDIS_URL"] == "redis://redis:16379/0"


def test_what_cannot_run_is_one_line(replaced: list[Replaced], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="^There is no part kafak; the parts are kafka, redis, "):
        run_part.main("kafak", [])
    monkeypatch.setenv("AURORA_LIB", "/nowhere")
    with pytest.raises(SystemExit, match="^kafka cannot start: .* run `make setup`.$"):
        run_part.main("kafka", [])
    assert replaced == []
