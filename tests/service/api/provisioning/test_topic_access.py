"""Who may use a tenant's topic, at a broker that asks."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from api.provisioning.topic_access import allow, withdraw
from api.topics import admin_client, result
from ops.parts.kafka import kafka as kafka_part
from ops.parts.part import Unhealthy
from ops.stack import StackSettings

pytestmark = pytest.mark.service

AUTHORIZER = """
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""


@pytest.fixture(scope="module")
def asking_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Bootstrap address of a broker that has rules of who may do what; whoever has no name may do all."""
    settings = StackSettings.for_tests(tmp_path_factory.mktemp("asking"))
    part = kafka_part(settings)
    part.prepare()
    properties = Path(part.command[-1])
    properties.write_text(properties.read_text() + AUTHORIZER)
    with (settings.folder / "kafka.log").open("w") as log:
        running = subprocess.Popen(part.command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                part.check()
                break
            except Unhealthy:
                assert running.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        yield settings.kafka_bootstrap
    finally:
        running.kill()
        running.wait()


def rules(bootstrap: str, tenant_id: UUID) -> set[tuple[str, str, str]]:
    """Who may do what with what of the tenant's."""
    anything = AclBindingFilter(
        *(ResourceType.ANY, None, ResourcePatternType.ANY, None, None),  # type: ignore[arg-type]  # None: all
        *(AclOperation.ANY, AclPermissionType.ANY),
    )
    admin = admin_client(bootstrap)
    return {
        (rule.principal, rule.operation.name, f"{rule.resource_pattern_type.name} {rule.name}")
        for rule in result(admin.describe_acls(anything))
        if str(tenant_id) in rule.name
    }


def test_a_tenant_reads_its_own_topic_and_aurora_does_all(asking_broker: str) -> None:
    one, other = uuid4(), uuid4()
    for tenant_id in (one, other, one):
        assert allow(asking_broker, tenant_id, "User:aurora"), "rules are in force here"
    for tenant_id in (one, other):
        topic = f"LITERAL {tenant_id}-orders"
        assert rules(asking_broker, tenant_id) == {
            (f"User:{tenant_id}", "READ", topic),
            (f"User:{tenant_id}", "DESCRIBE", topic),
            (f"User:{tenant_id}", "READ", f"PREFIXED {tenant_id}-"),
            ("User:aurora", "ALL", topic),
        }
    assert withdraw(asking_broker, one) and withdraw(asking_broker, one)
    assert rules(asking_broker, one) == set()
    assert rules(asking_broker, other) != set()


def test_a_broker_that_asks_nobody_says_so(kafka: str) -> None:
    assert not allow(kafka, uuid4(), "User:aurora")
    assert not withdraw(kafka, uuid4())
