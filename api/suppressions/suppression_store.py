"""Lists of suppressed SKUs in the database, and their changes on the way to the stream.

A change is worked out outside of any transaction, a few buckets at a time and in a thread, and written in one. What was
read may be old by then; so a list has a version, and a change that finds another than it began with begins again.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO, TypeVar, cast
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.clock import Clock, utc_now
from api.database import Database
from api.outbox.outbox import put_many
from api.suppressions import suppression_file
from api.suppressions.bucket_changes import BucketChange, Counts, merged, replaced
from api.suppressions.entries import Entry, Name, from_content, to_content
from api.suppressions.suppression_rows import read_buckets
from api.suppressions.tables import SuppressionBucketRow, SuppressionListRow
from schemas import topics
from schemas.encoding import encoder
from schemas.logical import EPOCH
from schemas.suppression_buckets import BUCKETS, HASH_BYTES, key_of

BUCKETS_AT_ONCE = 64
"""Of a long list 45,000 entries: 0.1 s of work, and a few MB."""
TRIES = 3
MOST_IN_BUCKET = 80_000
"""A message holds no more. By chance a bucket has a thousandth of the list."""

Result = TypeVar("Result")
Work = Callable[[bytes | None, bytes | None, int], BucketChange | None]
"""From what a bucket holds and what was sent, and the second since 1970, to the change."""


class TooManyEntries(ValueError):
    """The list would be longer than a list may be."""


class ChangedMeanwhile(Exception):
    """Others change the list again and again."""


@dataclass(frozen=True, slots=True)
class ListState:
    """Which list it is."""

    version: int = 0
    entries: int = 0
    changed_at: datetime | None = None
    """None where there never was one."""

    @property
    def etag(self) -> str:
        """A database that is restored to an earlier state may give a version again, but not at the same moment."""
        at = self.changed_at or EPOCH
        return f'"{self.version}-{at.timestamp():.6f}"'


Check = Callable[[ListState], None]
"""Raises where a list is not the one that is to be changed."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A list after a change."""

    state: ListState
    counts: Counts


