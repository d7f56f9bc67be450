"""The preflight against a real Kafka, Redis, database and feature registry, and what prepares them."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from sqlalchemy import select

from api.database import Database
from api.outbox.tables import OutboxRow
from api.tenant_settings.setting_store import kept_at
from ops import topics
from ops.accounts_database import on_database
from ops.cli import main
from ops.environment import environment_of
from ops.preflight import findings
from ops.preparation import prepare_files, prepare_topics
from ops.stack import Stack, StackSettings
from ops.tenants import all_tenants, tenant_named
from schemas.encoding import decoder
from schemas.setting_levels import Level
from schemas.topics import PREDICTIONS, SETTINGS, SHARED, orders

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackSettings]:
    """Settings of a stack whose Kafka and Redis run, and for which nothing was prepared."""
    stack = Stack(StackSettings.for_tests(tmp_path_factory.mktemp("preflight")))
    try:
        stack.up({"kafka", "redis"})
        yield stack.settings
    finally:
        stack.down()


@pytest.fixture
def ready(settings: StackSettings) -> StackSettings:
    """The same stack, prepared."""
    prepare_files(settings)
    prepare_topics(settings)
    return settings


def aurora(settings: StackSettings, *arguments: str) -> tuple[int, str]:
    """Exit code and output of a command on this stack."""
    options = {
        f"--{name.replace('_', '-')}": str(value)
        for name, value in settings
        if name != "owner_pid" and value is not None
    }
    words = [word for pair in options.items() for word in pair]
    result = CliRunner().invoke(main, [*words, *arguments])
    return result.exit_code, result.output


def test_all_that_is_missing_is_named_at_once(settings: StackSettings) -> None:
    said = [str(finding) for finding in findings(settings)]
    for topic in SHARED:
        assert f"topic {topic.name} does not exist; run `aurora up`" in said
    assert "the accounts database is not migrated; run `aurora prepare`" in said
    assert any(line.startswith("the feature registry ") and "does not exist" in line for line in said)
    assert len(said) == len(SHARED) + 2


def test_a_program_is_not_started_where_something_is_missing(settings: StackSettings, tmp_path: Path) -> None:
    started = tmp_path / "started"
    (tmp_path / "program.py").write_text(f"import pathlib; pathlib.Path({str(started)!r}).touch()")
    command = (sys.executable, "-m", "ops.checked_start", "program")
    environment = {**environment_of(settings), "AURORA_KAFKA_PORT": "1", "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "preflight: Kafka at 127.0.0.1:1 does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert not started.exists()


def test_a_program_is_started_where_nothing_is_missing(ready: StackSettings, tmp_path: Path) -> None:
    started = tmp_path / "started"
    program = (
        f"import pathlib, sys; pathlib.Path({str(started)!r}).write_text(f'{{__name__}} {{sys.argv[1:]}}')"
    )
    (tmp_path / "program.py").write_text(program)
    command = (sys.executable, "-m", "ops.checked_start", "program", "argument")
    environment = {**environment_of(ready), "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert started.read_text() == "__main__ ['argument']"


def test_after_preparation_nothing_is_missing(ready: StackSettings) -> None:
    assert findings(ready) == []
    assert aurora(ready, "preflight") == (0, "All is there.\n")


def test_preparation_changes_nothing_the_second_time(ready: StackSettings) -> None:
    registry = ready.feature_registry.stat().st_mtime_ns
    secrets = (ready.folder / "secrets.env").read_text()
    prepare_files(ready)
    prepare_topics(ready)
    assert ready.feature_registry.stat().st_mtime_ns == registry
    assert (ready.folder / "secrets.env").read_text() == secrets


def test_a_topic_with_another_setting_is_named_and_mended(ready: StackSettings) -> None:
    entry = ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, PREDICTIONS.name, incremental_configs=[entry])
    admin = AdminClient({"bootstrap.servers": ready.kafka_bootstrap})
    admin.incremental_alter_configs([resource])[resource].result(10)
    code, output = aurora(ready, "preflight")
    assert code == 1
    assert output == "topic predictions has cleanup.policy=delete, not compact; run `aurora up`\n"
    prepare_topics(ready)
    assert findings(ready) == []


def test_parts_that_are_away_are_named(ready: StackSettings, tmp_path: Path) -> None:
    away = ready.model_copy(
        update={
            "kafka_port": 1,
            "redis_port": 2,
            "database_url": "postgresql+asyncpg://nobody@127.0.0.1:3/none",
        }
    )
    said = [str(finding) for finding in findings(away)]
    assert len(said) == 3
    assert said[0].startswith("Kafka at 127.0.0.1:1 does not answer (")
    assert said[1].startswith("Redis at redis://127.0.0.1:2/0 does not answer (")
    assert said[2].startswith("the accounts database does not answer (")
    assert not any("\n" in line for line in said)


def test_a_new_tenant_gets_its_topic_its_client_and_its_settings(ready: StackSettings) -> None:
    code, output = aurora(ready, "tenant", "create", "Corner shop")
    assert code == 0
    printed = dict(line.split() for line in output.splitlines())
    assert printed.keys() == {"tenant_id", "client_id", "client_secret"}
    tenant = tenant_named(ready, "Corner shop")
    assert str(tenant.tenant_id) == printed["tenant_id"]
    topic = orders(tenant.tenant_id)
    (state,) = topics.states(ready.kafka_bootstrap, [topic.name]).values()
    assert list(topics.difference(topic, state)) == []
    assert findings(ready) == []
    with sqlite3.connect(ready.folder / "aurora.db") as database:
        stored = "".join(database.iterdump())
    assert printed["client_id"] in stored
    assert printed["client_secret"] not in stored


def test_a_tenant_s_lost_topic_is_named_and_made_again(ready: StackSettings) -> None:
    aurora(ready, "tenant", "create", "Lost topic")
    topic = orders(tenant_named(ready, "Lost topic").tenant_id)
    admin = AdminClient({"bootstrap.servers": ready.kafka_bootstrap})
    admin.delete_topics([topic.name])[topic.name].result(10)
    assert [str(finding) for finding in findings(ready)] == [
        f"topic {topic.name} does not exist; run `aurora up`"
    ]
    prepare_topics(ready)
    assert findings(ready) == []


def test_a_taken_name_is_refused_in_one_line(ready: StackSettings) -> None:
    aurora(ready, "tenant", "create", "Twice")
    before = len(all_tenants(ready))
    code, output = aurora(ready, "tenant", "create", "Twice")
    assert (code, output) == (1, "Error: there is already a tenant named Twice\n")
    assert len(all_tenants(ready)) == before


def test_no_tenant_is_made_while_kafka_is_away(ready: StackSettings) -> None:
    before = len(all_tenants(ready))
    code, output = aurora(ready.model_copy(update={"kafka_port": 1}), "tenant", "create", "Too early")
    assert code == 1
    assert len(output.splitlines()) == 1
    assert len(all_tenants(ready)) == before


def test_keys_rotate_without_a_running_api(ready: StackSettings) -> None:
    code, first = aurora(ready, "keys", "rotate")
    assert code == 0
    code, second = aurora(ready, "keys", "rotate")
    assert code == 0
    assert first.split()[2] != second.split()[2], "each rotation makes a new key"


def test_a_threshold_is_set_where_the_tenant_sets_it_and_told_to_the_risk_job(ready: StackSettings) -> None:
    aurora(ready, "tenant", "create", "Careful")
    tenant_id = tenant_named(ready, "Careful").tenant_id
    for threshold in ("0.4", "0.3"):
        assert aurora(ready, "tenant", "threshold", "Careful", threshold, "--sku", "SKU-1")[0] == 0
    assert aurora(ready, "tenant", "threshold", "Careful", "0.4", "--sku", "a|b")[0] == 1

    async def found(database: Database) -> tuple[float | None, list[float]]:
        async with database.transaction() as session:
            kept = await kept_at(session, tenant_id, Level("SKU-1"))
            # no API runs here that would publish it
            waiting = select(OutboxRow).where(OutboxRow.key == f"{tenant_id}|SKU-1|".encode())
            rows = await session.scalars(waiting.order_by(OutboxRow.number))
            told = [decoder(SETTINGS.schema)(row.value)["threshold"] for row in rows]
            return kept.setting.threshold if kept else None, told

    assert on_database(ready, found) == (0.3, [0.4, 0.3])
