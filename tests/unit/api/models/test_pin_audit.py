"""Pins in the audit log: told of before they are made, and again where they were not confirmed."""

from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from api.audit.actor import Actor
from api.audit.reading import Filter, newest
from api.database import Database
from api.models.pin_audit import audited_pin

Told = Sequence[tuple[str, str | None, str | None]]


async def told(database: Database, tenant_id: UUID) -> Told:
    async with database.transaction() as session:
        rows = await newest(session, tenant_id, Filter(), 10)
    return [(row.action, row.before, row.after) for row in rows]


async def test_a_pin_and_its_end_are_told_of(database: Database) -> None:
    tenant_id = uuid4()
    actor = Actor("client", "client_1", tenant_id)
    async with audited_pin(database, actor, tenant_id, None, "nb-2.1-000001"):
        assert len(await told(database, tenant_id)) == 1, "before it is made"
    async with audited_pin(database, actor, tenant_id, "nb-2.1-000001", None):
        pass
    assert await told(database, tenant_id) == [
        ("model.unpinned", '{"pinned":"nb-2.1-000001"}', '{"pinned":null}'),
        ("model.pinned", '{"pinned":null}', '{"pinned":"nb-2.1-000001"}'),
    ]


async def test_a_pin_that_fails_is_told_of_as_such(database: Database) -> None:
    tenant_id = uuid4()
    with pytest.raises(ZeroDivisionError):
        async with audited_pin(database, Actor("client", "c", tenant_id), tenant_id, None, "nb-2.1-000001"):
            raise ZeroDivisionError
    assert [action for action, *_ in await told(database, tenant_id)] == [
        "model.pin-unconfirmed",
        "model.pinned",
    ]
