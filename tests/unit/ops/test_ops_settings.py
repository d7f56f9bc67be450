"""Where a stack lives."""

from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from ops.settings import SOCKET_PATH_LIMIT, StackSettings


def test_the_environment_of_a_stack_gives_its_settings_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = StackSettings.for_tests(tmp_path)
    for name, value in settings.environment.items():
        monkeypatch.setenv(name, value)
    assert StackSettings() == settings


def test_accounts_lie_in_the_folder_unless_a_database_is_named(tmp_path: Path) -> None:
    assert StackSettings(folder=tmp_path).database_url == f"sqlite+aiosqlite:///{tmp_path}/aurora.db"
    url = "postgresql+asyncpg://aurora@127.0.0.1/aurora"
    assert StackSettings(folder=tmp_path, database_url=url).database_url == url


@pytest.mark.parametrize("settings", [StackSettings(), StackSettings.for_tests(Path("/tmp/a"))])
def test_no_two_parts_share_a_port(settings: StackSettings) -> None:
    ports = {name: value for name, value in settings if name.endswith("_port")}
    assert max(Counter(ports.values()).values()) == 1


def test_a_folder_too_deep_for_a_socket_gets_one_elsewhere_and_always_the_same() -> None:
    deep = Path("/", *["folder"] * 20)
    settings = StackSettings(folder=deep)
    assert deep not in settings.control_socket.parents
    assert len(bytes(settings.control_socket)) <= SOCKET_PATH_LIMIT
    assert settings.control_socket == StackSettings(folder=deep).control_socket
    assert settings.control_socket != StackSettings(folder=deep / "other").control_socket


def test_the_folder_is_absolute_so_that_children_may_change_directory() -> None:
    assert StackSettings(folder=Path("here")).folder == Path.cwd() / "here"


@pytest.mark.parametrize("count", [0, 33])
def test_task_managers_are_bounded(count: int) -> None:
    with pytest.raises(ValidationError):
        StackSettings(task_managers=count)


@pytest.mark.parametrize("folder", ["/a #1", "/it's", '/"a"', "/a;b", "/a\nb"])
def test_a_folder_that_supervisord_would_misread_is_refused(folder: str) -> None:
    with pytest.raises(ValidationError, match="cannot stand in supervisord's configuration"):
        StackSettings(folder=Path(folder))
