"""Failed attempts to sign in, counted in the database, so that every process of the API knows of them.

An attempt counts as failed from its start, so that many at once do not slip through; success takes it back. An account
that does not exist is counted like one that does.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Self
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.attempts import TooManyFailures, network_of
from api.database import Database
from api.sessions.pauses import FORGOTTEN_AFTER, OF_ACCOUNT, OF_NETWORK, Pauses
from api.users.tables import FailedSignInRow


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who seems to sign in, and from where; both as hashes."""

    account: str
    network: str

    @classmethod
    def at(cls, tenant_id: UUID, email: str, address: str) -> Self:
        """An attempt on the account with this e-mail address, whether there is one or not."""
        return cls(_hash("account", str(tenant_id), email), _hash("network", network_of(address)))

    @property
    def limits(self) -> Sequence[tuple[str, Pauses]]:
        """What is counted, always in one order, so that two attempts never wait for each other crosswise."""
        return (self.account, OF_ACCOUNT), (self.network, OF_NETWORK)


async def begin(database: Database, attempt: Attempt, now: datetime) -> None:
    """Count the attempt; raises ``TooManyFailures``, and then it is not counted."""
    async with database.transaction() as session:
        await session.execute(
            delete(FailedSignInRow).where(FailedSignInRow.failed_at < now - FORGOTTEN_AFTER)
        )
        rows = [(await _locked(session, key, now), pauses) for key, pauses in attempt.limits]
        wait = max(row.blocked_until - now for row, _ in rows)
        if wait > timedelta(0):
            raise TooManyFailures(math.ceil(wait.total_seconds()))
        for row, pauses in rows:
            row.failures += 1
            row.failed_at = now
            row.blocked_until = now + pauses.after(row.failures)


async def succeeded(session: AsyncSession, attempt: Attempt, now: datetime) -> None:
    """The attempt was none to guess: forget the account's failures, and this one of the network's."""
    await session.execute(delete(FailedSignInRow).where(FailedSignInRow.key_hash == attempt.account))
    network = await _locked(session, attempt.network, now)
    network.failures = max(network.failures - 1, 0)
    network.blocked_until = now


async def _locked(session: AsyncSession, key: str, now: datetime) -> FailedSignInRow:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    none_yet = insert(FailedSignInRow).values(key_hash=key, failures=0, failed_at=now, blocked_until=now)
    await session.execute(none_yet.on_conflict_do_nothing())
    locked = select(FailedSignInRow).where(FailedSignInRow.key_hash == key).with_for_update()
    return (await session.scalars(locked, execution_options={"populate_existing": True})).one()


def _hash(kind: str, *parts: str) -> str:
    return sha256("\0".join((kind, *parts)).encode()).hexdigest()
