"""The file that remembers the demo's tenant."""

import stat
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.demo.account import DemoAccount

ACCOUNT = DemoAccount(
    url="http://127.0.0.1:18000",
    tenant_id="11111111-1111-4111-8111-111111111111",
    client_id="client_1",
    client_secret="s3cret=",
    last_event_at="2026-11-24T12:00:00+00:00",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "demo.env"


def test_what_is_saved_is_loaded(file: Path) -> None:
    assert DemoAccount.load(file) is None
    for account in (ACCOUNT, replace(ACCOUNT, replayed="2026-11-24T12:01:00+00:00")):
        account.save(file)
        assert DemoAccount.load(file) == account
    assert ACCOUNT.ends_at == datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_only_its_owner_may_read_it_and_the_secret_is_not_shown(file: Path) -> None:
    ACCOUNT.save(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "s3cret" not in repr(ACCOUNT)


def test_a_shell_can_source_it(file: Path) -> None:
    ACCOUNT.save(file)
    command = f'. {file} && printf %s "$AURORA_DEMO_CLIENT_SECRET"'
    shell = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert shell.stdout == "s3cret="
