"""What the programs of a stack are told."""

import base64
import stat
from pathlib import Path

import pytest

from api.settings import Settings
from ops.environment import KEY_BYTES, OF_FEAST, environment_of, inherited, stored_secrets
from ops.settings import StackSettings


def test_secrets_are_made_once_and_only_their_owner_may_read_them(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "secrets.env"
    first = stored_secrets(file)
    assert stored_secrets(file) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {len(base64.b64decode(secret)) for secret in first.values()} == {KEY_BYTES}
    assert list(file.parent.iterdir()) == [file], "a draft was left behind"


def test_no_secret_is_used_twice(tmp_path: Path) -> None:
    all_of_them = [*stored_secrets(tmp_path / "a").values(), *stored_secrets(tmp_path / "b").values()]
    assert len(set(all_of_them)) == len(all_of_them) == 4


def test_the_api_reads_the_environment_of_its_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = StackSettings.for_tests(tmp_path)
    for name, value in environment_of(stack).items():
        monkeypatch.setenv(name, value)
    api = Settings()
    assert api.port == stack.api_port
    assert api.kafka_bootstrap == stack.kafka_bootstrap
    assert api.redis_url == stack.redis_url
    assert api.flink_url == stack.flink_url
    assert api.database_url == stack.database_url


def test_what_feast_sets_for_this_process_is_not_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*OF_FEAST, "AURORA_PORT"):
        monkeypatch.setenv(name, "/gone")
    assert not inherited().keys() & set(OF_FEAST)
    assert inherited()["AURORA_PORT"] == "/gone"
