"""What cannot be read is set aside with its reason, and the job goes on. Messages are those of ``schemas/examples``."""

from uuid import UUID

import pytest
from service.jobs.tenant_log import TenantLog, eventually

from ops.stack import Stack
from schemas import examples
from schemas.topics import MEBIBYTE

pytestmark = pytest.mark.service


@pytest.fixture
def examples_tenant(risk_job: Stack) -> TenantLog:
    """The tenant that the examples name."""
    return TenantLog(risk_job.settings.kafka_bootstrap, UUID(examples.TENANT))


def test_every_unreadable_example_becomes_a_dead_letter(examples_tenant: TenantLog) -> None:
    before = len(examples_tenant.dead_letters())
    unreadable = examples.unreadable("order_event")
    for message in unreadable.values():
        examples_tenant.send_bytes(message.value)
    eventually(lambda: len(examples_tenant.dead_letters()) - before >= len(unreadable))
    # all have one key, so they are in one partition, and their dead letters in the order sent
    letters = sorted(examples_tenant.dead_letters(), key=lambda letter: int(letter["offset"]))[before:]
    found = {
        name: (letter["reason"], letter["value"]) for name, letter in zip(unreadable, letters, strict=True)
    }
    assert found == {name: (message.reason, message.value) for name, message in unreadable.items()}


def test_no_valid_example_becomes_a_dead_letter(examples_tenant: TenantLog) -> None:
    before = len(examples_tenant.dead_letters())
    examples_tenant.send(examples.valid("order_event").values())
    # a message behind them in each partition shows that all have been read
    for sku in "ABCDEFGH":
        examples_tenant.send([examples_tenant.event("stock.counted", sku, 5)])
    eventually(lambda: set("ABCDEFGH") <= examples_tenant.predictions().keys())
    assert len(examples_tenant.dead_letters()) == before


def test_the_job_goes_on_behind_poison(tenant: TenantLog) -> None:
    huge = b"x" * (MEBIBYTE - 1024)
    for poison in (None, b"", b"not avro", huge):
        tenant.send_bytes(poison, key="S|W1")
        tenant.send([tenant.event("stock.received", "S", 1)])
    eventually(lambda: tenant.predictions().get("S", {"stock": 0})["stock"] == 4)
    eventually(lambda: len(tenant.dead_letters()) == 4)
    assert [letter["value"] for letter in tenant.dead_letters()] == [None, b"", b"not avro", huge]
