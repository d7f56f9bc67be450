"""The calls of docs/access.md, run as they are written, and what `aurora user` and `aurora audit` say besides."""

import subprocess
import sys
from pathlib import Path

import pytest
from service.api.oidc.provider import running_provider
from service.api.running import Account, Running
from service.features.documented import run_page
from sqlalchemy import text

from api.database import Database
from ops.settings import PROJECT
from ops.stack import Stack


@pytest.fixture
def account(own_api: Running) -> Account:
    return own_api.tenant()


def aurora(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What the command says."""
    command = [str(Path(sys.executable).with_name("aurora")), *arguments]
    environment = {"PATH": "/usr/bin:/bin", **stack.settings.environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, cwd=PROJECT)


def test_the_page_runs_as_written(own_api: Running, stack: Stack, account: Account) -> None:
    with running_provider() as provider:
        variables = {
            "TOKEN": own_api.token(account),
            "AURORA_DEMO_TENANT_ID": str(account.tenant_id),
            "ISSUER": provider.issuer,
        }
        said = run_page("access.md", own_api.settings.port, stack.settings, variables)
    assert '"type":"/v1/problems/' not in said
    assert said.count('"client_secret":') == 2
    assert said.count('"email":"ada@shop.example","role":"admin"') >= 3
    assert '"role":"analyst","status":"invited"' in said and '"status":"disabled"' in said
    assert f'"sign_in_url":"{own_api.settings.browser_origin}/v1/session/oidc?tenant_id=' in said
    assert '"action":"user.changed"' in said
    assert "identity-provider.removed" in said and "whole." in said


def test_what_cannot_be_is_one_line(own_api: Running, stack: Stack, account: Account) -> None:
    tenant = str(account.tenant_id)
    assert aurora(stack, "user", "invite", tenant, "eve@shop.example").returncode == 0
    for arguments, line in [
        (("user", "invite", tenant, "eve@shop.example"), "has a user eve@shop.example"),
        (("user", "invite", tenant, "eve"), "eve is no e-mail address"),
        (("user", "link", tenant, "nobody@shop.example"), "has no user nobody@shop.example"),
        (("user", "list", "nobody"), "there is no tenant nobody"),
    ]:
        done = aurora(stack, *arguments)
        assert done.returncode == 1 and line in done.stderr, done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_a_new_key_is_told_of_in_the_deployment_s_own_chain(own_api: Running, stack: Stack) -> None:
    assert aurora(stack, "keys", "rotate").returncode == 0
    said = aurora(stack, "audit", "list", "--action", "signing-key.rotated").stdout
    assert "signing-key.rotated" in said and "others_retire_at" in said


def test_a_chain_that_was_tampered_with_is_named(own_api: Running, stack: Stack, account: Account) -> None:
    async def tamper(database: Database) -> None:
        async with database.transaction() as session:
            found = await session.execute(
                text(
                    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name = 'audit_log_update'"
                )
            )
            ((name, trigger),) = found.all()
            await session.execute(text(f"DROP TRIGGER {name}"))
            of = {"tenant": account.tenant_id.hex}
            await session.execute(text("UPDATE audit_log SET actor_id = 'eve' WHERE tenant_id = :tenant"), of)
            await session.execute(text(trigger))

    own_api.on_database(tamper)
    done = aurora(stack, "audit", "verify", str(account.tenant_id))
    assert done.returncode == 1
    assert f"{account.tenant_id}: entry 1 is not as it was written." in done.stdout
    assert aurora(stack, "audit", "verify").returncode == 1
    other = own_api.tenant()
    assert "1 chain is whole." in aurora(stack, "audit", "verify", str(other.tenant_id)).stdout
