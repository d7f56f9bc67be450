"""The calls of docs/settings.md, run as they are written."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from service.api.running import Running, running
from service.api.tenant_settings.setting_calls import Calls

from api.settings import Settings
from ops import topics as kafka_topics
from ops.environment import environment_of
from ops.preparation import prepare_files
from ops.settings import PROJECT
from ops.stack import Stack
from schemas import topics

pytestmark = pytest.mark.service

DEFAULT_PORT = "18000"


@pytest.fixture
def own_api(stack: Stack, kafka: str, redis: str) -> Iterator[Running]:
    """The API on the stack's own port and accounts, where the operator's command finds them too."""
    prepare_files(stack.settings)
    kafka_topics.ensure(kafka, topics.SHARED)
    environment = environment_of(stack.settings)
    settings = Settings(
        port=stack.settings.api_port,
        kafka_bootstrap=kafka,
        redis_url=redis,
        flink_url=stack.settings.flink_url,
        database_url=environment["AURORA_DATABASE_URL"],
        feature_repo=Path(environment["AURORA_FEATURE_REPO"]),
        feast_registry=environment["AURORA_FEAST_REGISTRY"],
        encryption_key=SecretStr(environment["AURORA_ENCRYPTION_KEY"]),
        pii_key=SecretStr(environment["AURORA_PII_KEY"]),
    )
    with running(settings) as api:
        yield api


def test_the_page_runs_as_written(own_api: Running, stack: Stack) -> None:
    account = own_api.tenant()
    # as a tenant is opened
    Calls(own_api, account).create("settings", time_zone="UTC", retention_days=7)
    page = (PROJECT / "docs" / "settings.md").read_text()
    examples = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    script = "set -eu\n" + "echo\n".join(examples)
    for written, here in (
        (DEFAULT_PORT, str(own_api.settings.port)),
        (".venv/bin/aurora", str(Path(sys.executable).with_name("aurora"))),
    ):
        script = script.replace(written, here)
    environment = {
        **os.environ,
        **stack.settings.environment,
        "TOKEN": own_api.token(account),
        "AURORA_DEMO_TENANT_ID": str(account.tenant_id),
    }
    done = subprocess.run(
        ["bash", "-c", script], env=environment, capture_output=True, text=True, cwd=PROJECT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"type":"/v1/problems/' not in done.stdout
    assert '{"skus":2,"changed":2}' in done.stdout
    # what holds for TEA-1 in berlin
    assert '"threshold":0.6,"horizon_hours":48' in done.stdout
    assert '"said_by":{"threshold":"category","horizon_hours":"sku_and_warehouse"' in done.stdout
    assert '"level":"tenant"' in done.stdout and '"threshold":0.75' in done.stdout
    assert "alerts from 0.65 on" in done.stdout
