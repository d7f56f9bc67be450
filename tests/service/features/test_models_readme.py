"""The calls of the README about versions of models, run as they are written."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from model_records import model_update
from prediction_records import NOON_MS
from pydantic import SecretStr
from redis import Redis
from service.api.running import Account, Running, running
from service.features.model_log import ModelLog
from service.features.online_state import has_stored
from service.features.prediction_log import eventually
from service.features.writer_process import WriterProcess

from api.settings import Settings
from ops.environment import environment_of
from ops.preparation import prepare_files
from ops.settings import PROJECT
from ops.stack import Stack

pytestmark = pytest.mark.service

DEFAULT_PORT = "18000"


@pytest.fixture
def api(feature_stack: Stack) -> Iterator[Running]:
    """The API on the stack's own port and accounts."""
    stack = feature_stack.settings
    prepare_files(stack)
    environment = environment_of(stack)
    settings = Settings(
        port=stack.api_port,
        kafka_bootstrap=stack.kafka_bootstrap,
        redis_url=stack.redis_url,
        flink_url=stack.flink_url,
        database_url=environment["AURORA_DATABASE_URL"],
        feature_repo=Path(environment["AURORA_FEATURE_REPO"]),
        feast_registry=environment["AURORA_FEAST_REGISTRY"],
        encryption_key=SecretStr(environment["AURORA_ENCRYPTION_KEY"]),
        pii_key=SecretStr(environment["AURORA_PII_KEY"]),
    )
    with running(settings) as api:
        yield api


def section(title: str) -> list[str]:
    """The shell examples below a heading of the README."""
    text = (PROJECT / "README.md").read_text().partition(f"## {title}")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


def demo_env(account: Account) -> str:
    """The file that the demo would leave for this tenant."""
    return (
        f"AURORA_DEMO_TENANT_ID={account.tenant_id}\nAURORA_DEMO_CLIENT_ID={account.client_id}\n"
        f"AURORA_DEMO_CLIENT_SECRET={account.secret}\n"
    )


def test_the_readme_runs_as_written(
    api: Running,
    online_writer: WriterProcess,
    feature_stack: Stack,
    redis_client: Redis,
    tmp_path: Path,
) -> None:
    online_writer.start()
    account = api.tenant()
    log = ModelLog(feature_stack.settings.kafka_bootstrap, str(account.tenant_id))
    older = model_update(tenant_id=log.tenant_id, model_version="nb-2.16-77c0d2")
    newer = {
        **older,
        **{"model_version": "nb-2.17-1f3a9c", "parent": "nb-2.16-77c0d2", "created_at": NOON_MS + 3_600_000},
    }
    log.learned(older, newer)
    eventually(lambda: has_stored(redis_client, log.end()))
    (tmp_path / "demo.env").write_text(demo_env(account))
    token, *_ = section("First calls")
    script = "set -eu\n" + "\n".join([token, *section("Model versions")])
    for written, here in (
        (DEFAULT_PORT, str(api.settings.port)),
        (".aurora/demo.env", str(tmp_path / "demo.env")),
        (".venv/bin/aurora", str(Path(sys.executable).with_name("aurora"))),
    ):
        script = script.replace(written, here)
    environment = {**os.environ, **feature_stack.settings.environment}
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, cwd=PROJECT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count('"parameters":{') == 2, "a version by itself, and the pinned one"
    assert '"type":"/v1/problems/' not in done.stdout
    assert "nb-2.16-77c0d2 is pinned." in done.stdout
    assert "Rolled back: nb-2.16-77c0d2 is pinned." in done.stdout
    assert "Nothing is pinned" in done.stdout