class SuppressionStore:
    """The lists of all tenants; opened once in a process, since it changes one list at a time to be small in memory."""

    def __init__(self, database: Database, most_entries: int, clock: Clock = utc_now) -> None:
        self._database = database
        self._most_entries = most_entries
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="suppressions")
        self._changing = asyncio.Lock()
        self._encode = encoder(topics.SUPPRESSIONS.schema)

    def close(self) -> None:
        """Wait for what runs."""
        self._thread.shutdown(wait=True)

    async def state(self, tenant_id: UUID) -> ListState:
        """Which list the tenant has."""
        async with self._database.transaction() as session:
            row = await session.get(SuppressionListRow, tenant_id)
            return ListState() if row is None else _state(row)

    async def entry(self, tenant_id: UUID, name: Name) -> Entry | None:
        """The entry of exactly this SKU and warehouse, unless it has expired."""
        stored = await self._stored(tenant_id, [name.bucket])
        content = stored.get(name.bucket)
        found = None if content is None else from_content(content).get(name)
        return None if found is None or found.has_expired(self._now_s()) else found

    async def replace(self, tenant_id: UUID, file: BinaryIO, actor: Actor, check: Check) -> Changed:
        """Let the list be what the CSV file holds. Raises `BadLines`, and what ``check`` raises."""
        async with self._changing:
            sent = await self._in_thread(partial(read_buckets, file))
            return await self._change(tenant_id, sent, replaced, "suppressions.replaced", actor, check)

    async def merge(self, tenant_id: UUID, file: BinaryIO, actor: Actor, check: Check) -> Changed:
        """Let the entries of the CSV file be on the list too. Raises `BadLines`, and what ``check`` raises."""
        async with self._changing:
            sent = await self._in_thread(partial(read_buckets, file))
            return await self._change(tenant_id, sent, merged, "suppressions.merged", actor, check)

    async def clear(self, tenant_id: UUID, actor: Actor, check: Check) -> Changed:
        """Take every entry away. Raises what ``check`` raises."""
        async with self._changing:
            return await self._change(tenant_id, {}, replaced, "suppressions.cleared", actor, check)

    async def remove(self, tenant_id: UUID, name: Name, actor: Actor) -> bool:
        """Take an entry away; whether it was there."""
        # merged with one that has expired
        gone = {name.bucket: to_content([Entry(*name, 0, "")])}
        async with self._changing:
            changed = await self._change(
                tenant_id, gone, merged, "suppressions.removed", actor, lambda _: None
            )
        return bool(changed.counts)

    async def export(self, tenant_id: UUID) -> tuple[ListState, BinaryIO]:
        """The whole list as CSV, of one moment, in a file at its beginning. Raises `ChangedMeanwhile`."""
        for _ in range(TRIES):
            before = await self.state(tenant_id)
            file = cast(BinaryIO, TemporaryFile())
            suppression_file.write_header(file)
            for some in _slices(range(BUCKETS)):
                stored = await self._stored(tenant_id, some)
                contents = [stored[bucket] for bucket in sorted(stored)]
                await self._in_thread(partial(suppression_file.write_buckets, file, contents))
            if await self.state(tenant_id) == before:
                file.seek(0)
                return before, file
            file.close()
        raise ChangedMeanwhile

    async def _change(
        self, tenant_id: UUID, sent: Mapping[int, bytes], work: Work, action: str, actor: Actor, check: Check
    ) -> Changed:
        # only a replacement touches what was not sent
        touched = range(BUCKETS) if work is replaced else sorted(sent)
        for _ in range(TRIES):
            before = await self.state(tenant_id)
            check(before)
            changes: dict[int, BucketChange] = {}
            for some in _slices(touched):
                stored = await self._stored(tenant_id, some)
                changes |= await self._in_thread(partial(_work_out, work, some, stored, sent, self._now_s()))
            if not changes:
                return Changed(before, Counts())
            self._check_lengths(before, changes)
            after = await self._write(tenant_id, before, changes, action, actor)
            if after is not None:
                return after
        raise ChangedMeanwhile

    def _check_lengths(self, before: ListState, changes: Mapping[int, BucketChange]) -> None:
        entries = before.entries + _total(changes).growth
        if entries > self._most_entries:
            raise TooManyEntries(f"The list would have {entries} entries; it may have {self._most_entries}.")
        if any(len(change.hashes) > MOST_IN_BUCKET * HASH_BYTES for change in changes.values()):
            raise TooManyEntries("The list has too many entries whose names hash alike.")

    async def _write(
        self,
        tenant_id: UUID,
        before: ListState,
        changes: Mapping[int, BucketChange],
        action: str,
        actor: Actor,
    ) -> Changed | None:
        """In one transaction; None where the list is not what it was before."""
        counts = _total(changes)
        async with self._database.transaction() as session:
            row = await _locked(session, tenant_id)
            if row.version != before.version:
                return None
            row.version += 1
            row.entries += counts.growth
            row.changed_at = self._clock()
            # a few at a time, since each is there once more on its way to the database
            for some in _slices([*changes]):
                written = {bucket: changes[bucket] for bucket in some}
                await _put_buckets(session, tenant_id, written)
                await put_many(
                    session,
                    topic=topics.SUPPRESSIONS.name,
                    records=self._records(tenant_id, row.changed_at, written),
                )
            await record(
                session,
                actor=actor,
                action=action,
                tenant_id=tenant_id,
                subject="suppressions",
                before={"entries": before.entries},
                after={
                    "entries": row.entries,
                    "added": counts.added,
                    "changed": counts.changed,
                    "removed": counts.removed,
                },
            )
            return Changed(_state(row), counts)

    def _records(
        self, tenant_id: UUID, at: datetime, changes: Mapping[int, BucketChange]
    ) -> Iterator[tuple[bytes, bytes | None]]:
        for bucket, change in changes.items():
            value = {
                "tenant_id": str(tenant_id),
                "bucket": bucket,
                "hashes": change.hashes,
                "expiries": change.expiries,
                "updated_at": at,
            }
            yield key_of(str(tenant_id), bucket), self._encode(value) if change.hashes else None

    async def _stored(self, tenant_id: UUID, buckets: Collection[int]) -> dict[int, bytes]:
        wanted = select(SuppressionBucketRow.bucket, SuppressionBucketRow.content).where(
            SuppressionBucketRow.tenant_id == tenant_id, SuppressionBucketRow.bucket.in_(buckets)
        )
        async with self._database.transaction() as session:
            return {bucket: content for bucket, content in await session.execute(wanted)}

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _now_s(self) -> int:
        return int(self._clock().timestamp())


def _state(row: SuppressionListRow) -> ListState:
    return ListState(row.version, row.entries, row.changed_at)


def _work_out(
    work: Work, buckets: Sequence[int], stored: Mapping[int, bytes], sent: Mapping[int, bytes], now_s: int
) -> dict[int, BucketChange]:
    changes = ((bucket, work(stored.get(bucket), sent.get(bucket), now_s)) for bucket in buckets)
    return {bucket: change for bucket, change in changes if change is not None}


def _total(changes: Mapping[int, BucketChange]) -> Counts:
    return sum((change.counts for change in changes.values()), Counts())


def _slices(buckets: Sequence[int]) -> Iterator[Sequence[int]]:
    return (buckets[start : start + BUCKETS_AT_ONCE] for start in range(0, len(buckets), BUCKETS_AT_ONCE))


async def _locked(session: AsyncSession, tenant_id: UUID) -> SuppressionListRow:
    upsert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = upsert(SuppressionListRow).values(tenant_id=tenant_id, version=0, entries=0, changed_at=EPOCH)
    await session.execute(first.on_conflict_do_nothing())
    locked = select(SuppressionListRow).where(SuppressionListRow.tenant_id == tenant_id).with_for_update()
    return (await session.scalars(locked)).one()


async def _put_buckets(session: AsyncSession, tenant_id: UUID, changes: Mapping[int, BucketChange]) -> None:
    await session.execute(
        delete(SuppressionBucketRow).where(
            SuppressionBucketRow.tenant_id == tenant_id, SuppressionBucketRow.bucket.in_(changes)
        )
    )
    rows = [
        {"tenant_id": tenant_id, "bucket": bucket, "content": change.content}
        for bucket, change in changes.items()
        if change.content is not None
    ]
    if rows:
        await session.execute(insert(SuppressionBucketRow), rows)
