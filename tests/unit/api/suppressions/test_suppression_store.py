"""Lists in a database: whole changes, told to the stream and to the audit log with them."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from api.access.tenants import Region, Tier, create_tenant
from api.audit.actor import Actor
from api.audit.tables import AuditRow
from api.database import Database
from api.ingest.event_lines import BadLines
from api.outbox.tables import OutboxRow
from api.suppressions.bucket_changes import Counts
from api.suppressions.entries import Entry, Name
from api.suppressions.suppression_store import ListState, SuppressionStore, TooManyEntries
from api.suppressions.tables import SuppressionBucketRow
from schemas.encoding import decoder
from schemas.suppression_buckets import tenant_and_bucket
from udfs.suppression import Bucket, is_suppressed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ACTOR = Actor("client", "client_test", None)


class Stale(Exception):
    """Raised by a check of these tests."""


@pytest.fixture
async def tenant_id(database: Database) -> UUID:
    return await new_tenant(database)


@pytest.fixture
async def store(database: Database) -> AsyncIterator[SuppressionStore]:
    store = SuppressionStore(database, most_entries=5_000, clock=lambda: NOW)
    yield store
    store.close()


async def new_tenant(database: Database) -> UUID:
    tenant = await create_tenant(database, f"tenant {uuid4()}", Region.EU_CENTRAL_1, Tier.STANDARD)
    return tenant.tenant_id


def accepted(_state: ListState) -> None:
    """A check that lets any list be changed."""


def csv(*lines: str) -> io.BytesIO:
    return io.BytesIO("\n".join(["sku,warehouse,expires_at,reason", *lines]).encode())


async def told(database: Database) -> dict[tuple[str, int], Bucket]:
    """What the outbox tells the stream in the end."""
    buckets: dict[tuple[str, int], Bucket] = {}
    async with database.transaction() as session:
        for row in await session.scalars(select(OutboxRow).order_by(OutboxRow.number)):
            place = tenant_and_bucket(row.key)
            if row.value is None:
                buckets.pop(place, None)
            else:
                buckets[place] = Bucket.of(decoder("suppression_bucket")(row.value))
    return buckets


async def lines_of(store: SuppressionStore, tenant_id: UUID) -> list[str]:
    _, file = await store.export(tenant_id)
    with file:
        first, *lines = file.read().decode("utf-8-sig").splitlines()
    assert first == "sku,warehouse,expires_at,reason"
    return sorted(lines)


async def test_a_list_is_replaced_merged_exported_and_cleared(
    store: SuppressionStore, tenant_id: UUID, database: Database
) -> None:
    first = await store.replace(tenant_id, csv("A,,,", "B,berlin,2027-01-31,why"), ACTOR, accepted)
    assert (first.state.version, first.state.entries, first.counts) == (1, 2, Counts(added=2))
    merged = await store.merge(tenant_id, csv("B,berlin,,", "C,,,", "A,,2020-01-01,"), ACTOR, accepted)
    assert (merged.state.entries, merged.counts) == (2, Counts(added=1, changed=1, removed=1))
    assert await lines_of(store, tenant_id) == ["B,berlin,,", "C,,,"]
    assert await store.entry(tenant_id, Name("B", "berlin")) == Entry("B", "berlin", None, "")
    assert await store.entry(tenant_id, Name("B", "")) is None
    now_ms = int(NOW.timestamp() * 1_000)
    buckets = await told(database)
    suppressed = [
        place
        for place in ("A|x", "B|berlin", "B|x", "C|x")
        if is_suppressed(f"{tenant_id}|{place}", now_ms, buckets)
    ]
    assert suppressed == ["B|berlin", "C|x"]
    cleared = await store.clear(tenant_id, ACTOR, accepted)
    assert (cleared.state.entries, cleared.counts) == (0, Counts(removed=2))
    assert await lines_of(store, tenant_id) == []
    assert await told(database) == {}


async def test_nothing_is_written_where_nothing_changes(
    store: SuppressionStore, tenant_id: UUID, database: Database
) -> None:
    first = await store.replace(tenant_id, csv("A,,,"), ACTOR, accepted)
    again = await store.replace(tenant_id, csv("A,,,", "A,,,"), ACTOR, accepted)
    assert again.state == first.state
    assert not again.counts
    async with database.transaction() as session:
        assert len((await session.scalars(select(OutboxRow))).all()) == 1


async def test_only_buckets_that_changed_are_told(
    store: SuppressionStore, tenant_id: UUID, database: Database
) -> None:
    lines = [f"S{number},,," for number in range(3_000)]
    await store.replace(tenant_id, csv(*lines), ACTOR, accepted)
    async with database.transaction() as session:
        await session.execute(delete(OutboxRow))
    await store.replace(tenant_id, csv(*lines[1:], "NEW,,,"), ACTOR, accepted)
    async with database.transaction() as session:
        rows = (await session.scalars(select(OutboxRow))).all()
    assert {tenant_and_bucket(row.key)[1] for row in rows} == {Name("S0", "").bucket, Name("NEW", "").bucket}


async def test_a_bad_line_leaves_the_list_as_it_was(store: SuppressionStore, tenant_id: UUID) -> None:
    await store.replace(tenant_id, csv("A,,,"), ACTOR, accepted)
    for change in (store.replace, store.merge):
        with pytest.raises(BadLines):
            await change(tenant_id, csv("B,,,", "|,,,"), ACTOR, accepted)
    assert await lines_of(store, tenant_id) == ["A,,,"]


async def test_a_list_has_an_end(store: SuppressionStore, tenant_id: UUID) -> None:
    await store.replace(tenant_id, csv(*(f"S{number},,," for number in range(5_000))), ACTOR, accepted)
    with pytest.raises(TooManyEntries, match="5001 entries"):
        await store.merge(tenant_id, csv("ONE-MORE,,,"), ACTOR, accepted)


async def test_one_entry_is_taken_away(store: SuppressionStore, tenant_id: UUID) -> None:
    await store.replace(tenant_id, csv("A,,,", "A,berlin,,"), ACTOR, accepted)
    assert await store.remove(tenant_id, Name("A", "berlin"), ACTOR)
    assert not await store.remove(tenant_id, Name("A", "berlin"), ACTOR)
    assert await lines_of(store, tenant_id) == ["A,,,"]


async def test_a_tenants_list_is_its_own(
    store: SuppressionStore, tenant_id: UUID, database: Database
) -> None:
    other = await new_tenant(database)
    await store.replace(tenant_id, csv("A,,,"), ACTOR, accepted)
    await store.replace(other, csv("B,,,"), ACTOR, accepted)
    await store.clear(other, ACTOR, accepted)
    assert await lines_of(store, tenant_id) == ["A,,,"]
    assert await store.entry(other, Name("A", "")) is None


async def test_changes_at_once_are_made_one_after_the_other(tenant_id: UUID, database: Database) -> None:
    # as of two processes, which know nothing of each other
    stores = [SuppressionStore(database, 5_000, lambda: NOW) for _ in range(2)]
    merges = [
        stores[number % 2].merge(tenant_id, csv(f"S{number},,,"), ACTOR, accepted) for number in range(4)
    ]
    await asyncio.gather(*merges)
    assert await lines_of(stores[0], tenant_id) == [f"S{number},,," for number in range(4)]
    assert (await stores[0].state(tenant_id)).version == 4
    for store in stores:
        store.close()


async def test_a_check_that_refuses_keeps_the_list(store: SuppressionStore, tenant_id: UUID) -> None:
    def refused(_state: ListState) -> None:
        raise Stale

    await store.replace(tenant_id, csv("A,,,"), ACTOR, accepted)
    with pytest.raises(Stale):
        await store.clear(tenant_id, ACTOR, refused)
    assert await lines_of(store, tenant_id) == ["A,,,"]


async def test_each_change_is_in_the_audit_log_with_its_counts(
    store: SuppressionStore, tenant_id: UUID, database: Database
) -> None:
    await store.replace(tenant_id, csv("A,,,", "B,,,"), ACTOR, accepted)
    await store.remove(tenant_id, Name("A", ""), ACTOR)
    await store.clear(tenant_id, ACTOR, accepted)
    async with database.transaction() as session:
        entries = (
            await session.scalars(
                select(AuditRow).where(AuditRow.tenant_id == tenant_id).order_by(AuditRow.number)
            )
        ).all()
    entries = [entry for entry in entries if entry.subject == "suppressions"]
    assert [(entry.action, entry.before, entry.after) for entry in entries] == [
        ("suppressions.replaced", '{"entries":0}', '{"added":2,"changed":0,"entries":2,"removed":0}'),
        ("suppressions.removed", '{"entries":2}', '{"added":0,"changed":0,"entries":1,"removed":1}'),
        ("suppressions.cleared", '{"entries":1}', '{"added":0,"changed":0,"entries":0,"removed":1}'),
    ]


async def test_an_empty_bucket_has_no_row(
    store: SuppressionStore, tenant_id: UUID, database: Database
) -> None:
    await store.replace(tenant_id, csv("A,,,"), ACTOR, accepted)
    await store.replace(tenant_id, csv("B,,,"), ACTOR, accepted)
    async with database.transaction() as session:
        rows = (await session.scalars(select(SuppressionBucketRow.bucket))).all()
    assert list(rows) == [Name("B", "").bucket]
