"""Putting records beside the change that they tell of."""

from collections.abc import Iterable
from hashlib import blake2b

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.clock import utc_now
from api.outbox.tables import OutboxRow
from schemas.topics import MEBIBYTE

MAX_BYTES = MEBIBYTE - 4_096
"""Of key and value; what Kafka takes, less what it adds."""


async def put(session: AsyncSession, *, topic: str, key: bytes, value: bytes | None) -> None:
    """Publish a record if and only if the session's transaction is committed; a value of None takes the key back.

    It is in Kafka soon after, at least once, and after all that was put before it under the same topic and key. Writers
    of one topic and key wait for each other from here to the end of their transactions, so call it late in them.
    Raises ``ValueError`` for a record that Kafka would refuse.
    """
    _check(key, value)
    await _lock(session, topic, key)
    session.add(OutboxRow(topic=topic, key=key, value=value, put_at=utc_now()))
    await session.flush()


async def put_many(
    session: AsyncSession, *, topic: str, records: Iterable[tuple[bytes, bytes | None]]
) -> None:
    """`put` for thousands of keys and values: other writers of the topic wait until the transaction ends."""
    put_at = utc_now()
    rows = []
    for key, value in records:
        _check(key, value)
        rows.append({"topic": topic, "key": key, "value": value, "put_at": put_at})
    await _lock(session, topic, None)
    if rows:
        await session.execute(insert(OutboxRow), rows)


def _check(key: bytes, value: bytes | None) -> None:
    if len(key) + len(value or b"") > MAX_BYTES:
        raise ValueError(f"A record may have {MAX_BYTES} bytes, not {len(key) + len(value or b'')}.")


async def _lock(session: AsyncSession, topic: str, key: bytes | None) -> None:
    """Wait for other writers of the key, or where it is None of the topic.

    A row's number is given before its commit: without this, a later one might be seen, and published, first. SQLite has
    one writer anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    of_topic = _number(topic.encode())
    if key is None:
        await session.execute(select(func.pg_advisory_xact_lock(of_topic)))
    else:
        await session.execute(select(func.pg_advisory_xact_lock_shared(of_topic)))
        await session.execute(select(func.pg_advisory_xact_lock(_number(topic.encode() + b"\0" + key))))


def _number(name: bytes) -> int:
    return int.from_bytes(blake2b(name, digest_size=8).digest(), "big", signed=True)
